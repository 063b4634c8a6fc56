/** The command a newcomer runs, once, from the build: `npm run demo:cluster`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { replayLog } from '../../agent/audit/replay-log.ts';
import { prometheusIsHere } from '../prometheus-process.ts';
import { headStartSeconds } from './walkthrough/ahead.ts';
import type { WalkthroughReport } from './walkthrough/report.ts';

const COMMAND = fileURLToPath(new URL('../../dist/test/cluster/walkthrough/main.js', import.meta.url));
const EXIT_INCONCLUSIVE = 2;
const TEN_MINUTES_MS = 600_000;
const folders: string[] = [];

interface Walk {
  readonly child: ChildProcess;
  readonly directory: string;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

const walk = (): Walk => {
  const directory = mkdtempSync(join(tmpdir(), 'foreshock-walkthrough-'));
  folders.push(directory);
  const child = spawn(process.execPath, [COMMAND, '--directory', directory, '--seed', '7'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(([stdout, stderr]) => ({
    code: child.exitCode,
    stdout,
    stderr,
  }));
  return { child, directory, ended };
};

/** Processes whose arguments name the marker; a finished one waiting to be collected has no arguments. */
const processesOf = (marker: string): readonly string[] =>
  readdirSync('/proc').flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return Number(pid) !== process.pid && command.includes(marker) ? [command] : [];
    } catch {
      return [];
    }
  });

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('from helm install to a first scaling ahead of load and a first incident', () => {
  it(
    'ends by itself in under ten minutes, with replicas Ready before they are needed and the fault told',
    async () => {
      const { child, directory, ended } = walk();
      const { code, stdout, stderr } = await ended;
      expect([0, EXIT_INCONCLUSIVE], `${stdout}\n${stderr}`).toContain(code);
      const report = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as WalkthroughReport;
      expect(report.endedAt - report.startedAt).toBeLessThan(TEN_MINUTES_MS);
      expect(report.installation.status).toBe('deployed');
      expect(processesOf(directory)).toEqual([]);
      expect(processesOf(`foreshock-testbed-${child.pid}-`)).toEqual([]);
      // Its processes waited for cores: what they then were too late for says nothing.
      if (code === EXIT_INCONCLUSIVE) return;

      const [first, ...more] = report.rises;
      expect(more.length, 'the load called for more than one further replica').toBeGreaterThan(0);
      expect(first && headStartSeconds(first), stdout).toBeGreaterThan(0);
      expect(first?.readyAt, 'pods take eight seconds').toBeGreaterThan((first?.orderedAt ?? Number.NaN) + 5_000);
      expect(report.secondsShort, stdout).toBeLessThan(0.1 * report.seconds);
      expect(report.secondsShortUntouched, stdout).toBeGreaterThan(0.3 * report.seconds);

      expect(report.incident?.pagedAt).toBeGreaterThan(report.faultAt);
      expect(report.incident?.decisionId).toMatch(/^[0-9a-z]{16}$/);
      for (const id of [report.scaleDecisionId, report.incident?.decisionId]) expect(stdout).toContain(`foreshock explain ${id}`);
      const replayed = await replayLog(report.decisionLog);
      expect(replayed).toMatchObject({ intact: true, same: replayed.records });

      expect(report.rights.granted.join('\n')).not.toMatch(/secrets|\*/);
      const [uninstalled, released] = [/release "foreshock" uninstalled/, /released deployment\/payments-demo\/gateway: /];
      expect(report.givenBack).toEqual([
        expect.any(String),
        expect.stringMatching(uninstalled),
        expect.any(String),
        expect.stringMatching(released),
      ]);
      if (prometheusIsHere) {
        const replicas = report.answers?.filter(({ panel }) => panel === 'Replicas').flatMap(({ lines }) => lines);
        expect(replicas?.length, 'ready, ordered, wanted, an HPA').toBe(4);
        expect(report.answers?.[0]?.lines.join('\n')).toContain(report.incident?.id);
      } else expect(stdout).toContain('skipped: no prometheus');
    },
    TEN_MINUTES_MS,
  );

  it('leaves nothing behind when it is interrupted, and says so', async () => {
    const { child, directory, ended } = walk();
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.toString('utf8').includes('the agent runs outside a pod')) resolve();
      });
      child.once('exit', () => resolve());
    });
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(stderr).toContain('stopped; every process has ended');
    expect(code).toBe(130);
    expect(processesOf(directory)).toEqual([]);
    expect(processesOf(`foreshock-testbed-${child.pid}-`)).toEqual([]);
  });
});
