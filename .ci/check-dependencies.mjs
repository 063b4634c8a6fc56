// Holds the direction of imports, and first proves that the rule bites: it plants a forbidden import and
// requires the check to fail on it.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';

const FOLDERS = ['core', 'collectors', 'detectors', 'scaler', 'agent', 'dashboards', 'examples', 'bench', 'test'];
const cruise = () =>
  spawnSync(
    process.execPath,
    ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.cjs', ...FOLDERS],
    { encoding: 'utf8' },
  );

const planted = 'detectors/planted-violation.ts';
writeFileSync(
  planted,
  "import { readFileSync } from 'node:fs';\nimport { decideIncident } from '../agent/incident/decide.ts';\nexport const planted = [readFileSync, decideIncident];\n",
);
const withViolation = cruise();
rmSync(planted);
for (const rule of ['detectors-import-core-only', 'pure-code-does-no-io']) {
  if (withViolation.status === 0 || !withViolation.stdout.includes(rule)) {
    console.error(`the dependency rule did not catch the planted violation of ${rule}:\n${withViolation.stdout}${withViolation.stderr}`);
    process.exit(1);
  }
}

const clean = cruise();
process.stdout.write(clean.stdout);
process.stderr.write(clean.stderr);
const modules = Number(/(\d+) modules/.exec(clean.stdout)?.[1] ?? 0);
if (modules < 50) {
  console.error(`only ${modules} modules cruised: the check sees nothing`);
  process.exit(1);
}
process.exit(clean.status ?? 1);
