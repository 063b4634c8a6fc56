import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdentities } from '../../intake/identify.ts';
import { createRedactor } from '../../intake/redact.ts';
import { encode, MetricsRequest, metricsOf, nanos, text } from '../fixtures/messages.ts';
import { createMetricDecoder } from './decode.ts';

const NOW = 1_800_000_000_000;

const fresh = () => {
  const identities = createIdentities({ texts: [], streams: [] }, { streams: 1_000, texts: 1_000 });
  const decoder = createMetricDecoder({ tenant: 'default', identities, redactor: createRedactor([]), salt: [3, 5] });
  const decode = (...metrics: object[]) => {
    const outcome = decoder.decode(encode(MetricsRequest, metricsOf({ 'service.name': 'pay' }, metrics)), NOW);
    if (!outcome.ok) throw new Error(outcome.error.message);
    return outcome.value;
  };
  return { identities, decode };
};

const row = (decoded: ReturnType<ReturnType<typeof fresh>['decode']>, i = 0) => {
  const h = decoded.histograms;
  if (h === undefined) throw new Error(JSON.stringify(decoded.rejections.entries()));
  return {
    cumulative: h.cumulative[i],
    count: h.count[i],
    sum: h.sum[i],
    bounds: [...h.bound.subarray(h.boundOffset[i], h.boundOffset[i + 1])],
    buckets: [...h.bucket.subarray(h.bucketOffset[i], h.bucketOffset[i + 1])],
  };
};

const times = { timeUnixNano: nanos(NOW), startTimeUnixNano: nanos(NOW - 60_000) };
const exponential = (point: object, aggregationTemporality = 2) => ({
  name: 'wait',
  unit: 's',
  exponentialHistogram: { aggregationTemporality, dataPoints: [{ ...times, ...point }] },
});

/** Buckets of one half as an SDK keeps them. */
const half = (values: readonly number[], scale: number): { offset: number; bucketCounts: number[] } => {
  const indexes = values.map((value) => Math.ceil(Math.log2(value) * 2 ** scale) - 1);
  const offset = Math.min(...indexes);
  const bucketCounts = Array<number>(Math.max(...indexes) - offset + 1).fill(0);
  for (const index of indexes) bucketCounts[index - offset] = (bucketCounts[index - offset] ?? 0) + 1;
  return { offset, bucketCounts };
};

describe('exponential histograms', () => {
  it('are laid over explicit bounds: zeros first, then powers of two at scale 0', () => {
    const point = { count: 7, sum: 30, scale: 0, zeroCount: 1, positive: { offset: 1, bucketCounts: [2, 0, 4] } };
    expect(row(fresh().decode(exponential(point)))).toEqual({
      cumulative: 1,
      count: 7,
      sum: 30,
      bounds: [0, 2, 4, 8, 16],
      buckets: [1, 0, 2, 0, 4, 0],
    });
  });

  it('hold negative values below a zero of some width', () => {
    const point = {
      count: 6,
      scale: 0,
      zeroCount: 1,
      zeroThreshold: 0.25,
      negative: { offset: 0, bucketCounts: [1, 2] },
      positive: { offset: -1, bucketCounts: [2] },
    };
    expect(row(fresh().decode(exponential(point, 1)))).toMatchObject({
      cumulative: 0,
      sum: Number.NaN,
      bounds: [-4, -2, -1, -0.25, 0.25, 0.5, 1],
      buckets: [0, 2, 1, 0, 1, 0, 2, 0],
    });
  });

  it('with nothing in them are histograms of nothing', () => {
    expect(row(fresh().decode(exponential({ count: 0, sum: 0, scale: 20 })))).toMatchObject({ count: 0, bounds: [0], buckets: [0, 0] });
  });

  it('reach from the smallest to the largest number', () => {
    const point = { count: 2, scale: -10, positive: { offset: -1, bucketCounts: [1, 1] } };
    const { bounds, buckets } = row(fresh().decode(exponential(point)));
    expect(bounds).toEqual([0, 2 ** -1024, 1]);
    expect(buckets).toEqual([0, 0, 1, 1]);
  });

  it('at the finest scale become the one or two buckets that hold them all', () => {
    const values = [1.2, 1.20001, 1.2001];
    const point = { count: 3, scale: 20, positive: half(values, 20) };
    expect(row(fresh().decode(exponential(point)))).toMatchObject({
      bounds: [0, 1.189207115002721, 1.2968395546510096],
      buckets: [0, 0, 3, 0],
    });
  });

  it('are the stream of the histogram they replace', () => {
    const { identities, decode } = fresh();
    decode({ name: 'wait', unit: 's', histogram: { aggregationTemporality: 2, dataPoints: [{ ...times, count: 0 }] } });
    decode(exponential({ count: 0 }));
    expect(identities.streams.size).toBe(1);
    expect(identities.streams.describe(0).type).toBe('histogram');
  });

  it('keep each value in the bucket that contains it, with at most 160 buckets a side, whatever their scale', () => {
    const magnitude = fc.double({ min: 1e-9, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(
        // Finer scales would need more buckets than anybody sends for values so far apart.
        fc.integer({ min: -10, max: 7 }),
        fc.array(magnitude, { minLength: 1, maxLength: 40 }),
        fc.array(magnitude, { maxLength: 5 }),
        fc.integer({ min: 0, max: 3 }),
        (scale, positives, negatives, zeroCount) => {
          const point = {
            count: positives.length + negatives.length + zeroCount,
            scale,
            zeroCount,
            positive: half(positives, scale),
            ...(negatives.length === 0 ? {} : { negative: half(negatives, scale) }),
          };
          const { bounds, buckets, count } = row(fresh().decode(exponential(point)));
          expect(bounds.length).toBeLessThanOrEqual(2 * 162 + 1);
          expect(buckets.reduce((total, bucket) => total + bucket, 0)).toBe(count);
          const values = [...negatives.map((value) => -value), ...Array<number>(zeroCount).fill(0), ...positives].sort((a, b) => a - b);
          const inOrder = buckets.flatMap((bucket, i) => Array<number>(bucket).fill(i));
          values.forEach((value, i) => {
            const at = inOrder[i] as number;
            const slack = Math.abs(value) * 1e-9;
            expect(bounds[at - 1] ?? Number.NEGATIVE_INFINITY).toBeLessThanOrEqual(value + slack);
            expect(bounds[at] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(value - slack);
          });
          expect([...bounds].sort((a, b) => a - b)).toEqual(bounds);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('give the same bounds bit for bit at every scale that has them', () => {
    const at = (scale: number) => {
      const offset = -4 * 2 ** scale;
      return row(
        fresh().decode(exponential({ count: 1, scale, positive: { offset, bucketCounts: [...Array<number>(8 * 2 ** scale).fill(0), 1] } })),
      );
    };
    const fine = new Set(
      row(fresh().decode(exponential({ count: 64, scale: 3, positive: { offset: 31, bucketCounts: Array<number>(64).fill(1) } }))).bounds,
    );
    for (const scale of [0, 1, 2, 5, 8]) for (const bound of at(scale).bounds) expect(fine.has(bound) || bound === 0).toBe(true);
  });
});

describe('summaries', () => {
  it('are count and sum since their start; quantiles are left out', () => {
    const point = { ...times, count: 5, sum: 12.5, attributes: [text('http.route', '/a')], quantileValues: [{ quantile: 0.5, value: 2 }] };
    const { identities, decode } = fresh();
    const decoded = decode({ name: 'wait', unit: 's', summary: { dataPoints: [point] } });
    expect(row(decoded)).toEqual({ cumulative: 1, count: 5, sum: 12.5, bounds: [], buckets: [5] });
    expect(decoded.histograms?.start[0]).toBe(NOW - 60_000);
    expect(identities.streams.describe(0)).toMatchObject({ type: 'histogram', attributes: { 'http.route': '/a' } });
  });

  it('and exponential histograms that declare a gap are gaps', () => {
    const { decode } = fresh();
    const decoded = decode({ name: 'q', summary: { dataPoints: [{ ...times, flags: 1 }] } }, exponential({ flags: 1, count: 9 }));
    expect(decoded).toMatchObject({ offered: 2, gaps: 2, histograms: undefined });
    expect(decoded.rejections.total).toBe(0);
  });
});
