// Imports every runtime dependency on this Node: a version that installs but does not load fails here and not
// in front of a user.
import { readFileSync } from 'node:fs';

const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
let failed = 0;
for (const name of Object.keys(dependencies)) {
  try {
    await import(name);
  } catch (error) {
    failed += 1;
    console.error(`${name}: ${error.message}`);
  }
}
console.log(
  `imported ${Object.keys(dependencies).length - failed} of ${Object.keys(dependencies).length} runtime dependencies on Node ${process.versions.node}`,
);
process.exit(failed === 0 ? 0 : 1);
