import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DemoReport } from '../agent/report/demo-report-model.ts';

const CLI = join(import.meta.dirname, '..', 'dist', 'agent', 'cli', 'foreshock.js');
const EXIT_INCONCLUSIVE = 2;
const folder = mkdtempSync(join(tmpdir(), 'foreshock-demo-'));
const data = join(folder, 'data');

/** Processes, other than the test itself, that were started for this run: their arguments name its folder or its parent. */
const processesOf = (marker: string): readonly string[] =>
  readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return command.includes(marker) ? [command] : [];
    } catch {
      return [];
    }
  });

const demo = (
  args: readonly string[],
): { readonly child: ChildProcess; readonly ended: Promise<{ code: number | null; output: string }> } => {
  const child = spawn(process.execPath, [CLI, 'demo', '--directory', data, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  return { child, ended: new Promise((resolve) => child.on('exit', (code) => resolve({ code, output }))) };
};

/** Service processes carry the pid of the demo as --parent-pid; the agent and the host carry the folder. */
const waitUntilGone = async (marker: string): Promise<readonly string[]> => {
  for (let tries = 0; tries < 50; tries += 1) {
    if (processesOf(marker).length === 0) return [];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return processesOf(marker);
};

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the demo', () => {
  it('finds an error burst although the agent was killed before it, loses nothing it acknowledged, and leaves no process behind', async () => {
    const json = join(folder, 'out.json');
    const { code, output } = await demo(['--duration', '75', '--seed', '5', '--json', json, '--kill-agent-at', '22']).ended;
    expect([0, EXIT_INCONCLUSIVE], output).toContain(code);
    const report = JSON.parse(readFileSync(json, 'utf8')) as DemoReport;
    expect(report.ingest.conserved).toBe(true);
    expect(report.ingest.accepted).toBeGreaterThan(1000);
    expect(existsSync(join(folder, 'demo-report.html'))).toBe(true);
    expect(output).toMatch(/(\d+) of \1 decisions recompute byte for byte/);
    if (code === 0) {
      const [fault] = report.faults;
      expect(fault?.kind).toBe('error-burst');
      expect(fault?.detectedAt, output).toBeDefined();
    }
    expect(await waitUntilGone(folder)).toEqual([]);
  });

  it('ends every child within seconds of Ctrl-C', async () => {
    const { child, ended } = demo(['--duration', '75', '--seed', '6']);
    await new Promise((resolve) => setTimeout(resolve, 9_000));
    expect(processesOf(folder).length).toBeGreaterThan(1);
    child.kill('SIGINT');
    const { code, output } = await ended;
    expect(code, output).toBe(130);
    expect(await waitUntilGone(folder)).toEqual([]);
  });

  it('says what is wrong with a flag and starts nothing', async () => {
    const { code, output } = await demo(['--duration', '7']).ended;
    expect(code).toBe(64);
    expect(output).toContain('--duration 7: a whole number of seconds from 75 to 3600');
  });
});
