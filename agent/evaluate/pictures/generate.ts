import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PICTURES } from './registry.ts';

// Writes the committed pictures: node dist/agent/evaluate/pictures/generate.js [folder]
const folder = process.argv[2] ?? join('docs', 'images', 'detection');
for (const [name, draw] of Object.entries(PICTURES)) {
  const file = join(folder, `${name}.svg`);
  writeFileSync(file, draw());
  process.stdout.write(`${file}\n`);
}
