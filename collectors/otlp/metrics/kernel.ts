/**
 * ExportMetricsServiceRequest -> columns, one pass over the points. A point of a known stream costs the hash of
 * its attribute bytes and one look-up; nothing is decoded to a string and nothing is allocated. A point of an
 * unknown stream is put on the list of unknowns with the places of its bytes, for metrics/decode.ts.
 * Field numbers: opentelemetry/proto/metrics/v1/metrics.proto.
 */
import { POINT_COUNTER_CUMULATIVE, POINT_COUNTER_DELTA, POINT_GAUGE, POINT_SUM_CUMULATIVE, POINT_SUM_DELTA } from '../../../core/batch.ts';
import { LIMITS } from '../../../core/limits.ts';
import { type Cursor, checkUtf8, enterField, expectWire, hashRange, mix, readTag, readVarint, skipField } from '../kernel.ts';
import type { KnownHashes } from '../known/kernel.ts';
import { createRejections, type Rejections } from '../rejections.ts';
import { createExponentialReader } from './exponential/kernel.ts';
import { createHistogramReader } from './histogram/kernel.ts';
import { createNumberReader } from './number/kernel.ts';
import { hashPlaces, placesOf } from './places/kernel.ts';
import { CUMULATIVE, createPointGround, DELTA, type MetricPlace, metricName, type RequestScan, type Unknowns } from './point/kernel.ts';
import { createHistogramRows, createSampleRows, type HistogramRows, type SampleRows } from './rows.ts';
import { createSummaryReader } from './summary/kernel.ts';

/** Field numbers of Metric.data. */
export const GAUGE = 5;
export const SUM = 7;
export const HISTOGRAM = 9;
export const EXPONENTIAL_HISTOGRAM = 10;
const SUMMARY = 11;

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

const createRequestScan = (now: number): RequestScan => ({
  now,
  oldest: now - LIMITS.latenessMs,
  newest: now + LIMITS.futureMs,
  unknowns: { points: [], metrics: [] },
  rejections: createRejections(),
  offered: 0,
  gaps: 0,
});

export const createMetricKernel = (known: KnownHashes, salt: readonly [number, number]): MetricKernel => {
  const seed1 = salt[0] | 0;
  const seed2 = salt[1] | 0;
  const samples = createSampleRows();
  const histograms = createHistogramRows();
  const ground = createPointGround(known, salt);
  const readNumberPoint = createNumberReader(ground, samples);
  const readHistogramPoint = createHistogramReader(ground, histograms);
  const readExponentialPoint = createExponentialReader(ground, histograms);
  const readSummaryPoint = createSummaryReader(ground, histograms);
  let request = createRequestScan(0);

  /** Points of a metric that does not say what it counts: rejected one by one, by number. */
  const rejectPoints = (c: Cursor, end: number, metric: MetricPlace, reason: string, message: string): void => {
    let count = 0;
    while (c.at < end) {
      const tag = readTag(c, end);
      if (tag >>> 3 === 1) {
        c.at = enterField(c, tag, end);
        count += 1;
      } else skipField(c, tag, end);
    }
    request.offered += count;
    if (count > 0) request.rejections.add(reason, count, () => `metric "${metricName(c, metric)}": ${message}`);
  };

  /** temporality and is_monotonic stand behind the points in what SDKs send, so they are looked for first. */
  const readDataHeader = (c: Cursor, end: number, metric: MetricPlace, kind: number): void => {
    while (c.at < end) {
      const tag = readTag(c, end);
      if (kind !== GAUGE && kind !== SUMMARY && tag >>> 3 === 2) {
        expectWire(c, tag, 0);
        metric.temporality = readVarint(c, end);
      } else if (kind === SUM && tag >>> 3 === 3) {
        expectWire(c, tag, 0);
        metric.monotonic = readVarint(c, end) !== 0;
      } else skipField(c, tag, end);
    }
    // A summary counts since its start and has no field that says so.
    if (kind === SUMMARY) metric.temporality = CUMULATIVE;
  };

  const pointTypeOf = (metric: MetricPlace): number => {
    if (metric.kind !== SUM) return POINT_GAUGE;
    if (metric.monotonic) return metric.temporality === DELTA ? POINT_COUNTER_DELTA : POINT_COUNTER_CUMULATIVE;
    return metric.temporality === DELTA ? POINT_SUM_DELTA : POINT_SUM_CUMULATIVE;
  };

  const readPoint = (c: Cursor, end: number, metric: MetricPlace): void => {
    switch (metric.kind) {
      case HISTOGRAM:
        readHistogramPoint(c, end, request, metric);
        return;
      case EXPONENTIAL_HISTOGRAM:
        readExponentialPoint(c, end, request, metric);
        return;
      case SUMMARY:
        readSummaryPoint(c, end, request, metric);
        return;
      default:
        readNumberPoint(c, end, request, metric);
    }
  };

  const readData = (c: Cursor, end: number, metric: MetricPlace): void => {
    const { kind } = metric;
    if (kind !== GAUGE && metric.temporality !== DELTA && metric.temporality !== CUMULATIVE) {
      rejectPoints(
        c,
        end,
        metric,
        'invalid_temporality',
        `aggregation temporality ${metric.temporality}; 1 (delta) or 2 (cumulative) expected`,
      );
      return;
    }
    while (c.at < end) {
      const tag = readTag(c, end);
      if (tag >>> 3 === 1) readPoint(c, enterField(c, tag, end), metric);
      else skipField(c, tag, end);
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
    const metric: MetricPlace = {
      resource,
      scope,
      nameStart: 0,
      nameEnd: 0,
      unitStart: 0,
      unitEnd: 0,
      kind: 0,
      monotonic: false,
      temporality: 0,
      pointType: 0,
      h1: 0,
      h2: 0,
    };
    while (c.at < end) {
      const tag = readTag(c, end);
      const field = tag >>> 3;
      if (field === 1) {
        metric.nameEnd = enterField(c, tag, end);
        metric.nameStart = c.at;
        c.at = metric.nameEnd;
      } else if (field === 3) {
        metric.unitEnd = enterField(c, tag, end);
        metric.unitStart = c.at;
        c.at = metric.unitEnd;
      } else if (field === 2) {
        const stop = enterField(c, tag, end);
        checkUtf8(c, c.at, stop);
        c.at = stop;
      } else if (isData(field)) {
        const stop = enterField(c, tag, end);
        metric.kind = field;
        readDataHeader(c, stop, metric, field);
        c.at = stop;
      } else skipField(c, tag, end);
    }
    checkUtf8(c, metric.nameStart, metric.nameEnd);
    checkUtf8(c, metric.unitStart, metric.unitEnd);
    metric.pointType = pointTypeOf(metric);
    hashRange(c, metric.nameStart, metric.nameEnd, base1, base2);
    hashRange(c, metric.unitStart, metric.unitEnd, c.h1 + metric.pointType * 8 + metric.kind, c.h2 + metric.temporality);
    metric.h1 = c.h1;
    metric.h2 = c.h2;
    c.at = from;
    while (c.at < end) {
      const tag = readTag(c, end);
      // `data` is a oneof: of several members the last one sent is the value.
      if (tag >>> 3 === metric.kind) readData(c, enterField(c, tag, end), metric);
      else skipField(c, tag, end);
    }
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
    scan(c, now) {
      samples.length = 0;
      histograms.length = 0;
      histograms.bounds = 0;
      histograms.buckets = 0;
      request = createRequestScan(now);
      const end = c.bytes.length;
      while (c.at < end) {
        const tag = readTag(c, end);
        if (tag >>> 3 === 1) readResourceMetrics(c, enterField(c, tag, end));
        else skipField(c, tag, end);
      }
      const { unknowns, rejections, offered, gaps } = request;
      return { samples, histograms, unknowns, rejections, offered, gaps };
    },
  };
};
