import { quantileSorted } from 'simple-statistics';
import { seededRandom } from '../../../core/random.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../../../core/time.ts';
import type { ErrorPath } from './blend.ts';
import { type Ahead, costOfPath, drawErrors, scalableDays } from './paths.ts';
import type { WalkedDriver } from './walk.ts';

/** Enough that the 10th and the 90th percentile move by less than the forecast is uncertain. */
const PATHS = 400;
/** Fewer past forecasts than this say nothing about a spread. */
export const ORIGINS_MIN = 7;

export interface Quantiles {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

/** Cumulated cost at an instant, in units of the currency. */
export interface FanPoint extends Quantiles {
  readonly from: Instant;
  readonly at: Instant;
}

export interface SampledCost {
  /** Of all hours ahead. */
  readonly total: Quantiles;
  /** Of each path, ascending. */
  readonly totals: readonly number[];
  /** Cumulated, at the end of each 24 hours. */
  readonly fan: readonly FanPoint[];
  /** Of each 24 hours by themselves. */
  readonly days: readonly FanPoint[];
}

export const quantilesOf = (values: Iterable<number>): Quantiles => {
  const sorted = [...values].sort((a, b) => a - b);
  return { p10: quantileSorted(sorted, 0.1), p50: quantileSorted(sorted, 0.5), p90: quantileSorted(sorted, 0.9) };
};

/** Every path is a whole future: its days are added up before quantiles are taken, because quantiles do not add up. */
export const sampleCost = (
  walked: readonly WalkedDriver[],
  ahead: readonly Ahead[],
  errors: readonly ErrorPath[],
  at: { readonly origin: number; readonly instant: Instant; readonly hours: number; readonly seed: number; readonly paths?: number },
): SampledCost => {
  const random = seededRandom(at.seed);
  const days = Math.ceil(at.hours / 24);
  const paths = at.paths ?? PATHS;
  const scalable = walked.map((one, driver) => scalableDays(one, ahead[driver] as Ahead, at.origin, days));
  const daily = Array.from({ length: paths }, () =>
    costOfPath(walked, ahead, drawErrors(errors, walked.length, days, random), at.origin, days, scalable),
  );
  const cumulated = daily.map((costs) => {
    let sum = 0;
    return costs.map((cost) => {
      sum += cost;
      return sum;
    });
  });
  const end = at.instant + at.hours * HOUR_MS;
  const pointsOf = (rows: readonly Float64Array[]): readonly FanPoint[] =>
    Array.from({ length: days }, (_, day) => ({
      from: at.instant + day * DAY_MS,
      at: Math.min(end, at.instant + (day + 1) * DAY_MS),
      ...quantilesOf(rows.map((costs) => costs[day] as number)),
    }));
  const totals = cumulated.map((costs) => costs[days - 1] ?? 0).sort((a, b) => a - b);
  return { total: quantilesOf(totals), totals, fan: pointsOf(cumulated), days: pointsOf(daily) };
};
