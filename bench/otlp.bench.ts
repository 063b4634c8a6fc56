/**
 * First: decoding one export request of 1,000 gauge points with 8 attributes each, 20 metrics and 10 resource attributes:
 * ours from bytes to identified columns, against protobufjs decoding the same bytes to objects and nothing else.
 * Then: the same request sent by another process and acknowledged, which is on disk, by gRPC and by HTTP.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { openStore } from '../agent/store/lmdb/lmdb-store.ts';
import { createIdentities } from '../collectors/intake/identify.ts';
import { createIntake } from '../collectors/intake/index.ts';
import { createRedactor } from '../collectors/intake/redact.ts';
import { attributesOf, encode, MetricsRequest, metricsOf, nanos, spansOf, TraceRequest } from '../collectors/otlp/fixtures/messages.ts';
import { createOtlpReceiver } from '../collectors/otlp/index.ts';
import { createMetricDecoder } from '../collectors/otlp/metrics/decode.ts';
import { createSpanDecoder } from '../collectors/otlp/traces/decode.ts';
import { systemClock } from '../core/system-clock.ts';
import type { BenchRow } from './bench.ts';

const NOW = 1_800_000_000_000;
const ROUNDS = 5;
const REPEATS = 120;
const POINTS = 1_000;

const RESOURCE = {
  'service.name': 'payments-api',
  'service.namespace': 'checkout',
  'service.version': '4.17.2',
  'service.instance.id': '0f6f3c58-8f3c-4a8e-9a0a-3f2b6f1c9d11',
  'deployment.environment.name': 'production',
  'k8s.cluster.name': 'eu-1',
  'k8s.namespace.name': 'checkout',
  'k8s.pod.name': 'payments-api-6c9f7d5b8-x2x7k',
  'k8s.node.name': 'node-17',
  'cloud.region': 'eu-central-1',
};

const pointAttributes = (i: number) =>
  attributesOf({
    'http.request.method': i % 2 === 0 ? 'GET' : 'POST',
    'http.route': `/v1/payments/{id}/step-${i % 25}`,
    'http.request.resend_count': String(i % 5),
    'network.protocol.version': '1.1',
    'server.address': `payments-${i % 50}.internal.example`,
    'payment.tenant': `tenant-${i}`,
    'payment.rail': i % 3 === 0 ? 'card' : 'sepa-instant',
    'error.type': 'none',
  });

const metricsBody = (now = NOW): Uint8Array =>
  encode(
    MetricsRequest,
    metricsOf(
      RESOURCE,
      Array.from({ length: 20 }, (_, m) => ({
        name: `payments.queue.depth.${m}`,
        unit: '{request}',
        description: 'Requests that wait',
        gauge: {
          dataPoints: Array.from({ length: POINTS / 20 }, (__, p) => ({
            attributes: pointAttributes(m * 50 + p),
            timeUnixNano: nanos(now),
            startTimeUnixNano: nanos(now - 60_000),
            asDouble: m + p / 7,
          })),
        },
      })),
    ),
  );

const SPANS = 512;

const spansBody = (): Uint8Array =>
  encode(
    TraceRequest,
    spansOf(
      RESOURCE,
      Array.from({ length: SPANS }, (_, i) => ({
        traceId: Buffer.alloc(16, i % 255).fill(7, 0, 1),
        spanId: Buffer.alloc(8, (i % 254) + 1),
        name: `POST /v1/payments/{id}/step-${i % 25}`,
        kind: 2,
        startTimeUnixNano: nanos(NOW - 40),
        endTimeUnixNano: nanos(NOW - 3),
        attributes: [...pointAttributes(i % 200), { key: 'http.response.status_code', value: { intValue: 200 } }],
      })),
    ),
  );

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

/** Things a second, median of the rounds; both sides take turns, so that a busy moment of the machine meets both. */
const race = (things: number, ours: () => void, rival: () => void): { readonly ours: number; readonly rival: number } => {
  const rate = (work: () => void): number => {
    const start = performance.now();
    for (let i = 0; i < REPEATS; i += 1) work();
    return (things * REPEATS) / ((performance.now() - start) / 1_000);
  };
  rate(ours);
  rate(rival);
  const rounds = Array.from({ length: ROUNDS }, () => ({ ours: rate(ours), rival: rate(rival) }));
  return { ours: median(rounds.map((round) => round.ours)), rival: median(rounds.map((round) => round.rival)) };
};

const DIMENSIONS = ['payment.tenant', 'payment.rail', 'payment.provider', 'payment.issuer', 'service.version'];
const OUTCOME = 'payment.outcome';

const SECONDS = 5;

/** Points a second that a sender in another process had acknowledged. */
const acknowledgedBy = async (protocol: 'grpc' | 'http', port: number): Promise<number> => {
  const sender = spawn(
    process.execPath,
    [fileURLToPath(new URL('otlp-sender.js', import.meta.url)), protocol, String(port), String(SECONDS)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  sender.stdin.end(metricsBody(systemClock.now()));
  let told = '';
  for await (const chunk of sender.stdout) told += String(chunk);
  const { acknowledged, seconds } = JSON.parse(told) as { acknowledged: number; seconds: number };
  return (acknowledged * POINTS) / seconds;
};

const endToEnd = async (): Promise<{ readonly grpc: number; readonly http: number }> => {
  const folder = await mkdtemp(join(tmpdir(), 'foreshock-bench-'));
  const opened = await openStore(folder, { stepMs: 10_000, clock: systemClock, snapshotFormat: 1, onCorruption: () => undefined });
  if (!opened.ok) throw new Error(opened.error.message);
  const store = opened.value;
  const intake = createIntake(
    { dimensions: DIMENSIONS, outcomeAttribute: OUTCOME },
    { store, clock: systemClock, consume: () => undefined },
  );
  const receiver = createOtlpReceiver({ port: 0, grpcPort: 0 }, { intake, clock: systemClock });
  const started = await receiver.start();
  if (!started.ok) throw new Error(started.error.message);
  try {
    const http = await acknowledgedBy('http', started.value.port);
    return { http, grpc: await acknowledgedBy('grpc', started.value.grpcPort) };
  } finally {
    await receiver.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
};

export const run = async (): Promise<readonly BenchRow[]> => {
  const limits = { streams: 200_000, texts: 200_000 };
  const deps = {
    tenant: 'default',
    identities: createIdentities({ texts: [], streams: [] }, limits),
    redactor: createRedactor([...DIMENSIONS, OUTCOME]),
    salt: [1_234_567, 7_654_321] as const,
  };
  const metrics = metricsBody();
  const spans = spansBody();
  const metricDecoder = createMetricDecoder(deps);
  const spanDecoder = createSpanDecoder({ ...deps, dimensions: DIMENSIONS, outcomeAttribute: OUTCOME });
  const points = race(
    POINTS,
    () => {
      const decoded = metricDecoder.decode(metrics, NOW);
      if (!decoded.ok || decoded.value.samples?.length !== POINTS) throw new Error('the request was not decoded whole');
    },
    () => {
      MetricsRequest.decode(metrics);
    },
  );
  const traces = race(
    SPANS,
    () => {
      const decoded = spanDecoder.decode(spans, NOW);
      if (!decoded.ok || decoded.value.spans?.length !== SPANS) throw new Error('the request was not decoded whole');
    },
    () => {
      TraceRequest.decode(spans);
    },
  );
  const sent = await endToEnd();
  return [
    {
      name: 'OTLP by gRPC: points acknowledged, on disk, from another process',
      unit: 'points/s',
      ours: sent.grpc,
      rival: { name: 'ours by HTTP', value: sent.http },
      target: '>= 100,000 points/s',
      met: sent.grpc >= 100_000,
    },
    {
      name: 'OTLP metrics: decode and identify 1,000 points x 8 attributes',
      unit: 'points/s',
      ours: points.ours,
      rival: { name: 'protobufjs 8 (decode alone)', value: points.rival },
      target: '>= 8x protobufjs',
      met: points.ours >= 8 * points.rival,
    },
    {
      name: 'OTLP traces: decode and identify 512 spans x 9 attributes',
      unit: 'spans/s',
      ours: traces.ours,
      rival: { name: 'protobufjs 8 (decode alone)', value: traces.rival },
      target: '>= 2x protobufjs',
      met: traces.ours >= 2 * traces.rival,
    },
  ];
};
