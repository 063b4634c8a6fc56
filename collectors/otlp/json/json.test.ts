import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { isConserved } from '../../intake/index.ts';
import { createHarness, type Harness, NOW } from '../fixtures/harness.ts';
import { jsonOf } from '../fixtures/json-of.ts';
import { metricsOf, nanos, spansOf, text } from '../fixtures/messages.ts';

let harness: Harness;
afterEach(async () => {
  await harness.close();
  expect(harness.bugs).toEqual([]);
  expect(isConserved(harness.receiver.ledger.snapshot().requests)).toBe(true);
});

const JSON_TYPE = { 'content-type': 'application/json' };
const SERVICE = { 'service.name': 'pay' };
const NANOS = `${NOW}000000`;
const point = (more: object = {}) => ({ timeUnixNano: nanos(NOW), asDouble: 7, attributes: [text('http.route', '/a')], ...more });
const gaugeText = (point: string): Buffer =>
  Buffer.from(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"depth","gauge":{"dataPoints":[${point}]}}]}]}]}`);
const gauge = (...points: object[]): Buffer => jsonOf(metricsOf(SERVICE, [{ name: 'depth', gauge: { dataPoints: points } }]));
const span = (more: object = {}) => ({
  traceId: Buffer.from('0102030405060708090a0b0c0d0e0fff', 'hex'),
  spanId: Buffer.alloc(8, 2),
  name: 'op',
  kind: 2,
  startTimeUnixNano: nanos(NOW - 10),
  endTimeUnixNano: nanos(NOW),
  ...more,
});
const post = (body: Uint8Array, path = '/v1/metrics', headers: Record<string, string> = {}) =>
  harness.post(path, body, { ...JSON_TYPE, ...headers });
const answered = (body: Buffer): unknown => JSON.parse(body.toString());

describe('OTLP in JSON', () => {
  it('is taken and answered in JSON', async () => {
    harness = await createHarness();
    const answer = await post(gauge(point()));
    expect({ status: answer.status, type: answer.headers['content-type'], body: answered(answer.body) }).toEqual({
      status: 200,
      type: 'application/json',
      body: {},
    });
    expect(harness.batches[0]?.samples?.value[0]).toBe(7);
    expect(harness.side.streams.describe(0)).toMatchObject({ service: 'pay', attributes: { 'http.route': '/a' } });
  });

  it('is taken in gzip, with a charset, empty', async () => {
    harness = await createHarness();
    expect((await post(gzipSync(gauge(point())), '/v1/metrics', { 'content-encoding': 'gzip' })).status).toBe(200);
    expect((await post(gauge(point()), '/v1/metrics', { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
    expect((await post(Buffer.from('{}'))).status).toBe(200);
    expect((await post(Buffer.from('\ufeff{}'))).status).toBe(200);
    expect(harness.batches).toHaveLength(2);
  });

  it('tells what it rejected under the name of each signal', async () => {
    harness = await createHarness();
    const metrics = await post(gauge(point(), point({ asDouble: Number.NaN })));
    expect(answered(metrics.body)).toEqual({
      partialSuccess: { rejectedDataPoints: '1', errorMessage: expect.stringContaining('nan_value') },
    });
    const traces = await post(jsonOf(spansOf(SERVICE, [span(), span({ spanId: Buffer.alloc(3) })])), '/v1/traces');
    expect(answered(traces.body)).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage: expect.stringContaining('invalid_span_id') },
    });
  });

  it('keeps nanoseconds and long integers whole, as strings and as numbers', async () => {
    harness = await createHarness();
    const times = [`"${NOW}000001"`, `${NOW}000001`];
    const spans = times.map(
      (end) =>
        `{"traceId":"0102030405060708090A0B0C0D0E0FFF","spanId":"00000000000000ff","name":"op","startTimeUnixNano":"${NANOS}","endTimeUnixNano":${end}}`,
    );
    await post(Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${spans.join()}]}]}]}`), '/v1/traces');
    expect([...(harness.batches[0]?.spans?.durationNanos ?? [])]).toEqual([1, 1]);
    expect(harness.batches[0]?.spans?.traceId[15]).toBe(255);
    const value = (intValue: string) =>
      `{"timeUnixNano":"${NANOS}","asInt":${intValue},"attributes":[{"key":"http.route","value":{"intValue":${intValue}}}]}`;
    for (const sent of ['9007199254740993', '"9007199254740993"', '-9223372036854775808']) await post(gaugeText(value(sent)));
    expect(harness.side.streams.size).toBe(2);
    expect(harness.side.streams.describe(0).attributes).toEqual({ 'http.route': '9007199254740993' });
    expect(harness.side.streams.describe(1).attributes).toEqual({ 'http.route': '-9223372036854775808' });
  });

  it('ignores names it does not know, null, and names in snake case', async () => {
    harness = await createHarness();
    const odd = `{"timeUnixNano":"${NANOS}","asDouble":1,"new":{"deep":[1]},"exemplars":[{"asDouble":"x"}],"attributes":null,"as_double":5,"flags":null}`;
    expect((await post(gaugeText(odd))).status).toBe(200);
    expect(harness.batches[0]?.samples?.value[0]).toBe(1);
  });

  it('stores keys of Object.prototype as the plain names they are', async () => {
    harness = await createHarness({ intake: { allowedAttributes: ['__proto__', 'constructor'] } });
    const attributes = '[{"key":"__proto__","value":{"stringValue":"p"}},{"key":"constructor","value":{"stringValue":"c"}}]';
    const body = `{"timeUnixNano":"${NANOS}","asDouble":1,"attributes":${attributes},"__proto__":{"flags":1},"constructor":{"prototype":{"polluted":1}}}`;
    expect((await post(gaugeText(body))).status).toBe(200);
    expect(harness.batches[0]?.samples?.length).toBe(1);
    expect(({} as { polluted?: number; flags?: number }).polluted ?? ({} as { flags?: number }).flags).toBeUndefined();
    expect(harness.side.streams.describe(0).attributes.constructor).toBe('c');
  });

  it('takes the last of two equal keys', async () => {
    harness = await createHarness();
    await post(gaugeText(`{"timeUnixNano":"${NANOS}","asDouble":1,"asDouble":2}`));
    expect(harness.batches[0]?.samples?.value[0]).toBe(2);
  });
});

const deep = (open: string, close: string, depth: number): Buffer => Buffer.from(`${open.repeat(depth)}1${close.repeat(depth)}`);
const nestedValue = (depth: number): string => `${'{"arrayValue":{"values":['.repeat(depth)}{"stringValue":"x"}${']}}'.repeat(depth)}`;
const withValue = (value: string): Buffer =>
  gaugeText(`{"timeUnixNano":"${NANOS}","asDouble":1,"attributes":[{"key":"k","value":${value}}]}`);
const field = (name: string, value: string): Buffer => gaugeText(`{"timeUnixNano":"${NANOS}","asDouble":1,"${name}":${value}}`);
const spanField = (name: string, value: string): Buffer =>
  Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"op","${name}":${value}}]}]}]}`);
const place = 'resourceMetrics\\[0\\].scopeMetrics\\[0\\].metrics\\[0\\].gauge.dataPoints\\[0\\]';

describe('JSON that is no OTLP', () => {
  it.each([
    ['nothing', '/v1/metrics', Buffer.alloc(0), 'malformed_json'],
    ['text', '/v1/metrics', Buffer.from('hello'), 'malformed_json'],
    ['protobuf', '/v1/metrics', Buffer.from([10, 2, 18, 0]), 'malformed_json'],
    ['a truncated request', '/v1/metrics', gauge(point()).subarray(0, -5), 'malformed_json'],
    ['a string cut off behind a backslash', '/v1/metrics', Buffer.from('{"a":"\\'), 'malformed_json'],
    ['Latin-1', '/v1/metrics', Buffer.from('{"a":"\xfc"}', 'latin1'), 'malformed_json: the body is not UTF-8'],
    ['half of a surrogate pair', '/v1/metrics', withValue('{"stringValue":"\\ud83d"}'), 'half of a surrogate pair'],
    ['a list', '/v1/metrics', Buffer.from('[]'), 'the request: an object is expected'],
    ['a number', '/v1/metrics', Buffer.from('5'), 'an object is expected'],
    ['null', '/v1/metrics', Buffer.from('null'), 'an object is expected'],
    ['an object for a list', '/v1/metrics', Buffer.from('{"resourceMetrics":{}}'), 'resourceMetrics: a list is expected'],
    ['null in a list', '/v1/metrics', Buffer.from('{"resourceMetrics":[null]}'), 'resourceMetrics\\[0\\]: an object is expected'],
    [
      'a number for a string',
      '/v1/metrics',
      withValue('{"stringValue":5}'),
      `${place}.attributes\\[0\\].value.stringValue: 5 is not a string`,
    ],
    ['a string for true', '/v1/metrics', withValue('{"boolValue":"true"}'), 'neither true nor false'],
    ['text for a number', '/v1/metrics', field('asDouble', '"many"'), `${place}.asDouble: "many" is not a number`],
    ['"nan" in small letters', '/v1/metrics', field('asDouble', '"nan"'), 'is not a number'],
    ['an object for a number', '/v1/metrics', field('asDouble', '{}'), 'is not a number'],
    ['a fraction for an integer', '/v1/metrics', field('asInt', '1.5'), '1.5 is not an integer'],
    ['an integer beyond 64 bits', '/v1/metrics', field('asInt', '99999999999999999999'), 'does not fit'],
    ['a negative time', '/v1/metrics', field('timeUnixNano', '"-1"'), 'does not fit'],
    ['a date for a time', '/v1/metrics', field('timeUnixNano', '"2026-11-22T00:00:00Z"'), 'is not an integer'],
    ['flags beyond 32 bits', '/v1/metrics', field('flags', '4294967296'), 'does not fit'],
    ['base64 that is none', '/v1/metrics', withValue('{"bytesValue":"?"}'), 'is not base64'],
    ['a trace id in base64', '/v1/traces', spanField('traceId', '"W47/95gDgQPSabYzgT/GDA=="'), 'traceId: .*is not hexadecimal'],
    ['a span id of 15 digits', '/v1/traces', spanField('spanId', '"00000000000000f"'), 'is not hexadecimal'],
    [
      'the name of an enum',
      '/v1/traces',
      spanField('kind', '"SPAN_KIND_SERVER"'),
      'kind: "SPAN_KIND_SERVER"; OTLP writes enums as integers',
    ],
    ['brackets 200,000 deep', '/v1/metrics', deep('[', ']', 200_000), 'nesting_limit: 200000 brackets deep'],
    ['objects 200,000 deep', '/v1/metrics', deep('{"a":', '}', 200_000), 'nesting_limit'],
    ['a million open brackets', '/v1/metrics', Buffer.alloc(1_000_000, '['), 'nesting_limit'],
    [
      'a hundred thousand empty objects, each twenty times its text in memory',
      '/v1/metrics',
      Buffer.from(`{"resourceMetrics":[${'{},'.repeat(100_000)}{}]}`),
      'nesting_limit: 100003 objects and lists',
    ],
    [
      'a hundred thousand empty lists under a name nobody reads',
      '/v1/metrics',
      Buffer.from(`{"x":[${'[],'.repeat(100_000)}[]]}`),
      'nesting_limit: 100003 objects and lists',
    ],
    ['an attribute nested 33 deep', '/v1/metrics', withValue(nestedValue(33)), 'nesting_limit'],
  ])('answers 400 to %s and learns nothing from it', async (_name, path, body, message) => {
    harness = await createHarness();
    const answer = await post(body, path);
    expect({ status: answer.status, type: answer.headers['content-type'] }).toEqual({ status: 400, type: 'application/json' });
    const status = answered(answer.body) as { code: number; message: string; details: { '@type': string }[] };
    expect(status.code).toBe(3);
    expect(status.message).toMatch(new RegExp(message));
    expect(status.message).toMatch(/^(malformed_json|nesting_limit): /);
    expect(status.details[0]?.['@type']).toBe('type.googleapis.com/google.rpc.BadRequest');
    expect(harness.side.streams.size).toBe(0);
    expect(harness.batches).toEqual([]);
    const { rejected } = harness.receiver.ledger.snapshot().requests;
    expect(Object.keys(rejected)).toEqual([status.message.split(':', 1)[0]]);
    expect((await post(gauge(point()))).status).toBe(200);
  });

  it('takes an attribute nested as deep as protobuf may', async () => {
    harness = await createHarness();
    expect((await post(withValue(nestedValue(32)))).status).toBe(200);
    expect(harness.batches).toHaveLength(1);
  });

  it('takes points as tersely as telemetry can be written', async () => {
    harness = await createHarness();
    const attributes = Array.from({ length: 100 }, (_, index) => ({ key: String.fromCharCode(200 + index), value: { intValue: 1 } }));
    const points = Array.from({ length: 100 }, () => ({ timeUnixNano: nanos(NOW), asInt: 1, attributes }));
    const answer = await post(gauge(...points));
    expect(answer.status).toBe(200);
  });

  it('rejects the point whose string is huge, and keeps the good part', async () => {
    harness = await createHarness();
    const answer = await post(gauge(point(), point({ attributes: [text('http.route', 'x'.repeat(1_000_000))] })));
    expect(answered(answer.body)).toMatchObject({ partialSuccess: { rejectedDataPoints: '1' } });
    expect(harness.receiver.ledger.snapshot().data_points.rejected).toEqual({ label_limit: 1 });
  });

  it('stops inflating a bomb at the limit, and answers 413 to what is too long as it is', async () => {
    harness = await createHarness({ receiver: { limits: { jsonBytes: 100_000 } } });
    const bomb = await post(gzipSync(Buffer.alloc(32 * 1024 * 1024, ' ')), '/v1/metrics', { 'content-encoding': 'gzip' });
    const long = await post(Buffer.alloc(200_000, ' '));
    expect([bomb.status, long.status]).toEqual([413, 413]);
    expect(answered(bomb.body)).toMatchObject({ code: 8, message: expect.stringContaining('body_too_large') });
    expect(harness.receiver.ledger.snapshot().requests.rejected).toEqual({ body_too_large: 2 });
  });

  it('answers 503 in JSON while the log is unavailable', async () => {
    harness = await createHarness();
    harness.log.unavailable = true;
    const answer = await post(gauge(point()));
    expect({ status: answer.status, after: answer.headers['retry-after'] }).toEqual({ status: 503, after: '5' });
    expect(answered(answer.body)).toMatchObject({ code: 14, details: [{ retryDelay: '5s' }] });
  });

  it('quotes no card number in what it says', async () => {
    harness = await createHarness();
    const answer = await post(field('asDouble', '"4111111111111111"x'));
    expect(answer.status).toBe(400);
    const second = await post(withValue('{"boolValue":"4111111111111111"}'));
    expect(`${answer.body}${second.body}`).not.toContain('4111111111111111');
  });
});
