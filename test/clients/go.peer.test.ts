import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceCard } from '../../agent/api/contract.ts';
import { type AgentProcess, startAgentProcess, until } from '../agent-process.ts';

const SOURCE = fileURLToPath(new URL('go', import.meta.url));
const GO = process.env.FORESHOCK_TEST_GO ?? 'go';
/** What is there, or nothing: a test downloads no other Go. */
const GO_ENVIRONMENT = { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0' };
/** Fails too where Go is older than go.mod asks for. */
const isHere = spawnSync(GO, ['list', '-m'], { cwd: SOURCE, env: GO_ENVIRONMENT, stdio: 'ignore' }).status === 0;
const isRequired = process.env.FORESHOCK_REQUIRE === 'all';
const name = isHere || isRequired ? 'the Go SDK' : 'the Go SDK (skipped: no Go as new as test/clients/go/go.mod asks for)';
/** The first build compiles gRPC. */
const BUILD_MS = 240_000;

describe.skipIf(!isHere && !isRequired)(name, () => {
  let folder: string;
  let agent: AgentProcess;
  let services: readonly ChildProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-go-'));
    const service = join(folder, 'service');
    const build = spawn(GO, ['build', '-mod=readonly', '-buildvcs=false', '-o', service, '.'], {
      cwd: SOURCE,
      env: GO_ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaints = '';
    build.stderr.on('data', (chunk: Buffer) => {
      complaints += chunk.toString();
    });
    const [code] = (await once(build, 'close')) as [number | null];
    if (code !== 0) throw new Error(`test/clients/go does not build: ${complaints}`);
    agent = await startAgentProcess(folder);
    services = ['grpc', 'http'].map((protocol) =>
      spawn(service, [protocol], {
        stdio: 'ignore',
        env: {
          OTEL_SERVICE_NAME: `go-${protocol}`,
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${protocol === 'grpc' ? agent.otlpGrpcPort : agent.otlpPort}`,
          OTEL_METRIC_EXPORT_INTERVAL: '5000',
        },
      }),
    );
  }, BUILD_MS);

  afterAll(async () => {
    await Promise.all(
      services.map(async (service) => {
        if (service.exitCode !== null) return;
        const exited = once(service, 'exit');
        service.kill('SIGKILL');
        await exited;
      }),
    );
    await agent?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is on the page with its requests and errors, by gRPC and by HTTP, and nothing of it is rejected', async () => {
    const isWhole = ({ requestsPerSecond, errorRatio, p95Seconds }: ServiceCard): boolean =>
      [requestsPerSecond, errorRatio, p95Seconds].every((reading) => (reading ?? 0) > 0);
    const seen = await until('both are seen whole', 60_000, agent.services, (cards) => cards.length === 2 && cards.every(isWhole));
    expect(seen.map(({ name: service }) => service)).toEqual(['go-grpc', 'go-http']);
    const metrics = await until('points are taken in beside spans', 20_000, agent.metrics, (text) =>
      /foreshock_ingest_accepted_total\{[^}]*"data_points"[^}]*\} [1-9]/.test(text),
    );
    expect(metrics).not.toMatch(/foreshock_ingest_rejected_total\{[^}]*\} [1-9]/);
    expect((await agent.state()).ingest.conserved).toBe(true);
  });
});
