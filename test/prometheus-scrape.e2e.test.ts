import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

describe.skipIf(!isHere && !isRequired)(name, () => {
  let folder: string;
  let agent: AgentProcess;
  let service: ChildProcess;
  let prometheus: PrometheusProcess;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-prometheus-'));
    agent = await startAgentProcess(folder, 'time: { step: 1s, dayLength: 120s }\n');
    service = spawn(process.execPath, [FIXTURE, 'spans'], {
      stdio: 'ignore',
      env: {
        PATH: process.env.PATH ?? '',
        OTEL_SERVICE_NAME: 'orders',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${agent.otlpPort}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
        OTEL_BSP_SCHEDULE_DELAY: '500',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_METRICS_EXPORTER: 'none',
      },
    });
    prometheus = await startPrometheus(new URL(agent.apiUrl).host);
  });

  afterAll(async () => {
    if (service.exitCode === null) {
      const exited = once(service, 'exit');
      service.kill('SIGTERM');
      await exited;
    }
    await prometheus.stop();
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const query = async (expression: string): Promise<QueryAnswer['data']['result']> => {
    try {
      const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
      return ((await response.json()) as QueryAnswer).data.result;
    } catch {
      return [];
    }
  };

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
