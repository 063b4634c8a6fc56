/**
 * ExportMetricsServiceRequest -> columns, one pass over the points. A point of a known stream costs the hash of
 * its attribute bytes and one look-up; nothing is decoded to a string and nothing is allocated. A point of an
 * unknown stream is put on the list of unknowns with the places of its bytes, for metrics/decode.ts.
 * Field numbers: opentelemetry/proto/metrics/v1/metrics.proto.
 */
import { POINT_COUNTER_CUMULATIVE, POINT_COUNTER_DELTA, POINT_GAUGE, POINT_SUM_CUMULATIVE, POINT_SUM_DELTA } from '../../../core/batch.ts';
import { LIMITS } from '../../../core/limits.ts';
import {
  type Cursor,
  checkUtf8,
  enterField,
  enterFixed64,
  expectWire,
  hashRange,
  int64At,
  MalformedProtobuf,
  millisAt,
  mix,
  readTag,
  readVarint,
  skipField,
  uint64At,
} from '../kernel.ts';
import type { KnownHashes } from '../known/kernel.ts';
import { createRejections, type Rejections } from '../rejections.ts';
import { timeProblem } from '../time-check.ts';

export const UNKNOWN_STREAM = 0xffffffff;

const GAUGE = 5;
const SUM = 7;
const HISTOGRAM = 9;
const EXPONENTIAL_HISTOGRAM = 10;
const SUMMARY = 11;

const DELTA = 1;
const CUMULATIVE = 2;
const NO_RECORDED_VALUE = 1;

/** Where the parts of a metric stand in the body, for those of its points that are new. */
export interface MetricPlace {
  readonly resource: readonly number[];
  readonly scope: readonly number[];
  nameStart: number;
  nameEnd: number;
  unitStart: number;
  unitEnd: number;
  kind: number;
  monotonic: boolean;
  temporality: number;
}

/** Points of streams not seen before: six numbers each (row, is histogram, h1, h2, start, end), and their metric. */
export interface Unknowns {
  readonly points: number[];
  readonly metrics: MetricPlace[];
}

export interface SampleRows {
  length: number;
  stream: Uint32Array;
  type: Uint8Array;
  time: Float64Array;
  start: Float64Array;
  value: Float64Array;
}

export interface HistogramRows {
  length: number;
  stream: Uint32Array;
  cumulative: Uint8Array;
  time: Float64Array;
  start: Float64Array;
  count: Float64Array;
  sum: Float64Array;
  boundOffset: Uint32Array;
  bound: Float64Array;
  bounds: number;
  bucketOffset: Uint32Array;
  bucket: Float64Array;
  buckets: number;
}

export interface MetricScan {
  readonly samples: SampleRows;
  readonly histograms: HistogramRows;
  readonly unknowns: Unknowns;
  readonly rejections: Rejections;
  readonly offered: number;
  readonly gaps: number;
}

export interface MetricKernel {
  /** Throws MalformedProtobuf. The rows are reused by the next scan. */
  scan(c: Cursor, now: number): MetricScan;
}

const grownTo = <T extends Uint8Array | Uint32Array | Float64Array>(column: T, length: number): T => {
  const grown = new (column.constructor as new (length: number) => T)(length);
  grown.set(column);
  return grown;
};

export const createMetricKernel = (known: KnownHashes, salt: readonly [number, number]): MetricKernel => {
  const seed1 = salt[0] | 0;
  const seed2 = salt[1] | 0;
  const samples: SampleRows = {
    length: 0,
    stream: new Uint32Array(1_024),
    type: new Uint8Array(1_024),
    time: new Float64Array(1_024),
    start: new Float64Array(1_024),
    value: new Float64Array(1_024),
  };
  const histograms: HistogramRows = {
    length: 0,
    stream: new Uint32Array(256),
    cumulative: new Uint8Array(256),
    time: new Float64Array(256),
    start: new Float64Array(256),
    count: new Float64Array(256),
    sum: new Float64Array(256),
    boundOffset: new Uint32Array(257),
    bound: new Float64Array(4_096),
    bounds: 0,
    bucketOffset: new Uint32Array(257),
    bucket: new Float64Array(4_096),
    buckets: 0,
  };
  let unknowns: Unknowns = { points: [], metrics: [] };
  let rejections = createRejections();
  let offered = 0;
  let gaps = 0;
  let now = 0;
  let oldest = 0;
  let newest = 0;
  // Of the metric being read.
  let place: MetricPlace = {
    resource: [],
    scope: [],
    nameStart: 0,
    nameEnd: 0,
    unitStart: 0,
    unitEnd: 0,
    kind: 0,
    monotonic: false,
    temporality: 0,
  };
  let metric1 = 0;
  let metric2 = 0;
  let pointType = POINT_GAUGE;

  const nameOf = (c: Cursor): string =>
    Buffer.from(c.bytes.subarray(place.nameStart, Math.min(place.nameEnd, place.nameStart + 200))).toString();

  const reject = (c: Cursor, reason: string, what: () => string): void => {
    rejections.add(reason, 1, () => `metric "${nameOf(c)}": ${what()}`);
  };

  const growSamples = (): void => {
    const length = samples.stream.length * 2;
    samples.stream = grownTo(samples.stream, length);
    samples.type = grownTo(samples.type, length);
    samples.time = grownTo(samples.time, length);
    samples.start = grownTo(samples.start, length);
    samples.value = grownTo(samples.value, length);
  };

  const growHistograms = (): void => {
    const length = histograms.stream.length * 2;
    histograms.stream = grownTo(histograms.stream, length);
    histograms.cumulative = grownTo(histograms.cumulative, length);
    histograms.time = grownTo(histograms.time, length);
    histograms.start = grownTo(histograms.start, length);
    histograms.count = grownTo(histograms.count, length);
    histograms.sum = grownTo(histograms.sum, length);
    histograms.boundOffset = grownTo(histograms.boundOffset, length + 1);
    histograms.bucketOffset = grownTo(histograms.bucketOffset, length + 1);
  };

  /** The stream of a point whose attribute hashes sum to (a1, a2), or UNKNOWN_STREAM after noting where it stands. */
  const streamOf = (a1: number, a2: number, row: number, isHistogram: number, start: number, end: number): number => {
    const h1 = mix(metric1 + a1);
    const h2 = mix(metric2 ^ a2);
    const id = known.find(h1, h2);
    if (id >= 0) return id;
    unknowns.points.push(row, isHistogram, h1, h2, start, end);
    unknowns.metrics.push(place);
    return UNKNOWN_STREAM;
  };

  /** False after rejecting. Positions are -1 for a field that was not sent. */
  const checkTimes = (c: Cursor, timeAt: number, time: number, startAt: number, start: number): boolean => {
    if (!(time >= oldest && time <= newest)) {
      const problem = timeProblem('time_unix_nano', time, timeAt < 0 ? 0 : uint64At(c.view, timeAt), now);
      if (problem !== undefined) {
        reject(c, problem.reason, () => problem.message);
        return false;
      }
    }
    if (start > time) {
      reject(c, 'bad_timestamp', () => `start_time_unix_nano ${uint64At(c.view, startAt)} is after time_unix_nano`);
      return false;
    }
    return true;
  };

  const readNumberPoint = (c: Cursor, end: number): void => {
    const from = c.at;
    let a1 = 0;
    let a2 = 0;
    let timeAt = -1;
    let startAt = -1;
    let value = 0;
    let hasValue = false;
    let flags = 0;
    while (c.at < end) {
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
    offered += 1;
    // A gap the sender declares is kept as a gap: there is no value to hand on, and none to reject.
    if ((flags & NO_RECORDED_VALUE) !== 0) {
      gaps += 1;
      return;
    }
    const time = timeAt < 0 ? 0 : millisAt(c.view, timeAt);
    const start = startAt < 0 ? 0 : millisAt(c.view, startAt);
    if (!checkTimes(c, timeAt, time, startAt, start)) return;
    if (!Number.isFinite(value)) {
      if (Number.isNaN(value)) reject(c, 'nan_value', () => 'the value is NaN');
      else reject(c, 'non_finite', () => `the value is ${value}`);
      return;
    }
    if (!hasValue) {
      reject(c, 'no_value', () => 'the point carries neither as_double nor as_int');
      return;
    }
    if (value < 0 && (pointType === POINT_COUNTER_CUMULATIVE || pointType === POINT_COUNTER_DELTA)) {
      reject(c, 'invalid_monotonic', () => `a monotonic sum of ${value}`);
      return;
    }
    const row = samples.length;
    if (row === samples.stream.length) growSamples();
    samples.stream[row] = streamOf(a1, a2, row, 0, from, end);
    samples.type[row] = pointType;
    samples.time[row] = time;
    samples.start[row] = start === 0 ? Number.NaN : start;
    samples.value[row] = value;
    samples.length = row + 1;
  };

  const pushBound = (value: number): void => {
    if (histograms.bounds === histograms.bound.length) histograms.bound = grownTo(histograms.bound, histograms.bounds * 2);
    histograms.bound[histograms.bounds] = value;
    histograms.bounds += 1;
  };

  const pushBucket = (value: number): void => {
    if (histograms.buckets === histograms.bucket.length) histograms.bucket = grownTo(histograms.bucket, histograms.buckets * 2);
    histograms.bucket[histograms.buckets] = value;
    histograms.buckets += 1;
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
      if (isBound) pushBound(c.view.getFloat64(c.at, true));
      else pushBucket(uint64At(c.view, c.at));
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

  const readHistogramPoint = (c: Cursor, end: number): void => {
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
    offered += 1;
    const accepted = (): boolean => {
      if ((flags & NO_RECORDED_VALUE) !== 0) {
        gaps += 1;
        return false;
      }
      const time = timeAt < 0 ? 0 : millisAt(c.view, timeAt);
      const start = startAt < 0 ? 0 : millisAt(c.view, startAt);
      if (!checkTimes(c, timeAt, time, startAt, start)) return false;
      if (hasSum && !Number.isFinite(sum)) {
        reject(c, Number.isNaN(sum) ? 'nan_value' : 'non_finite', () => `the sum of a histogram is ${sum}`);
        return false;
      }
      const problem = histogramProblem(boundFrom, bucketFrom, count);
      if (problem !== undefined) {
        reject(c, 'invalid_histogram', () => problem);
        return false;
      }
      const row = histograms.length;
      if (row === histograms.stream.length) growHistograms();
      // No buckets at all: everything lies in the one bucket from minus to plus infinity.
      if (histograms.buckets === bucketFrom) pushBucket(count);
      histograms.stream[row] = streamOf(a1, a2, row, 1, from, end);
      histograms.cumulative[row] = place.temporality === CUMULATIVE ? 1 : 0;
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

  /** Points whose kind we do not read, or whose sum does not say what it counts: rejected one by one, by number. */
  const rejectPoints = (c: Cursor, end: number, reason: string, message: string): void => {
    let count = 0;
    while (c.at < end) {
      const tag = readTag(c, end);
      if (tag >>> 3 === 1) {
        c.at = enterField(c, tag, end);
        count += 1;
      } else skipField(c, tag, end);
    }
    offered += count;
    if (count > 0) rejections.add(reason, count, () => `metric "${nameOf(c)}": ${message}`);
  };

  /** temporality and is_monotonic stand behind the points in what SDKs send, so they are looked for first. */
  const readDataHeader = (c: Cursor, end: number, kind: number): void => {
    while (c.at < end) {
      const tag = readTag(c, end);
      if (kind !== GAUGE && tag >>> 3 === 2) {
        expectWire(c, tag, 0);
        place.temporality = readVarint(c, end);
      } else if (kind === SUM && tag >>> 3 === 3) {
        expectWire(c, tag, 0);
        place.monotonic = readVarint(c, end) !== 0;
      } else skipField(c, tag, end);
    }
  };

  const pointTypeOf = (kind: number): number => {
    if (kind !== SUM) return POINT_GAUGE;
    if (place.monotonic) return place.temporality === DELTA ? POINT_COUNTER_DELTA : POINT_COUNTER_CUMULATIVE;
    return place.temporality === DELTA ? POINT_SUM_DELTA : POINT_SUM_CUMULATIVE;
  };

  const readData = (c: Cursor, end: number, kind: number): void => {
    if (kind === EXPONENTIAL_HISTOGRAM || kind === SUMMARY) {
      const name = kind === SUMMARY ? 'summary' : 'exponential histogram';
      rejectPoints(c, end, 'unsupported_metric_type', `${name} is not supported; send gauge, sum or histogram with explicit bounds`);
      return;
    }
    if (kind !== GAUGE && place.temporality !== DELTA && place.temporality !== CUMULATIVE) {
      rejectPoints(c, end, 'invalid_temporality', `aggregation temporality ${place.temporality}; 1 (delta) or 2 (cumulative) expected`);
      return;
    }
    while (c.at < end) {
      const tag = readTag(c, end);
      if (tag >>> 3 === 1) {
        const stop = enterField(c, tag, end);
        if (kind === HISTOGRAM) readHistogramPoint(c, stop);
        else readNumberPoint(c, stop);
      } else skipField(c, tag, end);
    }
  };

  const isData = (field: number): boolean =>
    field === GAUGE || field === SUM || field === HISTOGRAM || field === EXPONENTIAL_HISTOGRAM || field === SUMMARY;

  const readMetric = (
    c: Cursor,
    end: number,
    resource: readonly number[],
    scope: readonly number[],
    base1: number,
    base2: number,
  ): void => {
    const from = c.at;
    place = { resource, scope, nameStart: 0, nameEnd: 0, unitStart: 0, unitEnd: 0, kind: 0, monotonic: false, temporality: 0 };
    while (c.at < end) {
      const tag = readTag(c, end);
      const field = tag >>> 3;
      if (field === 1) {
        place.nameEnd = enterField(c, tag, end);
        place.nameStart = c.at;
        c.at = place.nameEnd;
      } else if (field === 3) {
        place.unitEnd = enterField(c, tag, end);
        place.unitStart = c.at;
        c.at = place.unitEnd;
      } else if (field === 2) {
        const stop = enterField(c, tag, end);
        checkUtf8(c, c.at, stop);
        c.at = stop;
      } else if (isData(field)) {
        const stop = enterField(c, tag, end);
        place.kind = field;
        readDataHeader(c, stop, field);
        c.at = stop;
      } else skipField(c, tag, end);
    }
    checkUtf8(c, place.nameStart, place.nameEnd);
    checkUtf8(c, place.unitStart, place.unitEnd);
    pointType = pointTypeOf(place.kind);
    hashRange(c, place.nameStart, place.nameEnd, base1, base2);
    metric1 = c.h1;
    metric2 = c.h2;
    hashRange(c, place.unitStart, place.unitEnd, metric1 + pointType * 8 + place.kind, metric2 + place.temporality);
    metric1 = c.h1;
    metric2 = c.h2;
    c.at = from;
    while (c.at < end) {
      const tag = readTag(c, end);
      // `data` is a oneof: of several members the last one sent is the value.
      if (tag >>> 3 === place.kind) readData(c, enterField(c, tag, end), place.kind);
      else skipField(c, tag, end);
    }
  };

  /** Places [start, end, ...] of every occurrence of a message field, which protobuf merges. */
  const placesOf = (c: Cursor, end: number, field: number): number[] => {
    const places: number[] = [];
    while (c.at < end) {
      const tag = readTag(c, end);
      if (tag >>> 3 === field) {
        const stop = enterField(c, tag, end);
        places.push(c.at, stop);
        c.at = stop;
      } else skipField(c, tag, end);
    }
    return places;
  };

  /** Order of attributes inside resources and scopes is taken as sent: a changed order costs one more look-up. */
  const hashPlaces = (c: Cursor, places: readonly number[], base1: number, base2: number): void => {
    c.h1 = base1;
    c.h2 = base2;
    for (let i = 0; i < places.length; i += 2) hashRange(c, places[i]!, places[i + 1]!, c.h1, c.h2);
  };

  const readScopeMetrics = (c: Cursor, end: number, resource: readonly number[], base1: number, base2: number): void => {
    const from = c.at;
    const scope = placesOf(c, end, 1);
    hashPlaces(c, scope, base1, base2);
    const scope1 = mix(c.h1 + 1);
    const scope2 = mix(c.h2 + 1);
    c.at = from;
    while (c.at < end) {
      const tag = readTag(c, end);
      if (tag >>> 3 === 2) readMetric(c, enterField(c, tag, end), resource, scope, scope1, scope2);
      else skipField(c, tag, end);
    }
  };

  const readResourceMetrics = (c: Cursor, end: number): void => {
    const from = c.at;
    const resource = placesOf(c, end, 1);
    hashPlaces(c, resource, seed1, seed2);
    const resource1 = c.h1;
    const resource2 = c.h2;
    c.at = from;
    while (c.at < end) {
      const tag = readTag(c, end);
      if (tag >>> 3 === 2) readScopeMetrics(c, enterField(c, tag, end), resource, resource1, resource2);
      else skipField(c, tag, end);
    }
  };

  return {
    scan(c, at) {
      now = at;
      oldest = at - LIMITS.latenessMs;
      newest = at + LIMITS.futureMs;
      samples.length = 0;
      histograms.length = 0;
      histograms.bounds = 0;
      histograms.buckets = 0;
      unknowns = { points: [], metrics: [] };
      rejections = createRejections();
      offered = 0;
      gaps = 0;
      const end = c.bytes.length;
      while (c.at < end) {
        const tag = readTag(c, end);
        if (tag >>> 3 === 1) readResourceMetrics(c, enterField(c, tag, end));
        else skipField(c, tag, end);
      }
      return { samples, histograms, unknowns, rejections, offered, gaps };
    },
  };
};
