/** The hot loops as they are shipped: what one leaves on the heap, every series pays every step. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const BENCH = fileURLToPath(new URL('../dist/bench/main.js', import.meta.url));
const KERNELS = [
  'seasonal',
  'tail evidence',
  'subspace',
  'isolation forest, scores',
  'isolation forest, shares',
  'forecast',
  'time to breach',
];

it('kernels allocate nothing per step', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, 'allocation']);
  for (const kernel of KERNELS) expect(stdout).toMatch(new RegExp(`met +${kernel}`));
  expect(stdout).toContain('\n0 claims missed');
});
