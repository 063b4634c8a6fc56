/** From what a point of a histogram, an exponential histogram or a summary said to a row, or to a rejection. */
import { type Cursor, enterField, enterFixed64, hashRange, millisAt, uint64At } from '../../../kernel.ts';
import { CUMULATIVE, type MetricPlace, NO_RECORDED_VALUE, type PointGround, type RequestScan, reject } from '../../point/kernel.ts';
import { growHistograms, type HistogramRows } from '../../rows.ts';

/** One point while it is being read; positions are -1 for a field that was not sent. */
export interface Distribution {
  from: number;
  end: number;
  a1: number;
  a2: number;
  timeAt: number;
  startAt: number;
  count: number;
  sum: number;
  hasSum: boolean;
  flags: number;
}

export const createDistribution = (): Distribution => ({
  from: 0,
  end: 0,
  a1: 0,
  a2: 0,
  timeAt: -1,
  startAt: -1,
  count: 0,
  sum: Number.NaN,
  hasSum: false,
  flags: 0,
});

export const resetDistribution = (point: Distribution, from: number, end: number): void => {
  point.from = from;
  point.end = end;
  point.a1 = 0;
  point.a2 = 0;
  point.timeAt = -1;
  point.startAt = -1;
  point.count = 0;
  point.sum = Number.NaN;
  point.hasSum = false;
  point.flags = 0;
};

/** Attributes may come in any order: the hashes of their bytes are summed. */
export const readAttribute = (c: Cursor, tag: number, end: number, { seed1, seed2 }: PointGround, point: Distribution): void => {
  const stop = enterField(c, tag, end);
  hashRange(c, c.at, stop, seed1, seed2);
  point.a1 = (point.a1 + c.h1) | 0;
  point.a2 = (point.a2 + c.h2) | 0;
  c.at = stop;
};

/** The fields 2 to 5, which are the same in all three kinds of point; false for any other. */
export const readTimeCountOrSum = (c: Cursor, tag: number, end: number, point: Distribution): boolean => {
  switch (tag) {
    case 17:
      point.startAt = enterFixed64(c, tag, end);
      return true;
    case 25:
      point.timeAt = enterFixed64(c, tag, end);
      return true;
    case 33:
      point.count = uint64At(c.view, enterFixed64(c, tag, end));
      return true;
    case 41:
      point.sum = c.view.getFloat64(enterFixed64(c, tag, end), true);
      point.hasSum = true;
      return true;
    default:
      return false;
  }
};

const isAccepted = (
  c: Cursor,
  ground: PointGround,
  rows: HistogramRows,
  request: RequestScan,
  metric: MetricPlace,
  point: Distribution,
  problem: string | undefined,
): boolean => {
  // A gap the sender declares is kept as a gap: there is no value to hand on, and none to reject.
  if ((point.flags & NO_RECORDED_VALUE) !== 0) {
    request.gaps += 1;
    return false;
  }
  const { timeAt, startAt, count, sum } = point;
  const time = timeAt < 0 ? 0 : millisAt(c.view, timeAt);
  const start = startAt < 0 ? 0 : millisAt(c.view, startAt);
  if (!ground.checkTimes(c, request, metric, timeAt, time, startAt, start)) return false;
  if (point.hasSum && !Number.isFinite(sum)) {
    reject(c, request, metric, Number.isNaN(sum) ? 'nan_value' : 'non_finite', () => `the sum of a histogram is ${sum}`);
    return false;
  }
  if (count > Number.MAX_SAFE_INTEGER) {
    reject(c, request, metric, 'invalid_histogram', () => 'count is negative or beyond 2^53');
    return false;
  }
  if (problem !== undefined) {
    reject(c, request, metric, 'invalid_histogram', () => problem);
    return false;
  }
  const row = rows.length;
  if (row === rows.stream.length) growHistograms(rows);
  rows.stream[row] = ground.streamOf(request, metric, point.a1, point.a2, row, 1, point.from, point.end);
  rows.cumulative[row] = metric.temporality === CUMULATIVE ? 1 : 0;
  rows.time[row] = time;
  rows.start[row] = start === 0 ? Number.NaN : start;
  rows.count[row] = count;
  rows.sum[row] = sum;
  rows.boundOffset[row + 1] = rows.bounds;
  rows.bucketOffset[row + 1] = rows.buckets;
  rows.length = row + 1;
  return true;
};

/** Adds the point whose bounds and buckets stand at the end of the scratch columns; takes them back when it is rejected. */
export const addDistribution = (
  c: Cursor,
  ground: PointGround,
  rows: HistogramRows,
  request: RequestScan,
  metric: MetricPlace,
  point: Distribution,
  problem: string | undefined,
  boundFrom: number,
  bucketFrom: number,
): void => {
  request.offered += 1;
  if (isAccepted(c, ground, rows, request, metric, point, problem)) return;
  rows.bounds = boundFrom;
  rows.buckets = bucketFrom;
};
