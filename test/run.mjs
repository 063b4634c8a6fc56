// Runs tests and ends with one line: "N passed, N failed, N skipped".
//   node test/run.mjs [unit|e2e|demo|long|peer|image|engine|cluster ...]
// Without names: unit and e2e at the same time, then the demo, alone on the machine because it measures itself. The others take
// minutes, or need more than Node: see vitest.config.ts; .ci/run has them all but engine.
// With FORESHOCK_REQUIRE=all a skipped test counts as a failure: in CI every peer must be there.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const wanted = process.argv.slice(2);
/** What runs at the same time, one group after the other. */
const groups = wanted.length > 0 ? wanted.map((project) => [project]) : [['unit', 'e2e'], ['demo']];
const folder = mkdtempSync(join(tmpdir(), 'foreshock-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };

const runProject = (project) =>
  new Promise((resolve) => {
    const output = join(folder, `${project}.json`);
    const child = spawn(
      process.execPath,
      [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--project',
        project,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${output}`,
      ],
      { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
    );
    // Real servers wait for answers in real time: what only computes stands back for them.
    if (project === 'unit') setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    child.on('exit', (code) => resolve({ project, code, output }));
  });

const count = ({ project, code, output }) => {
  if (!existsSync(output)) {
    console.log(`${project}: the test runner ended with ${code} and wrote no result`);
    totals.failed += 1;
    return;
  }
  const result = JSON.parse(readFileSync(output, 'utf8'));
  totals.passed += result.numPassedTests;
  totals.failed += result.numFailedTests;
  totals.skipped += result.numPendingTests + result.numTodoTests;
  // A file that fails to load has no tests to count, but it is a failure.
  const broken = result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  totals.failed += broken.length;
  for (const file of broken) console.log(`failed to run: ${relative(root, file.name)}: ${file.message ?? ''}`);
  if (code !== 0 && result.numFailedTests === 0 && broken.length === 0) totals.failed += 1;
  for (const file of result.testResults) {
    for (const test of file.assertionResults) {
      if (test.status === 'pending' || test.status === 'skipped' || test.status === 'todo') console.log(`skipped: ${test.fullName}`);
    }
  }
};

for (const group of groups) {
  console.log(`\n== ${group.join(' and ')}`);
  for (const result of await Promise.all(group.map(runProject))) count(result);
}

rmSync(folder, { recursive: true, force: true });
const required = process.env.FORESHOCK_REQUIRE === 'all';
if (required && totals.skipped > 0) console.log(`FORESHOCK_REQUIRE=all: ${totals.skipped} skipped tests count as failed`);
const bad = totals.failed > 0 || totals.passed === 0 || (required && totals.skipped > 0);
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(bad ? 1 : 0);
