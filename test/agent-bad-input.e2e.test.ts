import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, send } from '../collectors/otlp/fixtures/harness.ts';
import {
  attributesOf,
  decodeResponse,
  decodeStatus,
  encode,
  MetricsRequest,
  metricsOf,
  nanos,
  spansOf,
  TraceRequest,
} from '../collectors/otlp/fixtures/messages.ts';
import { sleep } from '../core/clock.ts';
import { seededRandom } from '../core/random.ts';
import { systemClock } from '../core/system-clock.ts';
import { type AgentProcess, startAgentProcess, until } from './agent-process.ts';

const SERVICE = { 'service.name': 'checkout' };
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const HOUR = 3_600_000;
const GZIP = { ...PROTOBUF, 'content-encoding': 'gzip' };
const STEP_MS = 200;

let folder: string;
let agent: AgentProcess;

const post = (path: string, body: Uint8Array, headers: Record<string, string> = PROTOBUF, method = 'POST'): Promise<Answer> =>
  send(agent.otlpPort, path, body, headers, method);

const spanNow = (index: number, more: object = {}): object => {
  const now = systemClock.now();
  const id = Buffer.alloc(8);
  id.writeUInt32BE(index + 1, 4);
  const range = { startTimeUnixNano: nanos(now - 20), endTimeUnixNano: nanos(now) };
  return { traceId: Buffer.alloc(16, 7), spanId: id, name: 'GET /basket', kind: 2, ...range, ...more };
};
const tracesOf = (...spans: object[]): Uint8Array => encode(TraceRequest, spansOf(SERVICE, spans));
const pointNow = (more: object = {}): object => ({ timeUnixNano: nanos(systemClock.now()), asDouble: 5, ...more });
const gaugeOf = (...points: object[]): Uint8Array =>
  encode(MetricsRequest, metricsOf(SERVICE, [{ name: 'queue.depth', gauge: { dataPoints: points } }]));
const counterOf = (...points: object[]): Uint8Array =>
  encode(MetricsRequest, metricsOf(SERVICE, [{ name: 'hits', sum: { dataPoints: points, aggregationTemporality: 2, isMonotonic: true } }]));

/** Observed values and bands of every signal, as the detectors hold them, and the signals that are known. */
const detectorState = async (): Promise<{ readonly bands: readonly string[]; readonly signals: readonly string[] }> => {
  const metrics = await agent.metrics();
  const { signals, services, graph } = await agent.state();
  const bands = metrics.split('\n').filter((line) => /^foreshock_(signal_|findings_open|incidents_open|pages_total)/.test(line));
  return {
    bands,
    signals: [...signals.map(({ key }) => key), ...services.map(({ name }) => name), ...graph.nodes.map(({ name }) => name)],
  };
};

const counted = (metrics: string, kind: string, reason: string): number => {
  const line = metrics.split('\n').find((text) => text.startsWith(`foreshock_ingest_rejected_total{kind="${kind}",reason="${reason}"}`));
  return Number(line?.split(' ').at(-1) ?? 0);
};

const random = seededRandom(99);
const noise = (length: number): Buffer => Buffer.from(Uint8Array.from({ length }, () => 0x80 | Math.floor(128 * random())));

/** A name that is no UTF-8, put where the name of a metric stands. */
const invalidText = (): Buffer => {
  const body = Buffer.from(gaugeOf(pointNow()));
  body[body.indexOf('queue.depth')] = 0xff;
  return body;
};

interface Whole {
  readonly what: string;
  readonly path?: string;
  readonly body: () => Uint8Array;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly status: number;
  readonly code: number;
  readonly reason: string;
}

const refused: readonly Whole[] = [
  { what: 'random bytes', body: () => noise(4_096), status: 400, code: 3, reason: 'malformed_protobuf' },
  { what: 'a truncated request', body: () => gaugeOf(pointNow()).subarray(0, -4), status: 400, code: 3, reason: 'malformed_protobuf' },
  { what: 'a wrong wire type', body: () => Buffer.from([8, 1]), status: 400, code: 3, reason: 'malformed_protobuf' },
  { what: 'a name that is not UTF-8', body: invalidText, status: 400, code: 3, reason: 'malformed_protobuf' },
  { what: 'what is no gzip', body: () => noise(64), headers: GZIP, status: 400, code: 3, reason: 'bad_encoding' },
  {
    what: '256 MiB of zeros in gzip',
    body: () => gzipSync(Buffer.alloc(256 * 1024 * 1024), { level: 1 }),
    headers: GZIP,
    status: 413,
    code: 8,
    reason: 'body_too_large',
  },
  { what: 'a GET', body: () => Buffer.alloc(0), method: 'GET', status: 405, code: 12, reason: 'method_not_allowed' },
  {
    what: 'plain text',
    body: () => Buffer.from('{}'),
    headers: { 'content-type': 'text/plain' },
    status: 415,
    code: 12,
    reason: 'unsupported_content_type',
  },
  {
    what: 'an unknown encoding',
    body: () => Buffer.alloc(0),
    headers: { ...PROTOBUF, 'content-encoding': 'br' },
    status: 415,
    code: 12,
    reason: 'unsupported_encoding',
  },
  { what: 'logs', path: '/v1/logs', body: () => Buffer.alloc(0), status: 404, code: 12, reason: 'unsupported_signal' },
  { what: 'an unknown path', path: '/v1/log', body: () => Buffer.alloc(0), status: 404, code: 12, reason: 'unknown_path' },
];

const rejected: readonly { readonly what: string; readonly kind: string; readonly reason: string; readonly body: () => Uint8Array }[] = [
  { what: 'NaN', kind: 'data_points', reason: 'nan_value', body: () => gaugeOf(pointNow({ asDouble: Number.NaN })) },
  { what: 'infinity', kind: 'data_points', reason: 'non_finite', body: () => gaugeOf(pointNow({ asDouble: Number.POSITIVE_INFINITY })) },
  {
    what: 'minus infinity',
    kind: 'data_points',
    reason: 'non_finite',
    body: () => gaugeOf(pointNow({ asDouble: Number.NEGATIVE_INFINITY })),
  },
  { what: 'a negative counter', kind: 'data_points', reason: 'invalid_monotonic', body: () => counterOf(pointNow({ asDouble: -3 })) },
  {
    what: 'an hour ahead',
    kind: 'data_points',
    reason: 'too_far_in_future',
    body: () => gaugeOf(pointNow({ timeUnixNano: nanos(systemClock.now() + HOUR) })),
  },
  {
    what: 'an hour ago',
    kind: 'data_points',
    reason: 'too_old',
    body: () => gaugeOf(pointNow({ timeUnixNano: nanos(systemClock.now() - HOUR) })),
  },
  { what: 'no time', kind: 'data_points', reason: 'bad_timestamp', body: () => gaugeOf(pointNow({ timeUnixNano: nanos(0) })) },
  {
    what: 'a span that ends before it starts',
    kind: 'spans',
    reason: 'bad_timestamp',
    body: () => tracesOf(spanNow(900, { startTimeUnixNano: nanos(systemClock.now() + 1_000) })),
  },
  {
    what: 'a span an hour ahead',
    kind: 'spans',
    reason: 'too_far_in_future',
    body: () => tracesOf(spanNow(901, { endTimeUnixNano: nanos(systemClock.now() + HOUR) })),
  },
];

describe('an agent that is sent nonsense', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-bad-input-'));
    agent = await startAgentProcess(folder, `time: { step: ${STEP_MS}ms, dayLength: 24s, grace: ${STEP_MS}ms }\n`);
    // What is right first, so that there are detectors that could be moved.
    for (let index = 0; index < 12; index += 1) {
      const good = [post('/v1/traces', tracesOf(spanNow(2 * index), spanNow(2 * index + 1))), post('/v1/metrics', gaugeOf(pointNow()))];
      expect((await Promise.all(good)).map(({ status }) => status)).toEqual([200, 200]);
      await sleep(systemClock, STEP_MS / 2);
    }
    await until('the service is seen', 5_000, agent.services, (services) => services.some(({ name }) => name === 'checkout'));
    // Until every step with something in it has closed.
    await sleep(systemClock, 5 * STEP_MS);
  });

  afterAll(async () => {
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('answers each with its reason, counts all of it, and neither dies nor learns anything from it', async () => {
    const before = await detectorState();
    const accepted = (await agent.state()).ingest.accepted;
    const readyBefore = await agent.ready();
    const expected = new Map<string, number>();
    const count = (kind: string, reason: string): void => {
      expected.set(`${kind} ${reason}`, (expected.get(`${kind} ${reason}`) ?? 0) + 1);
    };
    expect(before.bands.length).toBeGreaterThan(4);

    for (const { what, path, body, headers, method, status, code, reason } of refused) {
      const answer = await post(path ?? '/v1/metrics', body(), headers ?? PROTOBUF, method);
      expect({ what, status: answer.status, type: answer.headers['content-type'] }).toEqual({
        what,
        status,
        type: 'application/x-protobuf',
      });
      expect({ what, ...decodeStatus(answer.body) }).toMatchObject({ what, code, message: expect.stringContaining(reason) });
      count('requests', reason);
    }

    const endless = await new Promise<string>((resolve) => {
      const socket = connect(agent.otlpPort, '127.0.0.1');
      const chunk = Buffer.concat([Buffer.from('40000\r\n'), Buffer.alloc(0x40000), Buffer.from('\r\n')]);
      let answer = '';
      const pump = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket
        .on('drain', pump)
        .on('error', () => undefined)
        .on('close', () => resolve(answer));
      socket.on('data', (data) => {
        answer += data.toString('latin1');
      });
      socket.write(
        'POST /v1/metrics HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n',
      );
      pump();
    });
    expect(endless).toContain('413 Payload Too Large');
    expect(endless).toContain('body_too_large');
    count('requests', 'body_too_large');

    for (const { what, kind, reason, body } of rejected) {
      const answer = await post(kind === 'spans' ? '/v1/traces' : '/v1/metrics', body());
      const { rejected: number, errorMessage } = decodeResponse(answer.body);
      expect({ what, status: answer.status, number, errorMessage }).toEqual({
        what,
        status: 200,
        number: 1,
        errorMessage: expect.stringContaining(reason),
      });
      count(kind, reason);
    }

    await sleep(systemClock, 3 * STEP_MS);
    const metrics = await agent.metrics();
    for (const [labels, number] of expected) {
      const [kind = '', reason = ''] = labels.split(' ');
      expect({ kind, reason, number: counted(metrics, kind, reason) }).toEqual({ kind, reason, number });
    }
    const { ingest, incidents } = await agent.state();
    const sum = (tally: Readonly<Record<string, number>>): number => Object.values(tally).reduce((total, one) => total + one, 0);
    expect(ingest.conserved).toBe(true);
    expect(ingest.offered).toBe(ingest.accepted + sum(ingest.rejected) + sum(ingest.refused));
    expect(ingest.accepted).toBe(accepted);
    expect(incidents).toEqual([]);
    expect(await agent.ready()).toBe(readyBefore);
    expect(await detectorState()).toEqual(before);
    expect(agent.child.exitCode).toBeNull();
    expect(agent.log()).not.toMatch(/"level":"(error|fatal)"/);
    expect((await post('/v1/traces', tracesOf(spanNow(999)))).status).toBe(200);
  });

  it('keeps names as odd as it gets them, and treats no attribute as code', async () => {
    const odd = '<img src=x onerror=alert(1)>\u202e__proto__';
    const body = encode(
      TraceRequest,
      spansOf({ 'service.name': odd }, [spanNow(1_000, { attributes: attributesOf({ 'http.route': odd }) })]),
    );
    expect((await post('/v1/traces', body)).status).toBe(200);
    const services = await until('the odd service is seen', 5_000, agent.services, (seen) => seen.length === 2);
    expect(services.map(({ name }) => name)).toContain(odd);
    expect(await agent.ready()).toBe(200);
  });
});
