/**
 * What the points of all kinds of metric have in common: where they stand, whose they are, and whether their times can
 * be believed. This runs for every point.
 */
import { type Cursor, mix, uint64At } from '../../kernel.ts';
import type { KnownHashes } from '../../known/kernel.ts';
import type { Rejections } from '../../rejections.ts';
import { timeProblem } from '../../time-check.ts';

export const UNKNOWN_STREAM = 0xffffffff;
export const DELTA = 1;
export const CUMULATIVE = 2;
export const NO_RECORDED_VALUE = 1;

/** Reads one point, which ends at `end`. */
export type PointReader = (c: Cursor, end: number, request: RequestScan, metric: MetricPlace) => void;

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

/** The metric's name for messages, cut to a readable length. */
export const metricName = (c: Cursor, metric: MetricPlace): string =>
  Buffer.from(c.bytes.subarray(metric.nameStart, Math.min(metric.nameEnd, metric.nameStart + 200))).toString();

export const reject = (c: Cursor, request: RequestScan, metric: MetricPlace, reason: string, what: () => string): void =>
  request.rejections.add(reason, 1, () => `metric "${metricName(c, metric)}": ${what()}`);

/** What every reader of points stands on. */
export interface PointGround {
  readonly seed1: number;
  readonly seed2: number;
  /** The stream of a point whose attribute hashes sum to (a1, a2), or UNKNOWN_STREAM after noting where it stands. */
  streamOf(
    request: RequestScan,
    metric: MetricPlace,
    a1: number,
    a2: number,
    row: number,
    isHistogram: number,
    start: number,
    end: number,
  ): number;
  /** False after rejecting. Positions are -1 for a field that was not sent. */
  checkTimes(c: Cursor, request: RequestScan, metric: MetricPlace, timeAt: number, time: number, startAt: number, start: number): boolean;
}

export const createPointGround = (known: KnownHashes, salt: readonly [number, number]): PointGround => ({
  seed1: salt[0] | 0,
  seed2: salt[1] | 0,
  streamOf(
    request: RequestScan,
    metric: MetricPlace,
    a1: number,
    a2: number,
    row: number,
    isHistogram: number,
    start: number,
    end: number,
  ): number {
    const h1 = mix(metric.h1 + a1);
    const h2 = mix(metric.h2 ^ a2);
    const id = known.find(h1, h2);
    if (id >= 0) return id;
    request.unknowns.points.push(row, isHistogram, h1, h2, start, end);
    request.unknowns.metrics.push(metric);
    return UNKNOWN_STREAM;
  },
  checkTimes(c: Cursor, request: RequestScan, metric: MetricPlace, timeAt: number, time: number, startAt: number, start: number): boolean {
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
  },
});
