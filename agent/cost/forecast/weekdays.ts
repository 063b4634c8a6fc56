import { DAY_MS, HOUR_MS, type Instant } from '../../../core/time.ts';

const DAYS = 7;
/** So many weeks of an even weekday stand against what was seen: a factor from one week alone would repeat whatever happened in it. */
const EVEN_WEEKS = 0.5;

export type WeekdayFactors = readonly number[];

/** No weekday differs: what is taken while too little is known. */
export const EVEN_WEEK: WeekdayFactors = new Array<number>(DAYS).fill(1);

export const weekdayAt = (at: Instant): number => new Date(at).getUTCDay();

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

/** Means of whole days, NaN for a day with less than twenty known hours. */
export const dayMeans = (values: Float64Array, from: Instant): { readonly first: Instant; readonly means: number[] } => {
  const first = Math.ceil(from / DAY_MS) * DAY_MS;
  const begin = Math.round((first - from) / HOUR_MS);
  const means: number[] = [];
  for (let hour = begin; hour + 24 <= values.length; hour += 24) {
    const known = values.slice(hour, hour + 24).filter((value) => !Number.isNaN(value));
    means.push(known.length < 20 ? Number.NaN : known.reduce((sum, value) => sum + value, 0) / known.length);
  }
  return { first, means };
};

/**
 * How much of a mean day each weekday has, from the first `days` days: the median, over the weeks, of a day over the mean
 * of the seven days around it. The load forecaster remembers eight days, too few to tell a weekend from a quiet day.
 */
export const weekdayFactors = (means: readonly number[], first: Instant, days: number): WeekdayFactors => {
  const ratios: number[][] = Array.from({ length: DAYS }, () => []);
  for (let day = 3; day + 3 < days; day += 1) {
    const week = means.slice(day - 3, day + 4);
    const mean = week.reduce((sum, value) => sum + value, 0) / DAYS;
    const ratio = (means[day] as number) / mean;
    if (Number.isFinite(ratio) && ratio > 0) ratios[weekdayAt(first + day * DAY_MS)]?.push(ratio);
  }
  if (ratios.some((known) => known.length === 0)) return EVEN_WEEK;
  const factors = ratios.map((known) => (known.length * median(known) + EVEN_WEEKS) / (known.length + EVEN_WEEKS));
  const mean = factors.reduce((sum, value) => sum + value, 0) / DAYS;
  return factors.map((factor) => factor / mean);
};
