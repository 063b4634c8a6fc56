import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cost } from '../dashboards/grafana/cost.ts';
import { type AgentProcess, startAgentProcess, until } from './agent-process.ts';
import { type PrometheusProcess, prometheusIsHere, startPrometheus } from './prometheus-process.ts';

const FIXTURE = fileURLToPath(new URL('fixtures/plain-service.mjs', import.meta.url));
const isHere = prometheusIsHere && spawnSync('promtool', ['--version'], { stdio: 'ignore' }).status === 0;
const isRequired = process.env.FORESHOCK_REQUIRE === 'all';
const name = isHere || isRequired ? 'a real Prometheus' : 'a real Prometheus (skipped: prometheus and promtool are not on the PATH)';

interface QueryAnswer {
  readonly data: {
    readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }[];
  };
}

const monthAfter = (months: number): string => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1)).toISOString().slice(0, 7);
};
/** Dear enough that a few seconds of it are more than the millionth of a currency in which money is counted. */
const COST = `time: { step: 1s }
cost:
  currency: EUR
  prices: [{ version: book, from: '2026-01-01', basis: list, cpuCoreHour: 100, memoryGibHour: 10 }]
  budgets: [{ month: '${monthAfter(0)}', amount: 5000 }, { month: '${monthAfter(1)}', amount: 5000 }]
  services: [{ service: orders, cpuCores: 0.5, memoryGib: 1, replicas: 3 }]
`;

const startOrders = ({ otlpPort }: AgentProcess): ChildProcess =>
  spawn(process.execPath, [FIXTURE, 'spans'], {
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH ?? '',
      OTEL_SERVICE_NAME: 'orders',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${otlpPort}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_BSP_SCHEDULE_DELAY: '500',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
    },
  });

const ended = async (service: ChildProcess | undefined): Promise<void> => {
  if (service === undefined || service.exitCode !== null) return;
  const exited = once(service, 'exit');
  service.kill('SIGTERM');
  await exited;
};

const queryAt = async (url: string, expression: string): Promise<QueryAnswer['data']['result']> => {
  try {
    const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    return ((await response.json()) as QueryAnswer).data.result;
  } catch {
    return [];
  }
};

describe.skipIf(!isHere && !isRequired)(name, () => {
  let folder: string;
  let agent: AgentProcess;
  let service: ChildProcess;
  let prometheus: PrometheusProcess;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-prometheus-'));
    agent = await startAgentProcess(folder, 'time: { step: 1s, dayLength: 120s }\n');
    service = startOrders(agent);
    prometheus = await startPrometheus(new URL(agent.apiUrl).host);
  });

  afterAll(async () => {
    await ended(service);
    await prometheus.stop();
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const query = (expression: string): Promise<QueryAnswer['data']['result']> => queryAt(prometheus.url, expression);

  it('scrapes the expected band of a service, so that anybody can draw it', async () => {
    const band = await until(
      'a band is scraped',
      40_000,
      () => query('foreshock_signal_expected{service="orders"}'),
      (rows) => rows.length > 0,
    );
    expect(band[0]?.metric).toMatchObject({ job: 'foreshock', service: 'orders' });
    const requests = '{service="orders",signal="requests"}';
    const ordered = `foreshock_signal_lower${requests} <= foreshock_signal_expected${requests} <= foreshock_signal_upper${requests}`;
    expect(await query(ordered)).toHaveLength(1);
    const accepted = await until(
      'points are counted',
      20_000,
      () => query('sum(foreshock_ingest_accepted_total)'),
      (rows) => Number(rows[0]?.value[1] ?? 0) > 0,
    );
    expect(Number(accepted[0]?.value[1])).toBeGreaterThan(0);
  });

  it('finds nothing to complain about in names, types and help', async () => {
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: await agent.metrics(), encoding: 'utf8' });
    const ours = `${checked.stdout}${checked.stderr}`
      .split('\n')
      .filter((line) => line.startsWith('foreshock_') && !line.startsWith('foreshock_nodejs_') && !line.startsWith('foreshock_process_'));
    expect(ours).toEqual([]);
  });
});

describe.skipIf(!isHere && !isRequired)(`${name}, and an agent that prices what stands`, () => {
  let folder: string;
  let agent: AgentProcess;
  let service: ChildProcess | undefined;
  let prometheus: PrometheusProcess;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-prometheus-'));
    const first = await startAgentProcess(folder, COST);
    service = startOrders(first);
    const priced = async (): Promise<readonly string[]> => (await first.metrics()).match(/^foreshock_cost_hourly.*$/gm) ?? [];
    await until('steps are priced', 30_000, priced, (lines) => lines.some((line) => line.endsWith(' 180')));
    await ended(service);
    // What it kept of the hour is counted when it stops, and known to the next one.
    await first.stop();
    agent = await startAgentProcess(folder, COST);
    service = startOrders(agent);
    prometheus = await startPrometheus(new URL(agent.apiUrl).host);
  });

  afterAll(async () => {
    await ended(service);
    await prometheus?.stop();
    await agent?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('fills every panel of the dashboard of cost, in the currency of the book and by service', async () => {
    const filledIn = (expr: string): string => expr.replaceAll('$currency', 'EUR');
    const panels = cost.rows.flatMap((row) => row.panels);
    for (const { title, queries } of panels) {
      for (const { expr } of queries) {
        const rows = await until(
          `${title} is filled by ${expr}`,
          20_000,
          () => queryAt(prometheus.url, filledIn(expr)),
          (found) => found.length > 0,
        );
        expect(rows, title).toHaveLength(1);
        expect(Number(rows[0]?.value[1]), title).toBeGreaterThan(0);
      }
    }
    expect(await queryAt(prometheus.url, 'foreshock_cost_hourly')).toMatchObject([{ metric: { service: 'orders', currency: 'EUR' } }]);
    expect(Number((await queryAt(prometheus.url, 'foreshock_cost_budget'))[0]?.value[1])).toBe(5000);
  });
});
