/**
 * ExponentialHistogramDataPoint (opentelemetry/proto/metrics/v1/metrics.proto), laid over explicit bounds: of a scale
 * that does not follow the data as long as the SDK's does not fall below it, so that what is counted in one point can be
 * compared with the point before.
 */
import { type Cursor, enterField, enterFixed64, MalformedProtobuf, readTag, readVarint, skipField, uint64At } from '../../kernel.ts';
import { addDistribution, createDistribution, readAttribute, readTimeCountOrSum, resetDistribution } from '../histogram/row/kernel.ts';
import type { MetricPlace, PointGround, PointReader, RequestScan } from '../point/kernel.ts';
import { type HistogramRows, pushBound, pushBucket } from '../rows.ts';
import { boundAt, FINEST_SCALE, LARGEST_EXPONENT, SMALLEST_EXPONENT } from './bounds.ts';

const LOWEST_SCALE = -10;
const HIGHEST_SCALE = 20;
/** SDKs send 160 a side unless told otherwise. */
const MOST_SENT = 16_384;
/** And this many a side are kept. */
const MOST_KEPT = 160;

/** The positive or the negative half while it is being read. */
interface Half {
  offset: number;
  counts: Float64Array;
  length: number;
  /** Places of the first and last bucket that is not empty; first > last when all are. */
  first: number;
  last: number;
}

const createHalf = (): Half => ({ offset: 0, counts: new Float64Array(256), length: 0, first: 1, last: 0 });

const pushCount = (half: Half, count: number): void => {
  if (half.length === MOST_SENT) {
    // One more than allowed is enough to know.
    half.offset = Number.NaN;
    return;
  }
  if (half.length === half.counts.length) {
    const grown = new Float64Array(half.length * 2);
    grown.set(half.counts);
    half.counts = grown;
  }
  half.counts[half.length] = count;
  half.length += 1;
};

/** sint32: ZigZag. */
const zigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

const readHalf = (c: Cursor, end: number, half: Half): void => {
  while (c.at < end) {
    const tag = readTag(c, end);
    if (tag === 8) half.offset = zigzag(readVarint(c, end));
    else if (tag === 16) pushCount(half, readVarint(c, end));
    else if (tag === 18) {
      const stop = enterField(c, tag, end);
      while (c.at < stop) pushCount(half, readVarint(c, stop));
    } else if (tag >>> 3 === 1 || tag >>> 3 === 2) {
      throw new MalformedProtobuf(c.at, `wire type ${tag & 7} of field ${tag >>> 3} of exponential buckets`);
    } else skipField(c, tag, end);
  }
};

const trim = (half: Half): void => {
  half.first = 0;
  while (half.first < half.length && half.counts[half.first] === 0) half.first += 1;
  half.last = half.length - 1;
  while (half.last > half.first && half.counts[half.last] === 0) half.last -= 1;
};

const isEmpty = (half: Half): boolean => half.first >= half.length;

export const createExponentialReader = (ground: PointGround, histograms: HistogramRows): PointReader => {
  const point = createDistribution();
  const positive = createHalf();
  const negative = createHalf();
  let scale = 0;
  let zeroCount = 0;
  let zeroThreshold = 0;
  /** Count between the last bound put and the next one. */
  let open = 0;
  let lastBound = Number.NEGATIVE_INFINITY;

  const halfProblem = (half: Half): string | undefined => {
    if (Number.isNaN(half.offset)) return `more than ${MOST_SENT} buckets`;
    if (isEmpty(half)) return undefined;
    // 2^scale
    const perOctave = boundAt(scale, 0);
    const lowest = (half.offset + half.first) / perOctave;
    const highest = (half.offset + half.last) / perOctave;
    const inside = lowest >= SMALLEST_EXPONENT - 1 && highest <= LARGEST_EXPONENT + 1;
    return inside ? undefined : `buckets ${half.offset + half.first} to ${half.offset + half.last} of scale ${scale} lie beyond float64`;
  };

  const totalOf = (half: Half): number => {
    let total = 0;
    for (let i = 0; i < half.length; i += 1) total += half.counts[i]!;
    return total;
  };

  const problemOf = (): string | undefined => {
    if (!(scale >= LOWEST_SCALE && scale <= HIGHEST_SCALE)) return `scale ${scale}; ${LOWEST_SCALE} to ${HIGHEST_SCALE} expected`;
    if (!(zeroThreshold >= 0 && zeroThreshold < Number.POSITIVE_INFINITY)) return `zero_threshold is ${zeroThreshold}`;
    const problem = halfProblem(positive) ?? halfProblem(negative);
    if (problem !== undefined) return problem;
    const total = totalOf(positive) + totalOf(negative) + zeroCount;
    return total === point.count ? undefined : `the buckets sum to ${total}, count says ${point.count}`;
  };

  const kept = (half: Half, unit: number): number =>
    isEmpty(half) ? 0 : Math.floor((half.offset + half.last) / unit) - Math.floor((half.offset + half.first) / unit) + 1;

  const putBound = (bound: number): void => {
    if (!(bound > lastBound) || bound === Number.POSITIVE_INFINITY) return;
    pushBucket(histograms, open);
    pushBound(histograms, bound);
    open = 0;
    lastBound = bound;
  };

  /** Lays the halves over bounds, coarser by a factor of `unit` than they were sent. */
  const layOut = (unit: number, laidScale: number): void => {
    open = 0;
    lastBound = Number.NEGATIVE_INFINITY;
    if (!isEmpty(negative)) {
      putBound(-boundAt(Math.floor((negative.offset + negative.last) / unit) + 1, laidScale));
      for (let i = negative.last; i >= negative.first; i -= 1) {
        const index = Math.floor((negative.offset + i) / unit);
        open += negative.counts[i]!;
        if (i === negative.first || Math.floor((negative.offset + i - 1) / unit) !== index) putBound(-boundAt(index, laidScale));
      }
      if (zeroThreshold > 0) putBound(-zeroThreshold);
    }
    open += zeroCount;
    const lowest = isEmpty(positive) ? Number.POSITIVE_INFINITY : boundAt(Math.floor((positive.offset + positive.first) / unit), laidScale);
    putBound(Math.min(zeroThreshold, lowest));
    if (!isEmpty(positive)) {
      putBound(lowest);
      for (let i = positive.first; i <= positive.last; i += 1) {
        const index = Math.floor((positive.offset + i) / unit);
        open += positive.counts[i]!;
        if (i === positive.last || Math.floor((positive.offset + i + 1) / unit) !== index) putBound(boundAt(index + 1, laidScale));
      }
    }
    pushBucket(histograms, open);
  };

  const convert = (): void => {
    let unit = 1;
    let laidScale = scale;
    while (laidScale > FINEST_SCALE || kept(positive, unit) > MOST_KEPT || kept(negative, unit) > MOST_KEPT) {
      unit *= 2;
      laidScale -= 1;
    }
    layOut(unit, laidScale);
  };

  return (c: Cursor, end: number, request: RequestScan, metric: MetricPlace): void => {
    const boundFrom = histograms.bounds;
    const bucketFrom = histograms.buckets;
    resetDistribution(point, c.at, end);
    positive.offset = negative.offset = positive.length = negative.length = 0;
    scale = zeroCount = zeroThreshold = 0;
    while (c.at < end) {
      const tag = readTag(c, end);
      switch (tag) {
        case 10:
          readAttribute(c, tag, end, ground, point);
          break;
        case 48:
          scale = zigzag(readVarint(c, end));
          break;
        case 57:
          zeroCount = uint64At(c.view, enterFixed64(c, tag, end));
          break;
        case 66:
          readHalf(c, enterField(c, tag, end), positive);
          break;
        case 74:
          readHalf(c, enterField(c, tag, end), negative);
          break;
        case 80:
          point.flags = readVarint(c, end);
          break;
        case 113:
          zeroThreshold = c.view.getFloat64(enterFixed64(c, tag, end), true);
          break;
        default: {
          if (readTimeCountOrSum(c, tag, end, point)) break;
          const field = tag >>> 3;
          if (field <= 10 || field === 14)
            throw new MalformedProtobuf(c.at, `wire type ${tag & 7} of field ${field} of an exponential histogram point`);
          skipField(c, tag, end);
        }
      }
    }
    trim(positive);
    trim(negative);
    const problem = problemOf();
    if (problem === undefined) convert();
    addDistribution(c, ground, histograms, request, metric, point, problem, boundFrom, bucketFrom);
  };
};
