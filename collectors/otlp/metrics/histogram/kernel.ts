/** HistogramDataPoint (opentelemetry/proto/metrics/v1/metrics.proto): explicit bounds. */
import {
  type Cursor,
  enterField,
  enterFixed64,
  hashRange,
  MalformedProtobuf,
  readTag,
  readVarint,
  skipField,
  uint64At,
} from '../../kernel.ts';
import type { MetricPlace, PointGround, PointReader, RequestScan } from '../point/kernel.ts';
import { type HistogramRows, pushBound, pushBucket } from '../rows.ts';
import { addDistribution, createDistribution, readAttribute, readTimeCountOrSum, resetDistribution } from './row/kernel.ts';

export const createHistogramReader = (ground: PointGround, histograms: HistogramRows): PointReader => {
  const { seed1, seed2 } = ground;
  const point = createDistribution();

  /** A repeated 64-bit field, packed or not (both are valid for every parser). */
  const readRepeated64 = (c: Cursor, tag: number, end: number, isBound: boolean): void => {
    let stop = end;
    if ((tag & 7) === 2) {
      stop = enterField(c, tag, end);
      if ((stop - c.at) % 8 !== 0) throw new MalformedProtobuf(c.at, `packed 64-bit numbers in ${stop - c.at} bytes`);
    } else {
      stop = enterFixed64(c, tag, end) + 8;
      c.at = stop - 8;
    }
    for (; c.at < stop; c.at += 8) {
      if (isBound) pushBound(histograms, c.view.getFloat64(c.at, true));
      else pushBucket(histograms, uint64At(c.view, c.at));
    }
  };

  /** What is wrong with the histogram in the scratch columns from these offsets on; undefined when nothing is. */
  const histogramProblem = (boundFrom: number, bucketFrom: number, count: number): string | undefined => {
    const bounds = histograms.bounds - boundFrom;
    const buckets = histograms.buckets - bucketFrom;
    if (buckets === 0 && bounds === 0) return undefined;
    if (buckets !== bounds + 1) return `${buckets} buckets with ${bounds} bounds, ${bounds + 1} expected`;
    let total = 0;
    for (let i = bucketFrom; i < histograms.buckets; i += 1) {
      const bucket = histograms.bucket[i]!;
      if (bucket > Number.MAX_SAFE_INTEGER) return 'a bucket count is negative or beyond 2^53';
      total += bucket;
    }
    if (total !== count) return `the buckets sum to ${total}, count says ${count}`;
    for (let i = boundFrom; i < histograms.bounds; i += 1) {
      const bound = histograms.bound[i]!;
      if (!Number.isFinite(bound)) return `a bound is ${bound}`;
      if (i > boundFrom && !(bound > histograms.bound[i - 1]!)) return `bound ${bound} does not rise above ${histograms.bound[i - 1]}`;
    }
    return undefined;
  };

  return (c: Cursor, end: number, request: RequestScan, metric: MetricPlace): void => {
    const { bytes } = c;
    const boundFrom = histograms.bounds;
    const bucketFrom = histograms.buckets;
    resetDistribution(point, c.at, end);
    while (c.at < end) {
      // Nearly every attribute has a tag and a length of one byte each; what is longer, or wrong, takes the way below.
      const quick = c.at + 2 + bytes[c.at + 1]!;
      if (bytes[c.at] === 74 && bytes[c.at + 1]! < 0x80 && quick <= end) {
        hashRange(c, c.at + 2, quick, seed1, seed2);
        point.a1 = (point.a1 + c.h1) | 0;
        point.a2 = (point.a2 + c.h2) | 0;
        c.at = quick;
        continue;
      }
      const tag = readTag(c, end);
      switch (tag) {
        case 74:
          readAttribute(c, tag, end, ground, point);
          break;
        case 49:
        case 50:
          readRepeated64(c, tag, end, false);
          break;
        case 57:
        case 58:
          readRepeated64(c, tag, end, true);
          break;
        case 80:
          point.flags = readVarint(c, end);
          break;
        default: {
          if (readTimeCountOrSum(c, tag, end, point)) break;
          const field = tag >>> 3;
          if (field >= 2 && field <= 10 && tag !== 66)
            throw new MalformedProtobuf(c.at, `wire type ${tag & 7} of field ${field} of a histogram point`);
          skipField(c, tag, end);
        }
      }
    }
    const problem = histogramProblem(boundFrom, bucketFrom, point.count);
    // No buckets at all: everything lies in the one bucket from minus to plus infinity.
    if (histograms.buckets === bucketFrom) pushBucket(histograms, point.count);
    addDistribution(c, ground, histograms, request, metric, point, problem, boundFrom, bucketFrom);
  };
};
