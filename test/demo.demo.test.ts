import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DemoReport } from '../agent/report/demo-report-model.ts';
import { dashboards } from '../dashboards/grafana/index.ts';
import { startDemo, waitUntilGone } from './demo-process.ts';
import { type PrometheusProcess, prometheusIsHere, startPrometheus } from './prometheus-process.ts';

const EXIT_INCONCLUSIVE = 2;
const folder = mkdtempSync(join(tmpdir(), 'foreshock-demo-'));

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

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the demo', () => {
  let prometheus: PrometheusProcess | undefined;
  let ran: { readonly from: number; readonly to: number } | undefined;
  afterAll(() => prometheus?.stop());

  it('finds an error burst although the agent was killed before it, loses nothing it acknowledged, and leaves no process behind', async () => {
    const json = join(folder, 'out.json');
    const from = Date.now();
    const { code, output } = await startDemo(
      folder,
      ['--duration', '75', '--seed', '5', '--json', json, '--kill-agent-at', '22'],
      (address) => {
        if (prometheusIsHere)
          startPrometheus(address).then((started) => {
            prometheus = started;
          }, console.error);
      },
    ).ended;
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
});
