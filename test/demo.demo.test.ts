import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DemoReport } from '../agent/report/demo-report-model.ts';
import { dashboards } from '../dashboards/grafana/index.ts';
import { type PrometheusProcess, prometheusIsHere, startPrometheus } from './prometheus-process.ts';

const CLI = join(import.meta.dirname, '..', 'dist', 'agent', 'cli', 'foreshock.js');
const EXIT_INCONCLUSIVE = 2;
const folder = mkdtempSync(join(tmpdir(), 'foreshock-demo-'));
const data = join(folder, 'data');

const needsPrometheus = prometheusIsHere || process.env.FORESHOCK_REQUIRE === 'all';

/** What Grafana puts in for its variables. */
const filledIn = (expr: string): string =>
  expr
    .replaceAll('$__rate_interval', '10s')
    .replaceAll('$__range_s', '75')
    .replaceAll('$__range', '75s')
    .replaceAll('$__interval', '5s')
    .replaceAll('$service', 'payments-demo/gateway')
    .replaceAll('$target', 'process/gateway');

const pointsOf = async (prometheus: PrometheusProcess, expr: string, from: number, to: number): Promise<number> => {
  const parameters = new URLSearchParams({ query: filledIn(expr), start: String(from / 1000), end: String(to / 1000), step: '1' });
  const answer = (await (await fetch(`${prometheus.url}/api/v1/query_range?${parameters}`)).json()) as {
    readonly error?: string;
    readonly data?: { readonly result: readonly { readonly values: readonly unknown[] }[] };
  };
  if (answer.data === undefined) throw new Error(`${expr}: ${answer.error}`);
  return answer.data.result.reduce((sum, { values }) => sum + values.length, 0);
};

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
  onPage: (address: string) => void = () => {},
): { readonly child: ChildProcess; readonly ended: Promise<{ code: number | null; output: string }> } => {
  const child = spawn(process.execPath, [CLI, 'demo', '--directory', data, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let page: string | undefined;
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (page !== undefined) return;
      page = /page http:\/\/(127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (page !== undefined) onPage(page);
    });
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
  let prometheus: PrometheusProcess | undefined;
  let ran: { readonly from: number; readonly to: number } | undefined;
  afterAll(() => prometheus?.stop());

  it('finds an error burst although the agent was killed before it, loses nothing it acknowledged, and leaves no process behind', async () => {
    const json = join(folder, 'out.json');
    const from = Date.now();
    const { code, output } = await demo(['--duration', '75', '--seed', '5', '--json', json, '--kill-agent-at', '22'], (address) => {
      if (prometheusIsHere)
        startPrometheus(address).then((started) => {
          prometheus = started;
        }, console.error);
    }).ended;
    ran = { from, to: Date.now() };
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

  it.skipIf(!needsPrometheus)(
    'fills every panel of every Grafana dashboard but that of cost, which no day of minutes has, as a real Prometheus scraped it',
    async () => {
      if (prometheus === undefined || ran === undefined) throw new Error('the run before left no Prometheus');
      const empty: string[] = [];
      for (const { uid, rows } of dashboards.filter((spec) => spec.uid !== 'foreshock-cost'))
        for (const panel of rows.flatMap(({ panels }) => panels))
          for (const { expr } of panel.queries)
            if ((await pointsOf(prometheus, expr, ran.from, ran.to)) === 0) empty.push(`${uid}: ${panel.title}: ${expr}`);
      expect(empty).toEqual([]);
    },
  );

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
