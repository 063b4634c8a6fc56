import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdentities } from '../intake/identify.ts';
import { createRedactor } from '../intake/redact.ts';
import { jsonOf } from './fixtures/json-of.ts';
import { encode, MetricsRequest, nanos, spansOf, TraceRequest, text } from './fixtures/messages.ts';
import { protobufOfJson } from './json/transcode.ts';
import { createMetricDecoder } from './metrics/decode.ts';
import { createSpanDecoder } from './traces/decode.ts';

const NOW = 1_800_000_000_000;

const fresh = () => {
  const identities = createIdentities({ texts: [], streams: [] }, { streams: 1_000, texts: 1_000 });
  const redactor = createRedactor(['a', 'b', 'c', 'payment.outcome']);
  const shared = { tenant: 'default', identities, redactor, salt: [3, 5] as const };
  return {
    identities,
    metrics: createMetricDecoder(shared),
    traces: createSpanDecoder({ ...shared, dimensions: ['a'], outcomeAttribute: 'payment.outcome' }),
  };
};

const size = ({ identities }: ReturnType<typeof fresh>) => ({ streams: identities.streams.size, texts: identities.texts.size });

// Plain letters: what a validator would redact has its own tests.
const word = fc.stringMatching(/^[a-zäß✓]{0,6}$/);
const value = fc.oneof(
  word.map((stringValue) => ({ stringValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  fc.integer().map((intValue) => ({ intValue })),
  word.map((stringValue) => ({ arrayValue: { values: [{ stringValue }] } })),
);
const attributes = fc.uniqueArray(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'dropped'), value }), { selector: ({ key }) => key });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 });
const age = fc.integer({ min: -60_000, max: 60_000 });

const numberPoint = fc
  .record({ attributes, age, asDouble: finite })
  .map(({ age: ms, ...rest }) => ({ ...rest, timeUnixNano: nanos(NOW - ms) }));
const histogramPoint = fc
  .record({ attributes, age, buckets: fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 2, maxLength: 8 }), sum: finite })
  .map(({ age: ms, buckets, ...rest }) => ({
    ...rest,
    timeUnixNano: nanos(NOW - ms),
    startTimeUnixNano: nanos(NOW - 120_000),
    count: buckets.reduce((total, bucket) => total + bucket, 0),
    bucketCounts: buckets,
    explicitBounds: buckets.slice(1).map((_, i) => i * 2),
  }));
const exponentialPoint = fc
  .record({
    attributes,
    age,
    scale: fc.integer({ min: -10, max: 20 }),
    zeroCount: fc.integer({ min: 0, max: 9 }),
    offset: fc.integer({ min: -3, max: 3 }),
    positive: fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 8 }),
    negative: fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 3 }),
    sum: finite,
  })
  .map(({ age: ms, zeroCount, offset, positive, negative, ...rest }) => ({
    ...rest,
    timeUnixNano: nanos(NOW - ms),
    startTimeUnixNano: nanos(NOW - 120_000),
    zeroCount,
    count: [...positive, ...negative, zeroCount].reduce((total, bucket) => total + bucket, 0),
    positive: { offset, bucketCounts: positive },
    negative: { offset, bucketCounts: negative },
  }));
const summaryPoint = fc
  .record({ attributes, age, count: fc.integer({ min: 0, max: 1_000 }), sum: finite })
  .map(({ age: ms, ...rest }) => ({ ...rest, timeUnixNano: nanos(NOW - ms) }));
const name = fc.constantFrom('m', 'n', 'o');
const distribution = fc.oneof(
  fc.record({
    name,
    exponentialHistogram: fc.record({
      dataPoints: fc.array(exponentialPoint, { maxLength: 3 }),
      aggregationTemporality: fc.constantFrom(1, 2),
    }),
  }),
  fc.record({ name, summary: fc.record({ dataPoints: fc.array(summaryPoint, { maxLength: 3 }) }) }),
);
const metric = fc.oneof(
  fc.record({ name, gauge: fc.record({ dataPoints: fc.array(numberPoint, { maxLength: 5 }) }) }),
  fc.record({
    name,
    unit: fc.constantFrom('', 's'),
    sum: fc.record({
      dataPoints: fc.array(numberPoint, { maxLength: 5 }),
      aggregationTemporality: fc.constantFrom(1, 2),
      isMonotonic: fc.boolean(),
    }),
  }),
  fc.record({
    name,
    histogram: fc.record({ dataPoints: fc.array(histogramPoint, { maxLength: 3 }), aggregationTemporality: fc.constantFrom(1, 2) }),
  }),
);
const requestOf = <T>(content: fc.Arbitrary<T>) =>
  fc.record({
    resourceMetrics: fc.array(
      fc.record({
        resource: fc.record({ attributes: word.map((service) => [text('service.name', service)]) }),
        scopeMetrics: fc.array(fc.record({ scope: fc.record({ name: word }), metrics: fc.array(content, { maxLength: 4 }) }), {
          maxLength: 2,
        }),
      }),
      { maxLength: 2 },
    ),
  });
const metricsRequest = requestOf(metric);
const anyMetricsRequest = requestOf(fc.oneof(metric, distribution));
const spansRequest = fc
  .array(
    fc.record({ name: word, kind: fc.integer({ min: 0, max: 5 }), attributes }).map((span) => ({
      ...span,
      traceId: Buffer.alloc(16, 1),
      spanId: Buffer.alloc(8, 2),
      startTimeUnixNano: nanos(NOW - 5),
      endTimeUnixNano: nanos(NOW),
    })),
    { maxLength: 5 },
  )
  .map((spans) => spansOf({ 'service.name': 'pay' }, spans));

interface Value {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: number;
  arrayValue?: { values: Value[] };
}
interface Point {
  attributes?: { key: string; value: Value }[];
  timeUnixNano: number;
  asDouble?: number;
  count?: number;
  sum?: number;
  bucketCounts?: number[];
  explicitBounds?: number[];
}
interface Data {
  dataPoints?: Point[];
  aggregationTemporality?: number;
  isMonotonic?: boolean;
}
interface Metric {
  name?: string;
  unit?: string;
  gauge?: Data;
  sum?: Data;
  histogram?: Data;
}

const valueText = (sent: Value): string =>
  sent.arrayValue
    ? JSON.stringify(sent.arrayValue.values.map((item) => item.stringValue ?? ''))
    : String(sent.stringValue ?? sent.boolValue ?? sent.intValue ?? '');

/** One line a point, as protobufjs reads it. */
const oracle = (body: Uint8Array): string[] => {
  const request = MetricsRequest.toObject(MetricsRequest.decode(body), { longs: Number }) as {
    resourceMetrics?: { resource?: { attributes?: { value: Value }[] }; scopeMetrics?: { metrics?: Metric[] }[] }[];
  };
  const lines: string[] = [];
  for (const resource of request.resourceMetrics ?? []) {
    const service = resource.resource?.attributes?.[0]?.value.stringValue || 'unknown_service';
    for (const sent of (resource.scopeMetrics ?? []).flatMap((scope) => scope.metrics ?? [])) {
      const data = sent.gauge ?? sent.sum ?? sent.histogram ?? {};
      const type = sent.gauge ? 'gauge' : sent.histogram ? 'histogram' : data.isMonotonic ? 'counter' : 'sum';
      for (const point of data.dataPoints ?? []) {
        const labels = (point.attributes ?? [])
          .filter(({ key }) => key !== 'dropped')
          .map(({ key, value: of }) => `${key}=${valueText(of)}`);
        const time = Math.round(point.timeUnixNano / 1e6);
        const content = sent.histogram
          ? [point.count, point.sum, data.aggregationTemporality === 2 ? 1 : 0, point.bucketCounts, point.explicitBounds ?? []]
          : [point.asDouble];
        lines.push(JSON.stringify([service, sent.name, sent.unit ?? '', type, labels.sort(), time, content]));
      }
    }
  }
  return lines.sort();
};

const ours = (side: ReturnType<typeof fresh>, body: Uint8Array): string[] => {
  const decoded = side.metrics.decode(body, NOW);
  if (!decoded.ok) throw new Error(decoded.error.message);
  const { samples, histograms } = decoded.value;
  const line = (stream: number, time: number, content: unknown[]): string => {
    const { service, metric: metricName, unit, type, attributes: kept } = side.identities.streams.describe(stream);
    const labels = Object.entries(kept).map(([key, of]) => `${key}=${of}`);
    return JSON.stringify([service, metricName, unit, type, labels.sort(), time, content]);
  };
  const lines: string[] = [];
  for (let i = 0; i < (samples?.length ?? 0); i += 1)
    lines.push(line(samples?.stream[i] ?? -1, samples?.time[i] ?? 0, [samples?.value[i]]));
  for (let i = 0; i < (histograms?.length ?? 0); i += 1) {
    const h = histograms as NonNullable<typeof histograms>;
    const buckets = [...h.bucket.slice(h.bucketOffset[i], h.bucketOffset[i + 1])];
    const bounds = [...h.bound.slice(h.boundOffset[i], h.boundOffset[i + 1])];
    lines.push(line(h.stream[i] as number, h.time[i] as number, [h.count[i], h.sum[i], h.cumulative[i], buckets, bounds]));
  }
  return lines.sort();
};

describe('the OTLP reader', () => {
  it('reads every valid request as protobufjs does, the first time and from its tables', () => {
    const side = fresh();
    fc.assert(
      fc.property(metricsRequest, (request) => {
        const body = encode(MetricsRequest, request);
        const expected = oracle(body);
        expect(ours(side, body)).toEqual(expected);
        const before = size(side);
        expect(ours(side, body)).toEqual(expected);
        expect(size(side)).toEqual(before);
      }),
      { numRuns: 200 },
    );
  });

  it('finds the same streams whatever the order of attributes', () => {
    fc.assert(
      fc.property(attributes, (sent) => {
        const side = fresh();
        const point = (of: typeof sent) => ({ timeUnixNano: nanos(NOW), asDouble: 1, attributes: of });
        const dataPoints = [point(sent), point([...sent].reverse())];
        ours(side, encode(MetricsRequest, { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints } }] }] }] }));
        return side.identities.streams.size === 1;
      }),
    );
  });

  it('reads JSON as it reads the same request in protobuf: batches, rejections, names and streams', () => {
    const written = (side: ReturnType<typeof fresh>) => ({
      streams: Array.from({ length: side.identities.streams.size }, (_, id) => side.identities.streams.describe(id)),
      texts: side.identities.texts.texts(),
    });
    const transcoded = (signal: 'metrics' | 'traces', json: Buffer): Buffer => {
      const outcome = protobufOfJson(signal, json);
      if (!outcome.ok) throw new Error(outcome.error.message);
      return outcome.value;
    };
    fc.assert(
      fc.property(anyMetricsRequest, spansRequest, fc.boolean(), (metrics, spans, longsAsNumbers) => {
        const [protobuf, json] = [fresh(), fresh()];
        const fromJson = json.metrics.decode(transcoded('metrics', jsonOf(metrics, { longsAsNumbers })), NOW);
        const fromProtobuf = protobuf.metrics.decode(encode(MetricsRequest, metrics), NOW);
        if (!fromJson.ok || !fromProtobuf.ok) throw new Error('refused');
        const { rejections, ...columns } = fromJson.value;
        const { rejections: expected, ...expectedColumns } = fromProtobuf.value;
        expect(columns).toEqual(expectedColumns);
        expect(rejections.entries()).toEqual(expected.entries());
        const spansFromJson = json.traces.decode(transcoded('traces', jsonOf(spans, { longsAsNumbers })), NOW);
        const spansFromProtobuf = protobuf.traces.decode(encode(TraceRequest, spans), NOW);
        if (!spansFromJson.ok || !spansFromProtobuf.ok) throw new Error('refused');
        expect(spansFromJson.value.spans).toEqual(spansFromProtobuf.value.spans);
        expect(written(json)).toEqual(written(protobuf));
      }),
      { numRuns: 300 },
    );
  });

  it('neither throws on random JSON nor learns from what it refuses', () => {
    const side = fresh();
    fc.assert(
      fc.property(anyMetricsRequest, fc.json(), fc.nat(), fc.nat(), (request, noise, at, length) => {
        const text = jsonOf(request).toString();
        const from = at % (text.length + 1);
        for (const body of [noise, text.slice(0, from) + noise + text.slice(from + (length % 5)), text.slice(0, from)]) {
          const outcome = protobufOfJson('metrics', Buffer.from(body));
          if (!outcome.ok) continue;
          const before = size(side);
          if (!side.metrics.decode(outcome.value, NOW).ok) expect(size(side)).toEqual(before);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('neither throws on random bytes nor learns from those it refuses', () => {
    const side = fresh();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decoder of [side.metrics, side.traces]) {
          const before = size(side);
          if (!decoder.decode(bytes, NOW).ok) expect(size(side)).toEqual(before);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  const edit = fc.record({
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    byte: fc.integer({ min: 0, max: 255 }),
    kind: fc.constantFrom('set', 'insert', 'remove', 'cut'),
  });
  const mutate = (body: Uint8Array, edits: readonly { at: number; byte: number; kind: string }[]): Uint8Array => {
    const bytes = [...body];
    for (const { at, byte, kind } of edits) {
      const place = Math.floor(at * bytes.length);
      if (kind === 'set') bytes[place] = byte;
      else if (kind === 'insert') bytes.splice(place, 0, byte);
      else if (kind === 'remove') bytes.splice(place, 1);
      else bytes.length = place;
    }
    return Uint8Array.from(bytes);
  };
  const edits = fc.array(edit, { minLength: 1, maxLength: 4 });

  it('neither throws on damaged requests nor learns from those it refuses', () => {
    const side = fresh();
    let refused = 0;
    const check = (decoder: { decode(body: Uint8Array, now: number): { ok: boolean } }, body: Uint8Array): void => {
      const before = size(side);
      if (decoder.decode(body, NOW).ok) return;
      refused += 1;
      expect(size(side)).toEqual(before);
    };
    fc.assert(
      fc.property(metricsRequest, spansRequest, edits, (metrics, spans, changes) => {
        check(side.metrics, mutate(encode(MetricsRequest, metrics), changes));
        check(side.traces, mutate(encode(TraceRequest, spans), changes));
      }),
      { numRuns: 1_000 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});
