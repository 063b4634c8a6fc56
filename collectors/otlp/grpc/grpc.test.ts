import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { isConserved } from '../../intake/index.ts';
import { createGrpcClient, EXPORT_METRICS, EXPORT_TRACES, type GrpcClient, rawStream } from '../fixtures/grpc-client.ts';
import { createHarness, type Harness, NOW } from '../fixtures/harness.ts';
import {
  decodeResponse,
  decodeStatus,
  encode,
  MetricsRequest,
  metricsOf,
  nanos,
  spansOf,
  TraceRequest,
  text,
} from '../fixtures/messages.ts';
import { statusText } from './message.ts';

let harness: Harness;
let client: GrpcClient;
const open = async (options: Parameters<typeof createHarness>[0] = {}, gzip = false): Promise<void> => {
  harness = await createHarness(options);
  client = createGrpcClient(harness.grpcPort, { gzip });
};
afterEach(async () => {
  client.close();
  await harness.close();
  expect(harness.bugs).toEqual([]);
  expect(isConserved(harness.receiver.ledger.snapshot().requests)).toBe(true);
});

const SERVICE = { 'service.name': 'pay' };
const gauge = (...points: object[]): Uint8Array =>
  encode(MetricsRequest, metricsOf(SERVICE, [{ name: 'depth', gauge: { dataPoints: points } }]));
const point = (more: object = {}) => ({ timeUnixNano: nanos(NOW), asDouble: 7, attributes: [text('http.route', '/a')], ...more });
const spans = (): Uint8Array =>
  encode(
    TraceRequest,
    spansOf(SERVICE, [
      {
        traceId: Buffer.alloc(16, 1),
        spanId: Buffer.alloc(8, 2),
        name: 'op',
        kind: 2,
        startTimeUnixNano: nanos(NOW - 10),
        endTimeUnixNano: nanos(NOW),
      },
    ]),
  );
const framed = (message: Uint8Array, flag = 0, length = message.length): Buffer => {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
};
const requests = () => harness.receiver.ledger.snapshot().requests;

describe('Export by gRPC', () => {
  it.each([
    ['as it is', false],
    ['in gzip', true],
  ])('takes metrics and spans %s and acknowledges them with an empty response', async (_name, gzip) => {
    await open({}, gzip);
    expect(await client.call(EXPORT_METRICS, gauge(point()))).toEqual({ code: 0, message: '', body: Buffer.alloc(0) });
    expect(await client.call(EXPORT_TRACES, spans())).toEqual({ code: 0, message: '', body: Buffer.alloc(0) });
    expect(harness.batches[0]?.samples?.value[0]).toBe(7);
    expect(harness.batches[1]?.spans?.length).toBe(1);
  });

  it('takes an empty request', async () => {
    await open();
    expect((await client.call(EXPORT_METRICS, Buffer.alloc(0))).code).toBe(0);
  });

  it('keeps the good part and tells what it rejected', async () => {
    await open();
    const answer = await client.call(EXPORT_METRICS, gauge(point(), point({ asDouble: Number.NaN })));
    expect(answer.code).toBe(0);
    expect(decodeResponse(answer.body)).toEqual({ rejected: 1, errorMessage: expect.stringContaining('nan_value') });
    expect(harness.batches[0]?.samples?.length).toBe(1);
  });

  it('finds the stream that HTTP made', async () => {
    await open();
    await harness.post('/v1/metrics', gauge(point()));
    await client.call(EXPORT_METRICS, gauge(point()));
    expect(harness.side.streams.size).toBe(1);
  });

  it.each([
    ['logs', '/opentelemetry.proto.collector.logs.v1.LogsService/Export', 'unsupported_signal: logs are not taken'],
    ['an unknown service', '/grpc.health.v1.Health/Check', 'unknown_method'],
    ['a name of Object.prototype', '/constructor', 'unknown_method'],
  ])('answers UNIMPLEMENTED to %s', async (_name, method, message) => {
    await open();
    const answer = await client.call(method, gauge(point()));
    expect(answer).toMatchObject({ code: 12, message: expect.stringContaining(message) });
    expect(harness.batches).toEqual([]);
  });

  it('answers what was accepted before it closes, and takes nothing more', async () => {
    await open();
    let release = (): void => undefined;
    harness.log.hold = new Promise((resolve) => {
      release = resolve;
    });
    const answer = client.call(EXPORT_METRICS, gauge(point()));
    while (harness.side.streams.size === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = harness.close();
    release();
    expect((await answer).code).toBe(0);
    await closed;
    expect(harness.batches).toHaveLength(1);
    expect((await client.call(EXPORT_METRICS, gauge(point()))).code).toBe(14);
    expect(harness.batches).toHaveLength(1);
  });

  it('says whose port is busy and gives the other back', async () => {
    await open();
    const { createOtlpReceiver } = await import('../index.ts');
    const second = createOtlpReceiver(
      { port: 0, grpcPort: harness.grpcPort },
      { intake: harness.side, clock: { now: () => NOW, after: () => () => undefined, every: () => () => undefined } },
    );
    expect(await second.start()).toMatchObject({
      ok: false,
      error: { code: 'PORT_UNAVAILABLE', message: expect.stringContaining(`OTLP/gRPC cannot listen on 127.0.0.1:${harness.grpcPort}`) },
    });
  });
});

describe('what is no gRPC message', () => {
  it.each([
    ['random bytes', framed(Buffer.from('ffffffffffff', 'hex')), {}, 'malformed_protobuf at byte'],
    ['a truncated request', framed(gauge(point()).subarray(0, -3)), {}, 'malformed_protobuf'],
    ['no message', Buffer.alloc(0), {}, 'malformed_grpc'],
    ['a prefix cut off', Buffer.from([0, 0]), {}, 'malformed_grpc'],
    ['a length beyond what came', framed(gauge(point()), 0, 1_000_000), {}, 'malformed_grpc'],
    ['a length of 4 GiB', framed(gauge(point()), 0, 0xffffffff), {}, 'malformed_grpc'],
    ['two messages', Buffer.concat([framed(gauge(point())), framed(gauge(point()))]), {}, 'malformed_grpc'],
    ['a flag of 7', framed(gauge(point()), 7), {}, 'malformed_grpc'],
    ['a compressed flag without an encoding', framed(gzipSync(gauge(point())), 1), {}, 'bad_encoding'],
    ['what is no gzip', framed(Buffer.from('plain'), 1), { 'grpc-encoding': 'gzip' }, 'bad_encoding'],
    ['a cut gzip stream', framed(gzipSync(gauge(point())).subarray(0, -9), 1), { 'grpc-encoding': 'gzip' }, 'bad_encoding'],
    ['gzip in gzip', framed(gzipSync(gzipSync(gauge(point()))), 1), { 'grpc-encoding': 'gzip' }, 'malformed_protobuf'],
  ])('answers INVALID_ARGUMENT to %s and learns nothing from it', async (_name, body, headers, reason) => {
    await open();
    const { headers: answered } = await rawStream(harness.grpcPort, headers as Record<string, string>, [body]);
    expect(answered).toMatchObject({ ':status': 200, 'grpc-status': '3', 'grpc-message': expect.stringContaining(reason) });
    const status = decodeStatus(Buffer.from(String(answered['grpc-status-details-bin']), 'base64'));
    expect(status).toMatchObject({ code: 3, details: ['type.googleapis.com/google.rpc.BadRequest'] });
    expect(harness.side.streams.size).toBe(0);
    expect(Object.keys(requests().rejected)).toEqual([reason.split(' ')[0]]);
    expect((await client.call(EXPORT_METRICS, gauge(point()))).code).toBe(0);
  });

  it('takes a message that is not compressed under an encoding', async () => {
    await open();
    const { trailers } = await rawStream(harness.grpcPort, { 'grpc-encoding': 'gzip' }, [framed(gauge(point()))]);
    expect(trailers['grpc-status']).toBe('0');
  });

  it('takes a message in pieces of one byte', async () => {
    await open();
    const body = framed(gauge(...Array.from({ length: 40 }, () => point())));
    const pieces = Array.from(body, (byte) => Buffer.from([byte]));
    const { trailers } = await rawStream(harness.grpcPort, {}, pieces);
    expect(trailers['grpc-status']).toBe('0');
    expect(harness.batches[0]?.samples?.length).toBe(40);
  });

  it.each([
    ['an unknown encoding', { 'grpc-encoding': 'zstd' }, 200, '12', 'unsupported_encoding'],
    ['JSON over gRPC', { 'content-type': 'application/grpc+json' }, 415, undefined, 'unsupported_content_type'],
    ['protobuf without gRPC', { 'content-type': 'application/x-protobuf' }, 415, undefined, 'unsupported_content_type'],
    ['GET', { ':method': 'GET' }, 405, undefined, 'method_not_allowed'],
  ])('refuses %s', async (_name, headers, status, code, reason) => {
    await open();
    const { headers: answered } = await rawStream(harness.grpcPort, headers as unknown as Record<string, string>, [framed(gauge(point()))]);
    expect([answered[':status'], answered['grpc-status']]).toEqual([status, code]);
    expect(requests().rejected).toEqual({ [reason]: 1 });
  });

  it('percent-encodes what a header cannot carry', async () => {
    await open();
    const { headers: answered } = await rawStream(harness.grpcPort, { ':path': '/100%' }, []);
    expect(answered['grpc-message']).toMatch(/^unknown_method: \/100%25; Export/);
    expect(statusText('50 % ä\u001b😀')).toBe('50 %25 %C3%A4%1B%F0%9F%98%80');
    expect(statusText('half of a pair \ud83d')).toBe('half of a pair %EF%BF%BD');
  });

  it('outlives HTTP/1.1 and noise on its port', async () => {
    await open();
    for (const noise of ['POST /v1/metrics HTTP/1.1\r\nhost: x\r\n\r\n', '\u0000'.repeat(100)]) {
      await new Promise<void>((resolve) => {
        const socket = connect(harness.grpcPort, '127.0.0.1', () => socket.write(noise));
        socket.on('error', () => undefined).on('close', () => resolve());
        socket.resume();
      });
    }
    expect((await client.call(EXPORT_METRICS, gauge(point()))).code).toBe(0);
  });
});

describe('too much by gRPC', () => {
  it('answers RESOURCE_EXHAUSTED without RetryInfo to a message beyond the limit', async () => {
    await open({ receiver: { limits: { decompressedBytes: 1_000 } } });
    const answer = await client.call(EXPORT_METRICS, Buffer.alloc(100_000));
    expect(answer.code).toBe(8);
    expect(decodeStatus(answer.body)).toMatchObject({ code: 8, details: [] });
  });

  it('stops inflating a bomb at the limit', async () => {
    await open({ receiver: { limits: { decompressedBytes: 1024 * 1024 } } }, true);
    const answer = await client.call(EXPORT_METRICS, Buffer.alloc(32 * 1024 * 1024));
    expect(answer).toMatchObject({ code: 8, message: expect.stringContaining('decompressed') });
    expect(requests().rejected).toEqual({ body_too_large: 1 });
  });

  it('answers DEADLINE_EXCEEDED to a message that does not come', async () => {
    await open({ receiver: { limits: { bodyTimeoutMs: 50 } } });
    const session = connectHttp2(`http://127.0.0.1:${harness.grpcPort}`);
    const stream = session.request({ ':method': 'POST', ':path': EXPORT_METRICS, 'content-type': 'application/grpc' });
    stream.write(Buffer.from([0, 0, 0]));
    const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', (sent) => resolve(sent)));
    expect(headers['grpc-status']).toBe('4');
    session.destroy();
  });

  it('asks for a retry, saying when, while more is offered than is admitted, and takes it then', async () => {
    await open({ receiver: { limits: { admittedBytes: 300, admissionWaiters: 1 } } });
    let release = (): void => undefined;
    harness.log.hold = new Promise((resolve) => {
      release = resolve;
    });
    const answers = Array.from({ length: 6 }, () => client.call(EXPORT_METRICS, gauge(point())));
    const refused = await Promise.any(answers.map(async (answer) => ((await answer).code === 14 ? await answer : Promise.reject(answer))));
    expect(decodeStatus(refused.body)).toMatchObject({ code: 14, details: ['type.googleapis.com/google.rpc.RetryInfo'] });
    release();
    const codes = (await Promise.all(answers)).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set([0, 14]));
    expect((await client.call(EXPORT_METRICS, gauge(point()))).code).toBe(0);
  });

  it('answers UNAVAILABLE while the log is, and loses nothing when the sender tries again', async () => {
    await open();
    harness.log.unavailable = true;
    const refused = await client.call(EXPORT_METRICS, gauge(point()));
    expect(refused).toMatchObject({ code: 14, message: 'log_unavailable: no space left on device' });
    expect(requests().refused).toEqual({ log_unavailable: 1 });
    harness.log.unavailable = false;
    expect((await client.call(EXPORT_METRICS, gauge(point()))).code).toBe(0);
    expect(harness.batches).toHaveLength(1);
  });

  it('tells a connection that asks for nothing to go', async () => {
    await open({ receiver: { limits: { idleSessionMs: 50 } } });
    const session = connectHttp2(`http://127.0.0.1:${harness.grpcPort}`);
    const code = await new Promise<number>((resolve) => session.once('goaway', resolve));
    expect(code).toBe(constants.NGHTTP2_NO_ERROR);
    session.destroy();
  });

  it('counts a sender that goes away in the middle of a message', async () => {
    await open();
    const session = connectHttp2(`http://127.0.0.1:${harness.grpcPort}`);
    const stream = session.request({ ':method': 'POST', ':path': EXPORT_METRICS, 'content-type': 'application/grpc' });
    stream.on('error', () => undefined);
    await new Promise((resolve) => stream.write(Buffer.from([0, 0, 0]), resolve));
    await new Promise((resolve) => session.ping(resolve));
    session.destroy();
    while (requests().rejected.aborted !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await client.call(EXPORT_METRICS, gauge(point()))).code).toBe(0);
  });
});
