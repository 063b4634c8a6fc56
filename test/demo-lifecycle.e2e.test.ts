import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { processesOf, startDemo, waitUntilGone } from './demo-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'foreshock-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the demo', () => {
  it('ends every child within seconds of Ctrl-C', async () => {
    const { child, ended } = startDemo(folder, ['--duration', '75', '--seed', '6']);
    await new Promise((resolve) => setTimeout(resolve, 9_000));
    expect(processesOf(folder).length).toBeGreaterThan(1);
    child.kill('SIGINT');
    const { code, output } = await ended;
    expect(code, output).toBe(130);
    expect(await waitUntilGone(folder)).toEqual([]);
  });

  it('says what is wrong with a flag and starts nothing', async () => {
    const { code, output } = await startDemo(folder, ['--duration', '7']).ended;
    expect(code).toBe(64);
    expect(output).toContain('--duration 7: a whole number of seconds from 75 to 3600');
  });
});
