import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceCard } from '../../agent/api/contract.ts';
import { type AgentProcess, startAgentProcess, until } from '../agent-process.ts';

const SERVICE = fileURLToPath(new URL('python/service.py', import.meta.url));
/** With test/clients/python/requirements.txt installed. */
const PYTHON = process.env.FORESHOCK_TEST_PYTHON ?? 'python3';
const hasSdk =
  spawnSync(PYTHON, ['-c', 'import opentelemetry.exporter.otlp.proto.grpc, opentelemetry.exporter.otlp.proto.http']).status === 0;

describe.skipIf(!hasSdk)('the Python SDK (needs python3 with test/clients/python/requirements.txt)', () => {
  let folder: string;
  let agent: AgentProcess;
  let services: readonly ChildProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-python-'));
    agent = await startAgentProcess(folder);
    services = ['grpc', 'http'].map((protocol) =>
      spawn(PYTHON, [SERVICE, protocol], {
        stdio: 'ignore',
        env: {
          PATH: process.env.PATH ?? '',
          OTEL_SERVICE_NAME: `python-${protocol}`,
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${protocol === 'grpc' ? agent.otlpGrpcPort : agent.otlpPort}`,
          OTEL_METRIC_EXPORT_INTERVAL: '5000',
        },
      }),
    );
  });

  afterAll(async () => {
    await Promise.all(
      services.map(async (service) => {
        if (service.exitCode !== null) return;
        const exited = once(service, 'exit');
        service.kill('SIGKILL');
        await exited;
      }),
    );
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is on the page with its requests and errors, by gRPC and by HTTP, and nothing of it is rejected', async () => {
    const isWhole = ({ requestsPerSecond, errorRatio, p95Seconds }: ServiceCard): boolean =>
      [requestsPerSecond, errorRatio, p95Seconds].every((reading) => (reading ?? 0) > 0);
    const seen = await until('both are seen whole', 60_000, agent.services, (cards) => cards.length === 2 && cards.every(isWhole));
    expect(seen.map(({ name }) => name)).toEqual(['python-grpc', 'python-http']);
    const { ingest } = await agent.state();
    expect(ingest.conserved).toBe(true);
    expect(await agent.metrics()).not.toMatch(/foreshock_ingest_rejected_total\{[^}]*\} [1-9]/);
  });
});
