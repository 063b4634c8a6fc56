/**
 * The data points of a metric, field by field: hashed, checked and put into rows. This runs for every point.
 * Field numbers: opentelemetry/proto/metrics/v1/metrics.proto, NumberDataPoint and HistogramDataPoint.
 */
import { POINT_COUNTER_CUMULATIVE, POINT_COUNTER_DELTA } from '../../../../core/batch.ts';
import {
  type Cursor,
  enterField,
  enterFixed64,
  hashRange,
  int64At,
  MalformedProtobuf,
  millisAt,
  mix,
  readTag,
  readVarint,
  skipField,
  uint64At,
} from '../../kernel.ts';
import type { KnownHashes } from '../../known/kernel.ts';
import type { Rejections } from '../../rejections.ts';
import { timeProblem } from '../../time-check.ts';
import { growHistograms, growSamples, type HistogramRows, pushBound, pushBucket, type SampleRows } from '../rows.ts';

export const UNKNOWN_STREAM = 0xffffffff;
export const CUMULATIVE = 2;
const NO_RECORDED_VALUE = 1;

/** Where the parts of a metric stand in the body, for those of its points that are new, and what all its points share. */
export interface MetricPlace {
  /** [start, end, ...] of the Resource and InstrumentationScope messages it stands under. */
  readonly resource: readonly number[];
  readonly scope: readonly number[];
  nameStart: number;
  nameEnd: number;
  unitStart: number;
  unitEnd: number;
  /** Field number of its data. */
  kind: number;
  monotonic: boolean;
  temporality: number;
  /** One of the POINT_ constants. */
  pointType: number;
  /** Hash of resource, scope, name, unit and type. */
  h1: number;
  h2: number;
}

/** Points of streams not seen before: six numbers each (row, is histogram, h1, h2, start, end), and their metric. */
export interface Unknowns {
  readonly points: number[];
  readonly metrics: MetricPlace[];
}

/** One request while it is being read. */
export interface RequestScan {
  readonly now: number;
  readonly oldest: number;
  readonly newest: number;
  readonly unknowns: Unknowns;
  readonly rejections: Rejections;
  offered: number;
  gaps: number;
}

export interface PointReader {
  readNumberPoint(c: Cursor, end: number, request: RequestScan, metric: MetricPlace): void;
  readHistogramPoint(c: Cursor, end: number, request: RequestScan, metric: MetricPlace): void;
}

/** The metric's name for messages, cut to a readable length. */
export const metricName = (c: Cursor, metric: MetricPlace): string =>
  Buffer.from(c.bytes.subarray(metric.nameStart, Math.min(metric.nameEnd, metric.nameStart + 200))).toString();

const reject = (c: Cursor, request: RequestScan, metric: MetricPlace, reason: string, what: () => string): void =>
  request.rejections.add(reason, 1, () => `metric "${metricName(c, metric)}": ${what()}`);

export const createPointReader = (
  known: KnownHashes,
  salt: readonly [number, number],
  samples: SampleRows,
  histograms: HistogramRows,
): PointReader => {
  const seed1 = salt[0] | 0;
  const seed2 = salt[1] | 0;

  /** The stream of a point whose attribute hashes sum to (a1, a2), or UNKNOWN_STREAM after noting where it stands. */
  const streamOf = (
    request: RequestScan,
    metric: MetricPlace,
    a1: number,
    a2: number,
    row: number,
    isHistogram: number,
    start: number,
    end: number,
  ): number => {
    const h1 = mix(metric.h1 + a1);
    const h2 = mix(metric.h2 ^ a2);
    const id = known.find(h1, h2);
    if (id >= 0) return id;
    request.unknowns.points.push(row, isHistogram, h1, h2, start, end);
    request.unknowns.metrics.push(metric);
    return UNKNOWN_STREAM;
  };

  /** False after rejecting. Positions are -1 for a field that was not sent. */
  const checkTimes = (
    c: Cursor,
    request: RequestScan,
    metric: MetricPlace,
    timeAt: number,
    time: number,
    startAt: number,
    start: number,
  ): boolean => {
    if (!(time >= request.oldest && time <= request.newest)) {
      const problem = timeProblem('time_unix_nano', time, timeAt < 0 ? 0 : uint64At(c.view, timeAt), request.now);
      if (problem !== undefined) {
        reject(c, request, metric, problem.reason, () => problem.message);
        return false;
      }
    }
    if (start > time) {
      reject(c, request, metric, 'bad_timestamp', () => `start_time_unix_nano ${uint64At(c.view, startAt)} is after time_unix_nano`);
      return false;
    }
    return true;
  };

  const readNumberPoint = (c: Cursor, end: number, request: RequestScan, metric: MetricPlace): void => {
    const { bytes } = c;
    const from = c.at;
    let a1 = 0;
    let a2 = 0;
    let timeAt = -1;
    let startAt = -1;
    let value = 0;
    let hasValue = false;
    let flags = 0;
    while (c.at < end) {
      // Nearly every attribute has a tag and a length of one byte each; what is longer, or wrong, takes the way below.
      const quick = c.at + 2 + bytes[c.at + 1]!;
      if (bytes[c.at] === 58 && bytes[c.at + 1]! < 0x80 && quick <= end) {
        hashRange(c, c.at + 2, quick, seed1, seed2);
        a1 = (a1 + c.h1) | 0;
        a2 = (a2 + c.h2) | 0;
        c.at = quick;
        continue;
      }
      const tag = readTag(c, end);
      switch (tag) {
        case 58: {
          const stop = enterField(c, tag, end);
          hashRange(c, c.at, stop, seed1, seed2);
          a1 = (a1 + c.h1) | 0;
          a2 = (a2 + c.h2) | 0;
          c.at = stop;
          break;
        }
        case 17:
          startAt = enterFixed64(c, tag, end);
          break;
        case 25:
          timeAt = enterFixed64(c, tag, end);
          break;
        case 33:
          value = c.view.getFloat64(enterFixed64(c, tag, end), true);
          hasValue = true;
          break;
        case 49:
          value = int64At(c.view, enterFixed64(c, tag, end));
          hasValue = true;
          break;
        case 64:
          flags = readVarint(c, end);
          break;
        default: {
          const field = tag >>> 3;
          if (field >= 2 && field <= 8 && tag !== 42)
            throw new MalformedProtobuf(c.at, `wire type ${tag & 7} of field ${field} of a data point`);
          skipField(c, tag, end);
        }
      }
    }
    request.offered += 1;
    // A gap the sender declares is kept as a gap: there is no value to hand on, and none to reject.
    if ((flags & NO_RECORDED_VALUE) !== 0) {
      request.gaps += 1;
      return;
    }
    const time = timeAt < 0 ? 0 : millisAt(c.view, timeAt);
    const start = startAt < 0 ? 0 : millisAt(c.view, startAt);
    if (!checkTimes(c, request, metric, timeAt, time, startAt, start)) return;
    if (!Number.isFinite(value)) {
      if (Number.isNaN(value)) reject(c, request, metric, 'nan_value', () => 'the value is NaN');
      else reject(c, request, metric, 'non_finite', () => `the value is ${value}`);
      return;
    }
    if (!hasValue) {
      reject(c, request, metric, 'no_value', () => 'the point carries neither as_double nor as_int');
      return;
    }
    if (value < 0 && (metric.pointType === POINT_COUNTER_CUMULATIVE || metric.pointType === POINT_COUNTER_DELTA)) {
      reject(c, request, metric, 'invalid_monotonic', () => `a monotonic sum of ${value}`);
      return;
    }
    const row = samples.length;
    if (row === samples.stream.length) growSamples(samples);
    samples.stream[row] = streamOf(request, metric, a1, a2, row, 0, from, end);
    samples.type[row] = metric.pointType;
    samples.time[row] = time;
    samples.start[row] = start === 0 ? Number.NaN : start;
    samples.value[row] = value;
    samples.length = row + 1;
  };

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
    if (count > Number.MAX_SAFE_INTEGER) return 'count is negative or beyond 2^53';
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

  const readHistogramPoint = (c: Cursor, end: number, request: RequestScan, metric: MetricPlace): void => {
    const { bytes } = c;
    const from = c.at;
    const boundFrom = histograms.bounds;
    const bucketFrom = histograms.buckets;
    let a1 = 0;
    let a2 = 0;
    let timeAt = -1;
    let startAt = -1;
    let count = 0;
    let sum = Number.NaN;
    let hasSum = false;
    let flags = 0;
    while (c.at < end) {
      // Nearly every attribute has a tag and a length of one byte each; what is longer, or wrong, takes the way below.
      const quick = c.at + 2 + bytes[c.at + 1]!;
      if (bytes[c.at] === 74 && bytes[c.at + 1]! < 0x80 && quick <= end) {
        hashRange(c, c.at + 2, quick, seed1, seed2);
        a1 = (a1 + c.h1) | 0;
        a2 = (a2 + c.h2) | 0;
        c.at = quick;
        continue;
      }
      const tag = readTag(c, end);
      switch (tag) {
        case 74: {
          const stop = enterField(c, tag, end);
          hashRange(c, c.at, stop, seed1, seed2);
          a1 = (a1 + c.h1) | 0;
          a2 = (a2 + c.h2) | 0;
          c.at = stop;
          break;
        }
        case 17:
          startAt = enterFixed64(c, tag, end);
          break;
        case 25:
          timeAt = enterFixed64(c, tag, end);
          break;
        case 33:
          count = uint64At(c.view, enterFixed64(c, tag, end));
          break;
        case 41:
          sum = c.view.getFloat64(enterFixed64(c, tag, end), true);
          hasSum = true;
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
          flags = readVarint(c, end);
          break;
        default: {
          const field = tag >>> 3;
          if (field >= 2 && field <= 10 && tag !== 66)
            throw new MalformedProtobuf(c.at, `wire type ${tag & 7} of field ${field} of a histogram point`);
          skipField(c, tag, end);
        }
      }
    }
    request.offered += 1;
    const accepted = (): boolean => {
      if ((flags & NO_RECORDED_VALUE) !== 0) {
        request.gaps += 1;
        return false;
      }
      const time = timeAt < 0 ? 0 : millisAt(c.view, timeAt);
      const start = startAt < 0 ? 0 : millisAt(c.view, startAt);
      if (!checkTimes(c, request, metric, timeAt, time, startAt, start)) return false;
      if (hasSum && !Number.isFinite(sum)) {
        reject(c, request, metric, Number.isNaN(sum) ? 'nan_value' : 'non_finite', () => `the sum of a histogram is ${sum}`);
        return false;
      }
      const problem = histogramProblem(boundFrom, bucketFrom, count);
      if (problem !== undefined) {
        reject(c, request, metric, 'invalid_histogram', () => problem);
        return false;
      }
      const row = histograms.length;
      if (row === histograms.stream.length) growHistograms(histograms);
      // No buckets at all: everything lies in the one bucket from minus to plus infinity.
      if (histograms.buckets === bucketFrom) pushBucket(histograms, count);
      histograms.stream[row] = streamOf(request, metric, a1, a2, row, 1, from, end);
      histograms.cumulative[row] = metric.temporality === CUMULATIVE ? 1 : 0;
      histograms.time[row] = time;
      histograms.start[row] = start === 0 ? Number.NaN : start;
      histograms.count[row] = count;
      histograms.sum[row] = sum;
      histograms.boundOffset[row + 1] = histograms.bounds;
      histograms.bucketOffset[row + 1] = histograms.buckets;
      histograms.length = row + 1;
      return true;
    };
    if (!accepted()) {
      histograms.bounds = boundFrom;
      histograms.buckets = bucketFrom;
    }
  };

  return { readNumberPoint, readHistogramPoint };
};
