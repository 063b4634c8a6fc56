/** The hot loops as they are shipped: what one keeps, every series pays for every step it lives. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const BENCH = fileURLToPath(new URL('../dist/bench/main.js', import.meta.url));

it('hot loops keep nothing per step, and the forest does not even allocate', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, 'allocation']);
  expect(stdout).toMatch(/met +kept after a collection, the most of 7 hot loops/);
  for (const loop of ['scores', 'shares']) expect(stdout).toMatch(new RegExp(`met +isolation forest, ${loop}, left on the heap`));
});
