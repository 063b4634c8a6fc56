import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { goldenOf, goldenPath } from './goldens.ts';
import { HELM, VALUES_FILES } from './helm.ts';

/** Writes test/fixtures/chart: what the chart renders for each file of values. Part of npm run chart. */
if (HELM === undefined) {
  process.stderr.write('no helm here (FORESHOCK_HELM, the test bed or the path): the expected manifests are left as they are\n');
} else {
  for (const [name, path] of VALUES_FILES) {
    mkdirSync(dirname(goldenPath(name)), { recursive: true });
    writeFileSync(goldenPath(name), goldenOf(path));
  }
}
