import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderDashboard } from './dashboard.ts';
import { dashboards } from './index.ts';

// Writes the committed JSON: node dist/dashboards/grafana/generate.js [folder]
const folder = process.argv[2] ?? join('dashboards', 'grafana');
for (const spec of dashboards) {
  const file = join(folder, `${spec.uid}.json`);
  writeFileSync(file, `${JSON.stringify(renderDashboard(spec), null, 2)}\n`);
  process.stdout.write(`${file}\n`);
}
