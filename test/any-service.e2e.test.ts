import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ServiceCard } from '../agent/api/contract.ts';
import { systemClock } from '../core/system-clock.ts';
import { type AgentProcess, startAgentProcess, until } from './agent-process.ts';

type JsonSchema = Exclude<Parameters<typeof z.fromJSONSchema>[0], boolean>;

interface OpenApi {
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly get?: {
          readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>> }>>;
        };
      }
    >
  >;
  readonly components: { readonly schemas: Record<string, JsonSchema> };
}

const FIXTURE = fileURLToPath(new URL('fixtures/plain-service.mjs', import.meta.url));
/** The SDK exports spans after 5 s; metrics leave here as often. */
const FIRST_EXPORT_MS = 40_000;
const SEEN_WITHIN_MS = 50_000;

const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
type Protocol = (typeof PROTOCOLS)[number];
const nameOf = (service: string, protocol: Protocol): string => `${service}-${protocol.replace('/', '-')}`;
const NAMES = ['billing', 'orders'].flatMap((service) => PROTOCOLS.map((protocol) => nameOf(service, protocol))).sort();

describe('any service that speaks OpenTelemetry', () => {
  let folder: string;
  let agent: AgentProcess;
  let services: readonly ChildProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-any-service-'));
    // The default configuration: steps of 10 s that wait 10 s for late data.
    agent = await startAgentProcess(folder);
    const environment = (name: string, protocol: Protocol): Record<string, string> => ({
      PATH: process.env.PATH ?? '',
      OTEL_SERVICE_NAME: name,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${protocol === 'grpc' ? agent.otlpGrpcPort : agent.otlpPort}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_LOGS_EXPORTER: 'none',
    });
    services = PROTOCOLS.flatMap((protocol) => [
      spawn(process.execPath, [FIXTURE, 'spans'], {
        stdio: 'ignore',
        env: { ...environment(nameOf('orders', protocol), protocol), OTEL_METRICS_EXPORTER: 'none' },
      }),
      spawn(process.execPath, [FIXTURE, 'histogram'], {
        stdio: 'ignore',
        env: {
          ...environment(nameOf('billing', protocol), protocol),
          OTEL_METRICS_EXPORTER: 'otlp',
          OTEL_METRIC_EXPORT_INTERVAL: '5000',
          OTEL_TRACES_EXPORTER: 'none',
          // One of them as the SDK keeps exponential histograms, in deltas.
          ...(protocol === 'grpc'
            ? {
                OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
                OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
              }
            : {}),
        },
      }),
    ]);
  });

  afterAll(async () => {
    await Promise.all(
      services.map(async (service) => {
        if (service.exitCode !== null) return;
        const exited = once(service, 'exit');
        service.kill('SIGTERM');
        await exited;
      }),
    );
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('appears with requests, errors and latency, from spans or from one histogram, by each protocol, by environment variables alone', async () => {
    await until('something is exported', FIRST_EXPORT_MS, agent.state, ({ ingest }) => ingest.accepted > 0);
    const firstExport = systemClock.elapsedMs();
    const isWhole = ({ requestsPerSecond, errorRatio, p50Seconds, p95Seconds }: ServiceCard): boolean =>
      [requestsPerSecond, errorRatio, p50Seconds, p95Seconds].every((reading) => (reading ?? 0) > 0);
    const seen = await until(
      'all are seen whole',
      SEEN_WITHIN_MS - (systemClock.elapsedMs() - firstExport),
      agent.services,
      (cards) => cards.length === NAMES.length && cards.every(isWhole),
    );
    expect(seen.map(({ name }) => name)).toEqual(NAMES);
    for (const { name, requestsPerSecond, errorRatio, p50Seconds, p95Seconds, status } of seen) {
      expect({ name, status }).toEqual({ name, status: 'ok' });
      expect(requestsPerSecond).toBeGreaterThan(2);
      expect(requestsPerSecond).toBeLessThan(25);
      expect(errorRatio).toBeGreaterThan(0.1);
      expect(errorRatio).toBeLessThan(0.3);
      expect(p50Seconds).toBeGreaterThan(0.03);
      expect(p50Seconds).toBeLessThan(0.09);
      expect(p95Seconds).toBeGreaterThanOrEqual(p50Seconds ?? 0);
      expect(p95Seconds).toBeLessThan(0.11);
    }
    expect((await agent.state()).ingest.conserved).toBe(true);
  });

  it('is answered for as the OpenAPI document of that very agent declares, by every route that can be read', async () => {
    const ask = (path: string): Promise<Response> => fetch(`${agent.apiUrl}${path}`);
    // What JSON Schema calls its definitions stands among the components of OpenAPI.
    const text = (await (await ask('/api/v1/openapi.json')).text()).replaceAll('#/components/schemas/', '#/$defs/');
    const document = JSON.parse(text) as OpenApi;
    const [signal] = ((await (await ask('/api/v1/signals')).json()) as { readonly items: readonly { readonly key: string }[] }).items;
    const present: Readonly<Record<string, string>> = { name: NAMES[0] ?? '', key: signal?.key ?? '' };
    const statuses: Record<string, number> = {};
    for (const [template, { get }] of Object.entries(document.paths)) {
      if (get === undefined) continue;
      const path = template.replace(/\{(\w+)\}/, (_, parameter: string) => encodeURIComponent(present[parameter] ?? 'not-there'));
      const stopping = new AbortController();
      const answer = await fetch(`${agent.apiUrl}${path}`, { signal: stopping.signal });
      statuses[template] = answer.status;
      const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
      const contents = Object.entries(get.responses[answer.status]?.content ?? {});
      const declared = contents.find(([mediaType]) => mediaType.split(';')[0] === type)?.[1];
      expect(declared, `${template}: ${answer.status} ${type} is not declared`).toBeDefined();
      if (type === 'application/json') {
        // The document's own schema, and no copy of it that we may have.
        const schema = z.fromJSONSchema({ ...declared?.schema, $defs: document.components.schemas });
        expect(schema.safeParse(await answer.json()).error?.issues ?? [], template).toEqual([]);
        expect(schema.safeParse('what no route answers').success, template).toBe(false);
      }
      stopping.abort();
    }
    expect(statuses).toMatchObject({ '/api/v1/state': 200, '/api/v1/services/{name}': 200, '/api/v1/signals/{key}/steps': 200 });
  });
});
