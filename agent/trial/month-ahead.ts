import { quantileSorted } from '../../core/math.ts';
import { gaussian, seededRandom } from '../../core/random.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';
import type { Column, Grid } from './columns.ts';

/** Replica-hours of the 30 days after the history. */
export type MonthAhead =
  | { readonly kind: 'forecast'; readonly p10: number; readonly p50: number; readonly p90: number; readonly because: string }
  | { readonly kind: 'unknown'; readonly because: string };

interface Day {
  readonly at: Instant;
  readonly hours: number;
}

const DAYS_AHEAD = 30;
const LEAST_DAYS = 4;
const RUNS = 2_000;
/** A day of which less is known tells nothing; of others the rest is taken to be like what is known. */
const LEAST_SHARE = 0.8;

const isWeekend = (at: Instant): boolean => [0, 6].includes(new Date(at).getUTCDay());

/** Sums by day of 24 h (of replicas: replica-hours), counted back from the end so that no half day is left over. */
export const daysOf = (replicas: Column, grid: Grid): readonly Day[] => {
  const perDay = Math.round(DAY_MS / grid.stepMs);
  const days: Day[] = [];
  for (let end = grid.steps; end - perDay >= 0; end -= perDay) {
    let sum = 0;
    let known = 0;
    for (let at = end - perDay; at < end; at += 1) {
      const count = replicas[at] as number;
      if (Number.isNaN(count)) continue;
      sum += count;
      known += 1;
    }
    // The middle of the day says which day it is: a history need not end at midnight.
    const middle = grid.firstEnd + (end - perDay / 2) * grid.stepMs;
    if (known >= LEAST_SHARE * perDay) days.unshift({ at: middle, hours: (sum / known) * (DAY_MS / HOUR_MS) });
  }
  return days;
};

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** How far a week's level of load is from the one before, as a standard deviation of its logarithm; undefined with less than two weeks. */
export const weeklyDrift = (load: Column, grid: Grid): number | undefined => {
  const days = daysOf(load, grid);
  const ratios = days.flatMap((day) => {
    const before = days.find(({ at }) => Math.abs(day.at - at - 7 * DAY_MS) < HOUR_MS);
    return before === undefined || !(before.hours > 0) || !(day.hours > 0) ? [] : [Math.log(day.hours / before.hours)];
  });
  if (ratios.length < 3) return undefined;
  const mean = meanOf(ratios);
  const variance = meanOf(ratios.map((ratio) => (ratio - mean) * (ratio - mean)));
  return Math.sqrt(mean * mean + variance / ratios.length);
};

/**
 * The sum of the next 30 days: weekdays like weekdays, weekends like weekends, their means as uncertain as so few days make
 * them, each day as far off as days were, and a level that drifts from week to week as it did. Growth is not extrapolated.
 */
export const monthAhead = (replicas: Column, grid: Grid, drift: number | undefined): MonthAhead => {
  const days = daysOf(replicas, grid);
  if (days.length < LEAST_DAYS) return { kind: 'unknown', because: `${days.length} whole days are known, ${LEAST_DAYS} are needed` };
  const end = grid.firstEnd + (grid.steps - 1) * grid.stepMs;
  const random = seededRandom(30);
  const classes = [days.filter(({ at }) => !isWeekend(at)), days.filter(({ at }) => isWeekend(at))].map((own) =>
    (own.length < 2 ? days : own).map(({ hours }) => hours),
  );
  const ahead = Array.from({ length: DAYS_AHEAD }, (_, index) => Number(isWeekend(end + (index + 0.5) * DAY_MS)));
  const draw = (values: readonly number[]): number => values[Math.floor(random() * values.length)] as number;
  const totals = Float64Array.from({ length: RUNS }, () => {
    const means = classes.map((own) => meanOf(own.map(() => draw(own))));
    let level = 1;
    let total = 0;
    for (const [index, kind] of ahead.entries()) {
      if (index % 7 === 0 && drift !== undefined) level *= Math.exp(drift * gaussian(random));
      const own = classes[kind] as readonly number[];
      total += Math.max(0, level * ((means[kind] as number) + draw(own) - meanOf(own)));
    }
    return total;
  }).sort();
  const [p10, p50, p90] = [0.1, 0.5, 0.9].map((level) => quantileSorted(totals, level)) as [number, number, number];
  const growth =
    drift === undefined
      ? 'less than two weeks are known, so the interval knows nothing of growth'
      : `a level that drifts as the load did, by ${(100 * drift).toFixed(1)} % a week`;
  return { kind: 'forecast', p10, p50, p90, because: `${days.length} days resampled; ${growth}` };
};
