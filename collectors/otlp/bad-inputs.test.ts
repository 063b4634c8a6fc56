import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { isConserved } from '../intake/index.ts';
import { createHarness, type Harness, NOW, send } from './fixtures/harness.ts';
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
  text,
} from './fixtures/messages.ts';
import { createOtlpReceiver } from './index.ts';

let harness: Harness;
afterEach(async () => {
  await harness.close();
  expect(harness.bugs).toEqual([]);
});

const SERVICE = { 'service.name': 'pay', 'service.namespace': 'shop' };
const point = (more: object = {}) => ({ timeUnixNano: nanos(NOW), asDouble: 1, attributes: [text('http.route', '/a')], ...more });
const gauge = (points: readonly object[], name = 'depth') => ({ name, unit: '1', gauge: { dataPoints: points } });
const counter = (points: readonly object[]) => ({
  name: 'hits',
  sum: { dataPoints: points, aggregationTemporality: 2, isMonotonic: true },
});
const histogramPoint = (more: object = {}) => ({
  timeUnixNano: nanos(NOW),
  count: 3,
  sum: 4.5,
  bucketCounts: [1, 2],
  explicitBounds: [1],
  ...more,
});
const histogram = (points: readonly object[]) => ({
  name: 'wait',
  unit: 's',
  histogram: { dataPoints: points, aggregationTemporality: 2 },
});
const exponential = (more: object, aggregationTemporality = 2) => ({
  name: 'spread',
  exponentialHistogram: {
    aggregationTemporality,
    dataPoints: [{ timeUnixNano: nanos(NOW), count: 3, sum: 4.5, scale: 1, positive: { offset: 0, bucketCounts: [1, 2] }, ...more }],
  },
});
const summary = (more: object) => ({
  name: 'quantiles',
  summary: { dataPoints: [{ timeUnixNano: nanos(NOW), count: 3, sum: 4.5, ...more }] },
});
const metricsBody = (...metrics: object[]): Uint8Array => encode(MetricsRequest, metricsOf(SERVICE, metrics));
const good = (): Uint8Array => metricsBody(gauge([point()]));

const span = (more: object = {}) => ({
  traceId: Buffer.alloc(16, 1),
  spanId: Buffer.alloc(8, 2),
  name: 'op',
  kind: 2,
  startTimeUnixNano: nanos(NOW - 10),
  endTimeUnixNano: nanos(NOW),
  ...more,
});
const spansBody = (...spans: object[]): Uint8Array => encode(TraceRequest, spansOf(SERVICE, spans));

/** A length-delimited field, for bodies that no encoder would write. */
const field = (number: number, ...content: (number | Uint8Array)[]): Buffer => {
  const body = Buffer.concat(content.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));
  const head = [number * 8 + 2];
  let length = body.length;
  for (; length > 127; length >>>= 7) head.push((length & 127) | 128);
  return Buffer.concat([Buffer.from([...head, length]), body]);
};
const nested = (depth: number): Buffer => {
  let value = field(1, Buffer.from('x'));
  for (let i = 0; i < depth; i += 1) value = field(5, field(1, value));
  return value;
};
const pointWith = (...content: Buffer[]): Buffer => {
  const time = Buffer.alloc(9);
  time[0] = 25;
  time.writeBigUInt64LE(BigInt(NOW) * 1_000_000n, 1);
  const value = Buffer.alloc(9);
  value[0] = 33;
  value.writeDoubleLE(1, 1);
  return field(1, field(2, field(2, field(1, Buffer.from('m')), field(5, field(1, time, value, ...content)))));
};
const keyValue = (key: Buffer, value: Buffer): Buffer => field(7, field(1, key), field(2, value));

const expectNothingLearned = (): void => {
  expect(harness.side.streams.size).toBe(0);
  expect(harness.side.texts.size).toBe(1);
  expect(harness.batches).toEqual([]);
};

describe('bodies that are not protobuf', () => {
  it.each([
    ['random bytes', Buffer.from('ffffffffffffffffffffffff', 'hex'), 'malformed_protobuf'],
    ['a truncated request', Buffer.from(good()).subarray(0, good().length - 3), 'malformed_protobuf'],
    ['a varint of 11 bytes', Buffer.from([8, ...Array<number>(10).fill(0x80), 1]), 'malformed_protobuf at byte 1'],
    ['a wrong wire type of a known field', Buffer.from([8, 1]), 'malformed_protobuf at byte 1'],
    ['a group', Buffer.from([0x13, 0x14]), 'malformed_protobuf at byte 1'],
    ['field number 0', Buffer.from([2, 0]), 'malformed_protobuf at byte 0'],
    ['a length beyond the rest', Buffer.from([10, 100, 1]), 'malformed_protobuf at byte 1'],
    ['a length of 2^31', Buffer.from([10, 0x80, 0x80, 0x80, 0x80, 8]), 'malformed_protobuf at byte 1'],
    ['an attribute nested 65 deep', pointWith(keyValue(Buffer.from('k'), nested(65))), 'nesting_limit'],
    ['an attribute nested 20,000 deep', pointWith(keyValue(Buffer.from('k'), nested(20_000))), 'nesting_limit'],
    ['an overlong UTF-8 key', pointWith(keyValue(Buffer.from([0xc0, 0x80]), field(1, Buffer.from('v')))), 'malformed_protobuf'],
    ['a lone surrogate in a value', pointWith(keyValue(Buffer.from('k'), field(1, Buffer.from([0xed, 0xa0, 0x80])))), 'malformed_protobuf'],
    ['Latin-1 in a value', pointWith(keyValue(Buffer.from('k'), field(1, Buffer.from([0x66, 0xfc, 0x72])))), 'malformed_protobuf'],
  ])('answers 400 to %s and learns nothing from it', async (_name, body, message) => {
    harness = await createHarness();
    const answer = await harness.post('/v1/metrics', body);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/x-protobuf');
    expect(decodeStatus(answer.body)).toMatchObject({ code: 3, message: expect.stringContaining(message) });
    expectNothingLearned();
    expect((await harness.post('/v1/metrics', good())).status).toBe(200);
  });

  it('registers no stream of a request whose last byte is malformed', async () => {
    harness = await createHarness();
    const late = Buffer.concat([good(), pointWith(keyValue(Buffer.from('k'), field(1, Buffer.from([0xff]))))]);
    expect((await harness.post('/v1/metrics', late)).status).toBe(400);
    expectNothingLearned();
    const spans = Buffer.concat([spansBody(span()), field(1, field(1, field(1, field(1, Buffer.from([0xff])))))]);
    expect((await harness.post('/v1/traces', spans)).status).toBe(400);
    expectNothingLearned();
  });

  it('ignores fields of a newer version', async () => {
    harness = await createHarness();
    const answer = await harness.post('/v1/metrics', Buffer.concat([good(), field(99, Buffer.from('new')), Buffer.from([0xa0, 6, 1])]));
    expect(answer.status).toBe(200);
    expect(harness.batches[0]?.samples?.length).toBe(1);
  });
});

describe('requests that are not OTLP over HTTP', () => {
  it.each([
    ['text', 'POST', '/v1/metrics', { 'content-type': 'text/plain' }, 415, 'application/x-protobuf'],
    ['no content type', 'POST', '/v1/metrics', {}, 415, 'is missing'],
    ['GET', 'GET', '/v1/metrics', {}, 405, 'POST'],
    ['logs', 'POST', '/v1/logs', {}, 404, 'logs are not taken'],
    ['an unknown path', 'POST', '/v2/metrics', {}, 404, '/v1/metrics and /v1/traces'],
    ['a name of Object.prototype', 'POST', '/constructor', {}, 404, 'unknown_path'],
    ['zstd', 'POST', '/v1/traces', { 'content-type': 'application/x-protobuf', 'content-encoding': 'zstd' }, 415, 'unsupported_encoding'],
  ])('refuses %s', async (_name, method, path, headers, status, message) => {
    harness = await createHarness();
    const answer = await send(harness.port, path, Buffer.alloc(0), headers as unknown as Record<string, string>, method);
    expect(answer.status).toBe(status);
    expect(decodeStatus(answer.body).message).toContain(message);
    expect(answer.headers.allow).toBe(status === 405 ? 'POST' : undefined);
    expect(isConserved(harness.receiver.ledger.snapshot().requests)).toBe(true);
  });

  it.each([
    ['a corrupt checksum', () => gzipSync(good()).map((byte, i, all) => (i === all.length - 6 ? byte ^ 1 : byte)), 'bad_encoding'],
    ['a cut gzip stream', () => gzipSync(good()).subarray(0, -10), 'bad_encoding'],
    ['bytes after the gzip stream', () => Buffer.concat([gzipSync(good()), Buffer.from('tail')]), 'bad_encoding'],
    ['what is no gzip', () => Buffer.from('plain'), 'bad_encoding'],
    ['gzip in gzip', () => gzipSync(gzipSync(good())), 'malformed_protobuf'],
  ])('answers 400 to %s', async (_name, body, message) => {
    harness = await createHarness();
    const answer = await harness.post('/v1/metrics', body(), { 'content-encoding': 'gzip' });
    expect(answer.status).toBe(400);
    expect(decodeStatus(answer.body).message).toContain(message);
    expectNothingLearned();
  });

  it('takes gzip', async () => {
    harness = await createHarness();
    expect((await harness.post('/v1/metrics', gzipSync(good()), { 'content-encoding': 'gzip' })).status).toBe(200);
    expect(harness.batches).toHaveLength(1);
  });
});

describe('too much, too long, too slow', () => {
  it('stops inflating a bomb at the limit and answers 413 without asking for a retry', async () => {
    harness = await createHarness({ receiver: { limits: { decompressedBytes: 1024 * 1024 } } });
    const answer = await harness.post('/v1/metrics', gzipSync(Buffer.alloc(32 * 1024 * 1024)), { 'content-encoding': 'gzip' });
    expect(answer.status).toBe(413);
    expect(answer.headers['retry-after']).toBeUndefined();
    expect(decodeStatus(answer.body).code).toBe(8);
  });

  it('answers 413 to a declared length beyond the limit before it reads', async () => {
    harness = await createHarness({ receiver: { limits: { decompressedBytes: 1_000 } } });
    expect((await harness.post('/v1/metrics', Buffer.alloc(5_000))).status).toBe(413);
  });

  it('closes the connection of an endless chunked body at the limit', async () => {
    harness = await createHarness({ receiver: { limits: { decompressedBytes: 100_000 } } });
    const head = 'POST /v1/metrics HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ntransfer-encoding: chunked\r\n\r\n';
    const received = await new Promise<string>((resolve) => {
      const socket = connect(harness.port, '127.0.0.1');
      let answer = '';
      const chunk = `4000\r\n${'\n'.repeat(0x4000)}\r\n`;
      const pump = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', pump).on('data', (data) => {
        answer += data.toString('latin1');
      });
      socket.on('error', () => undefined).on('close', () => resolve(answer));
      socket.write(head);
      pump();
    });
    expect(received).toContain('413 Payload Too Large');
  });

  it('answers 408 to a body that does not come, and to headers that do not', async () => {
    harness = await createHarness({ receiver: { limits: { bodyTimeoutMs: 50, headersTimeoutMs: 100 } } });
    const talk = (first: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(harness.port, '127.0.0.1');
        let answer = '';
        socket.on('data', (data) => {
          answer += data.toString('latin1');
        });
        socket.on('close', () => resolve(answer));
        socket.write(first);
      });
    const head = 'POST /v1/metrics HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 9\r\n';
    const [body, headers] = await Promise.all([talk(`${head}\r\nabc`), talk(head)]);
    expect(body).toContain('408 Request Timeout');
    expect(body).toContain('body_timeout');
    expect(headers).toContain('408 Request Timeout');
    expect(headers).toContain('headers_timeout');
  });

  it('asks for a retry when more is offered than is admitted, and takes it then', async () => {
    harness = await createHarness({ receiver: { limits: { admittedBytes: 300, admissionWaiters: 1 } } });
    let release = (): void => undefined;
    harness.log.hold = new Promise((resolve) => {
      release = resolve;
    });
    const body = good();
    const answers = Array.from({ length: 6 }, () => harness.post('/v1/metrics', body));
    const refused = await Promise.any(
      answers.map(async (answer) => ((await answer).status === 429 ? await answer : Promise.reject(answer))),
    );
    expect(refused.headers['retry-after']).toBe('1');
    release();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect((await harness.post('/v1/metrics', body)).status).toBe(200);
    const { requests } = harness.receiver.ledger.snapshot();
    expect(requests.offered).toBe(7);
    expect(isConserved(requests)).toBe(true);
  });

  it('answers 503 while the log is unavailable and loses nothing when the sender tries again', async () => {
    harness = await createHarness();
    harness.log.unavailable = true;
    const refused = await harness.post('/v1/metrics', good());
    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toBe('5');
    expect(decodeStatus(refused.body)).toMatchObject({ code: 14, message: 'log_unavailable: no space left on device' });
    expect(harness.batches).toEqual([]);
    harness.log.unavailable = false;
    expect((await harness.post('/v1/metrics', good())).status).toBe(200);
    expect(harness.deltas[0]?.streams).toHaveLength(1);
    const { data_points } = harness.receiver.ledger.snapshot();
    expect(data_points).toEqual({ offered: 2, accepted: 1, underWay: 0, rejected: {}, refused: { log_unavailable: 1 } });
  });

  it('says who cannot listen when the port is busy', async () => {
    harness = await createHarness();
    const second = createOtlpReceiver(
      { port: harness.port, grpcPort: 0 },
      { intake: harness.side, clock: { now: () => NOW, after: () => () => undefined, every: () => () => undefined } },
    );
    expect(await second.start()).toMatchObject({
      ok: false,
      error: { code: 'PORT_UNAVAILABLE', message: expect.stringContaining(`127.0.0.1:${harness.port}`) },
    });
    await second.close();
  });
});

describe('points that cannot be believed', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => text(`k${i}`, 'v'));
  it.each([
    ['NaN', gauge([point({ asDouble: Number.NaN })]), 'nan_value'],
    ['infinity', gauge([point({ asDouble: Number.POSITIVE_INFINITY })]), 'non_finite'],
    ['minus infinity', gauge([point({ asDouble: Number.NEGATIVE_INFINITY })]), 'non_finite'],
    ['no value', gauge([{ timeUnixNano: nanos(NOW) }]), 'no_value'],
    ['a negative counter', counter([point({ asDouble: -1 })]), 'invalid_monotonic'],
    ['a sum without temporality', { name: 's', sum: { dataPoints: [point()] } }, 'invalid_temporality'],
    [
      'a negative count',
      histogram([histogramPoint({ count: nanos(0), bucketCounts: [{ low: -1, high: -1, unsigned: true }, 0] })]),
      'invalid_histogram',
    ],
    ['buckets that do not sum to the count', histogram([histogramPoint({ count: 4 })]), 'invalid_histogram'],
    ['unsorted bounds', histogram([histogramPoint({ bucketCounts: [1, 1, 1], explicitBounds: [2, 1] })]), 'invalid_histogram'],
    ['a bound that is NaN', histogram([histogramPoint({ explicitBounds: [Number.NaN] })]), 'invalid_histogram'],
    ['too few buckets', histogram([histogramPoint({ bucketCounts: [3], explicitBounds: [1, 2] })]), 'invalid_histogram'],
    ['a NaN sum', histogram([histogramPoint({ sum: Number.NaN })]), 'nan_value'],
    ['time 0', gauge([point({ timeUnixNano: nanos(0) })]), 'bad_timestamp'],
    ['no time', gauge([{ asDouble: 1 }]), 'bad_timestamp'],
    ['a negative time', gauge([point({ timeUnixNano: { low: -1, high: -1, unsigned: true } })]), 'bad_timestamp'],
    ['seconds', gauge([point({ timeUnixNano: nanos(0, NOW / 1_000) })]), 'bad_timestamp.*seconds'],
    ['milliseconds', gauge([point({ timeUnixNano: nanos(1_800_000, 0) })]), 'bad_timestamp.*milliseconds'],
    ['microseconds', gauge([point({ timeUnixNano: nanos(1_800_000_000, 0) })]), 'bad_timestamp.*microseconds'],
    ['a start after the time', gauge([point({ startTimeUnixNano: nanos(NOW + 1) })]), 'bad_timestamp'],
    ['eleven minutes ahead', gauge([point({ timeUnixNano: nanos(NOW + 11 * 60_000) })]), 'too_far_in_future'],
    ['three minutes late', gauge([point({ timeUnixNano: nanos(NOW - 3 * 60_000) })]), 'too_old'],
    ['129 attributes', gauge([point({ attributes: many(129) })]), 'label_limit'],
    ['a value of 64 KiB', gauge([point({ attributes: [text('k', 'x'.repeat(65_536))] })]), 'label_limit'],
    ['an empty key', gauge([point({ attributes: [text('', 'v')] })]), 'label_limit'],
    ['a key given twice', gauge([point({ attributes: [text('k', 'a'), text('k', 'b')] })]), 'duplicate_label'],
    ['exponential buckets that do not sum to the count', exponential({ count: 7 }), 'invalid_histogram'],
    ['a scale of 21', exponential({ scale: 21 }), 'invalid_histogram'],
    ['a scale of -11', exponential({ scale: -11 }), 'invalid_histogram'],
    ['a zero threshold that is NaN', exponential({ zeroThreshold: Number.NaN }), 'invalid_histogram'],
    ['a zero threshold below zero', exponential({ zeroThreshold: -1 }), 'invalid_histogram'],
    ['buckets beyond float64', exponential({ positive: { offset: 5_000, bucketCounts: [1, 2] } }), 'invalid_histogram.*beyond float64'],
    ['buckets below float64', exponential({ positive: { offset: -2_000_000_000, bucketCounts: [1, 2] } }), 'invalid_histogram'],
    [
      'twenty thousand exponential buckets',
      exponential({ positive: { bucketCounts: Array<number>(20_000).fill(0) }, count: 0 }),
      'invalid_histogram.*more than 16384',
    ],
    ['an exponential histogram with an infinite sum', exponential({ sum: Number.POSITIVE_INFINITY }), 'non_finite'],
    ['an exponential histogram without temporality', exponential({}, 0), 'invalid_temporality'],
    ['a late exponential histogram', exponential({ timeUnixNano: nanos(NOW - 3 * 60_000) }), 'too_old'],
    ['a summary with a NaN sum', summary({ sum: Number.NaN }), 'nan_value'],
    ['a summary without time', summary({ timeUnixNano: nanos(0) }), 'bad_timestamp'],
    ['a summary with a negative count', summary({ count: { low: -1, high: -1, unsigned: true } }), 'invalid_histogram'],
  ])('rejects %s and keeps the good part', async (_name, metric, expected) => {
    harness = await createHarness();
    const answer = await harness.post('/v1/metrics', metricsBody(gauge([point()], 'before'), metric, gauge([point()], 'after')));
    expect(answer.status).toBe(200);
    const { rejected, errorMessage } = decodeResponse(answer.body);
    expect(rejected).toBe(1);
    expect(errorMessage).toMatch(new RegExp(expected));
    expect(harness.batches[0]?.samples?.length).toBe(2);
    expect(harness.side.streams.size).toBe(2);
    const { data_points, samples } = harness.receiver.ledger.snapshot();
    expect(data_points).toMatchObject({ offered: 3, accepted: 2, rejected: { [expected.split('.')[0] as string]: 1 } });
    expect(isConserved(data_points)).toBe(true);
    expect(samples[expected.split('.')[0] as string]).toContain('metric');
  });

  it('keeps a declared gap as a gap, whatever value stands beside it', async () => {
    harness = await createHarness();
    const answer = await harness.post('/v1/metrics', metricsBody(gauge([point({ asDouble: Number.NaN, flags: 1 }), point()])));
    expect(decodeResponse(answer.body).rejected).toBe(0);
    const { data_points, gaps } = harness.receiver.ledger.snapshot();
    expect(data_points).toMatchObject({ offered: 2, accepted: 2, rejected: {} });
    expect(gaps).toBe(1);
    expect(harness.batches[0]?.samples?.length).toBe(1);
  });

  it('accepts a counter that resets, an unknown start, a long start and a repeated batch', async () => {
    harness = await createHarness();
    const at = (start: number, value: number) => counter([point({ startTimeUnixNano: nanos(start), asDouble: value })]);
    for (const body of [at(NOW - 86_400_000, 100), at(NOW - 1_000, 1), at(NOW, 0), at(NOW, 0)]) {
      const answer = await harness.post('/v1/metrics', metricsBody(body));
      expect(answer.body).toHaveLength(0);
    }
    expect(harness.side.streams.size).toBe(1);
    expect(harness.batches.map(({ samples }) => samples?.value[0])).toEqual([100, 1, 0, 0]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a metric without points', metricsBody(gauge([]))],
    ['a metric without data', metricsBody({ name: 'm' })],
  ])('accepts %s', async (_name, body) => {
    harness = await createHarness();
    const answer = await harness.post('/v1/metrics', body);
    expect(answer.status).toBe(200);
    expect(answer.body).toHaveLength(0);
  });

  it('folds a cardinality bomb into one stream while known streams keep theirs', async () => {
    harness = await createHarness({ intake: { streams: 10 } });
    const bomb = Array.from({ length: 500 }, (_, i) => point({ attributes: [text('user.id', `u${i}`)] }));
    await harness.post('/v1/metrics', metricsBody(gauge([point()], 'legit')));
    await harness.post('/v1/metrics', metricsBody(gauge(bomb)));
    await harness.post('/v1/metrics', metricsBody(gauge([point()], 'legit')));
    expect(harness.side.streams.size).toBe(11);
    expect(harness.batches[2]?.samples?.stream[0]).toBe(harness.batches[0]?.samples?.stream[0]);
    expect(harness.receiver.ledger.snapshot()).toMatchObject({ overflowed: 491, data_points: { offered: 502, accepted: 502 } });
  });

  it('stores odd but valid text as it is', async () => {
    harness = await createHarness();
    const odd = '<script>=1+1\u001b[31m\r\nname\u0000\u202e\u200b__proto__';
    await harness.post('/v1/metrics', metricsBody(gauge([point({ attributes: attributesOf({ 'http.route': odd, __proto__x: 'y' }) })])));
    expect(harness.side.streams.describe(0).attributes).toEqual({ 'http.route': odd });
  });

  it('drops attributes nobody allowed and redacts those that stay, yet keeps their streams apart', async () => {
    harness = await createHarness();
    const of = (customer: string) =>
      point({ attributes: attributesOf({ 'customer.id': customer, 'http.route': '/cards/4111111111111111' }) });
    await harness.post('/v1/metrics', metricsBody(gauge([of('c-1'), of('c-2')])));
    expect(harness.side.streams.size).toBe(2);
    expect(harness.side.streams.describe(0).attributes).toEqual({ 'http.route': '/cards/[REDACTED]' });
    expect(JSON.stringify(harness.deltas)).not.toMatch(/4111111111111111|c-1/);
  });
});

describe('spans that cannot be believed', () => {
  it.each([
    ['no end', { endTimeUnixNano: nanos(0) }, 'bad_timestamp'],
    ['no start', { startTimeUnixNano: nanos(0) }, 'bad_timestamp'],
    ['an end before the start', { startTimeUnixNano: nanos(NOW + 5) }, 'bad_timestamp'],
    ['an end 1 ns before the start', { startTimeUnixNano: nanos(NOW, 1) }, 'bad_timestamp'],
    ['an end in milliseconds', { endTimeUnixNano: nanos(1_800_000) }, 'bad_timestamp'],
    ['an end an hour ahead', { endTimeUnixNano: nanos(NOW + 3_600_000) }, 'too_far_in_future'],
    ['an end an hour ago', { startTimeUnixNano: nanos(NOW - 3_600_001), endTimeUnixNano: nanos(NOW - 3_600_000) }, 'too_old'],
    ['a trace id of zeros', { traceId: Buffer.alloc(16) }, 'invalid_span_id'],
    ['a trace id of 8 bytes', { traceId: Buffer.alloc(8, 1) }, 'invalid_span_id'],
    ['no span id', { spanId: Buffer.alloc(0) }, 'invalid_span_id'],
    ['a parent id of 3 bytes', { parentSpanId: Buffer.alloc(3, 1) }, 'invalid_span_id'],
    ['a name of 64 KiB', { name: 'x'.repeat(65_536) }, 'label_limit'],
  ])('rejects %s and keeps the good part', async (_name, more, reason) => {
    harness = await createHarness();
    const answer = await harness.post('/v1/traces', spansBody(span(), span(more), span()));
    const { rejected, errorMessage } = decodeResponse(answer.body);
    expect({ status: answer.status, rejected }).toEqual({ status: 200, rejected: 1 });
    expect(errorMessage).toContain(reason);
    expect(harness.batches[0]?.spans?.length).toBe(2);
    const { spans } = harness.receiver.ledger.snapshot();
    expect(spans).toMatchObject({ offered: 3, accepted: 2, rejected: { [reason]: 1 } });
  });

  it('quotes no card number in what it says of a rejection', async () => {
    harness = await createHarness();
    const answer = await harness.post('/v1/traces', spansBody(span({ name: 'pay 4111111111111111', spanId: Buffer.alloc(0) })));
    expect(decodeResponse(answer.body).errorMessage).toContain('pay [REDACTED]');
    expect(JSON.stringify(harness.receiver.ledger.snapshot())).not.toContain('4111');
  });
});
