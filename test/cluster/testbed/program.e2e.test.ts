import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../../agent-process.ts';
import { startProgram, waitUntil } from './program.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'foreshock-program-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Where nobody collects orphans, a killed one keeps its number; proc(5) marks it Z.
  const status = `/proc/${pid}/stat`;
  return !existsSync(status) || !/\) Z /.test(readFileSync(status, 'utf8'));
};

it('says which program died while it was waited for, and shows the end of its log', async () => {
  const program = await startProgram(folder, '/bin/sh', 'database', ['-c', 'echo address already in use; exit 3']);
  await expect(waitUntil('it answers', 30_000, [program], async () => false)).rejects.toThrow(
    /database is gone \(exit 3\) before "it answers".*\n.*address already in use/,
  );
});

it('gives up on a program that runs but never becomes ready, with the last refusal', async () => {
  const program = await startProgram(folder, '/bin/sleep', 'sleeper', ['60']);
  const refuse = async (): Promise<boolean> => {
    throw new Error('connection refused');
  };
  await expect(waitUntil('it answers', 300, [program], refuse)).rejects.toThrow(
    '"it answers" not within 0.3 s; last answer: connection refused',
  );
  expect(program.ended()).toBeUndefined();
  await program.kill();
  expect(program.ended()).toBe('ended by SIGKILL');
  expect(runs(program.pid)).toBe(false);
});

it('ends its programs when the process that started them is killed', async () => {
  const module = new URL('../../../dist/test/cluster/testbed/program.js', import.meta.url);
  const script = `
    const { startProgram } = await import(${JSON.stringify(module.href)});
    const program = await startProgram(${JSON.stringify(folder)}, '/bin/sleep', 'sleeper', ['60']);
    console.log(program.pid);
    setInterval(() => undefined, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [told] = (await once(owner.stdout, 'data')) as [Buffer];
  const pid = Number(told.toString());
  expect(runs(pid)).toBe(true);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  await until(
    'the program ends',
    10_000,
    async () => runs(pid),
    (running) => !running,
  );
});
