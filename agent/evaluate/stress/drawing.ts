import { exponential, gaussian, type Random } from '../../../core/random.ts';
import type { RowRange } from '../score/ranges.ts';

const DAY_SECONDS = 86_400;

/** Rows of one drawn series: how many, how far apart, and what hour each one is. */
export interface Grid {
  readonly rows: number;
  readonly stepSeconds: number;
}

export const gridOf = (days: number, stepSeconds: number): Grid => ({ rows: Math.round((days * DAY_SECONDS) / stepSeconds), stepSeconds });

export const rowsIn = (grid: Grid, seconds: number): number => Math.max(1, Math.round(seconds / grid.stepSeconds));

/** Hour of day, 0 to 24; row 0 is midnight of a Monday. */
export const hourOf = (grid: Grid, row: number): number => (((row * grid.stepSeconds) % DAY_SECONDS) / DAY_SECONDS) * 24;

export const isWeekend = (grid: Grid, row: number): boolean => Math.floor((row * grid.stepSeconds) / DAY_SECONDS) % 7 >= 5;

export const drawRows = (grid: Grid, valueAt: (row: number) => number): Float64Array =>
  Float64Array.from({ length: grid.rows }, (_, row) => valueAt(row));

/** 1 on average, lowest at three in the morning; `depth` 0.8 swings between 0.2 and 1.8. */
export const dailySwing = (grid: Grid, row: number, depth: number): number =>
  1 - depth * Math.cos(((hourOf(grid, row) - 3) / 24) * 2 * Math.PI);

/** First-order autoregressive noise of unit variance. */
export const slowNoise = (random: Random, persistence: number): (() => number) => {
  const fresh = Math.sqrt(1 - persistence * persistence);
  let value = gaussian(random);
  return () => {
    value = persistence * value + fresh * gaussian(random);
    return value;
  };
};

export const drawPoisson = (random: Random, mean: number): number => {
  if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * gaussian(random)));
  let count = -1;
  for (let passed = 0; passed < mean; passed += exponential(random, 1)) count += 1;
  return Math.max(0, count);
};

/** `count` spans of `length` rows after the first `warmUp` rows, one in each equal stretch, so that none touch. */
export const placeSpans = (random: Random, grid: Grid, warmUp: number, count: number, length: number): readonly RowRange[] => {
  const stretch = Math.floor((grid.rows - warmUp) / count);
  return Array.from({ length: count }, (_, k) => {
    const first = warmUp + k * stretch + Math.floor(random() * Math.max(1, stretch - 2 * length));
    return { first, last: first + length - 1 };
  });
};

/** The same, each moved to the given hour of its day. */
export const placeSpansAtHour = (
  random: Random,
  grid: Grid,
  warmUp: number,
  count: number,
  length: number,
  hour: number,
): readonly RowRange[] => {
  const perDay = DAY_SECONDS / grid.stepSeconds;
  const offset = Math.round((hour / 24) * perDay);
  return placeSpans(random, grid, warmUp, count, length)
    .map(({ first }) => Math.floor(first / perDay) * perDay + offset)
    .filter((first) => first > warmUp && first + length < grid.rows)
    .map((first) => ({ first, last: first + length - 1 }));
};

export const within = (spans: readonly RowRange[], row: number): boolean => spans.some((span) => row >= span.first && row <= span.last);
