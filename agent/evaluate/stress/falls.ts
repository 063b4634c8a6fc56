import { gaussian, type Random } from '../../../core/random.ts';
import type { UnivariateContender } from '../contender.ts';
import { risingEdges } from '../score/ranges.ts';
import { randomOf } from './contest.ts';
import { dailySwing, gridOf, isWeekend, placeSpans, rowsIn } from './drawing.ts';
import { STRESS_EPOCH_SECONDS } from './series-contest.ts';

/**
 * Sustained falls of a business count at one minute: so noisy that no single minute shows them. A point's deviation is
 * 8.3 % of the level at noon, so that falls of 10, 20, 30 and 50 % are 1.2, 2.4, 3.6 and 6 deviations a point.
 */
const DEVIATION = 0.083;
const LEVEL = 900;
const GRID = gridOf(14, 60);
const WARM_UP_DAYS = 7;
const FALLS_A_SERIES = 3;
const FALL_SECONDS = 3_600;
const FOUND_WITHIN_SECONDS = 1_800;

export const FALL_DEPTHS: readonly number[] = [0.1, 0.2, 0.3, 0.5];

export interface FallsFound {
  readonly depth: number;
  readonly falls: number;
  readonly found: number;
  readonly medianDelaySeconds: number;
  readonly falseAlarms: number;
  /** Weeks outside falls and warm-up. */
  readonly weeks: number;
}

const drawCounts = (random: Random, depth: number) => {
  const day = 86_400 / GRID.stepSeconds;
  const falls = placeSpans(random, GRID, WARM_UP_DAYS * day, FALLS_A_SERIES, rowsIn(GRID, FALL_SECONDS));
  const values = Float64Array.from({ length: GRID.rows }, (_, row) => {
    const level = LEVEL * dailySwing(GRID, row, 0.35) * (isWeekend(GRID, row) ? 0.8 : 1);
    const fell = falls.some((fall) => row >= fall.first && row <= fall.last);
    return Math.max(0, Math.round(level * (fell ? 1 - depth : 1) * (1 + DEVIATION * gaussian(random))));
  });
  return { values, falls };
};

/** How many falls of one depth are found within half an hour, and what else was alarmed after the first week. */
export const findFalls = (contender: UnivariateContender, depth: number, series: number, seed: number): FallsFound => {
  const delays: number[] = [];
  let falseAlarms = 0;
  for (let k = 0; k < series; k += 1) {
    const { values, falls } = drawCounts(randomOf(seed, `falls of ${depth}`, k), depth);
    const timestamps = Float64Array.from({ length: GRID.rows }, (_, row) => STRESS_EPOCH_SECONDS + row * GRID.stepSeconds);
    const edges = risingEdges(contender.run({ name: `falls ${k}`, timestamps, values }).alert);
    const within = rowsIn(GRID, FOUND_WITHIN_SECONDS);
    for (const fall of falls) {
      const edge = edges.find((row) => row >= fall.first && row <= fall.first + within);
      if (edge !== undefined) delays.push((edge - fall.first) * GRID.stepSeconds);
    }
    // The return from a fall may be told once more, within the hour after it.
    const hour = rowsIn(GRID, FALL_SECONDS);
    const warm = (WARM_UP_DAYS * 86_400) / GRID.stepSeconds;
    falseAlarms += edges.filter((row) => row >= warm && !falls.some((fall) => row >= fall.first - 1 && row <= fall.last + hour)).length;
  }
  const weeks = (series * (GRID.rows * GRID.stepSeconds - WARM_UP_DAYS * 86_400)) / (7 * 86_400);
  delays.sort((a, b) => a - b);
  return {
    depth,
    falls: series * FALLS_A_SERIES,
    found: delays.length,
    medianDelaySeconds: delays[Math.floor(delays.length / 2)] ?? Number.NaN,
    falseAlarms,
    weeks,
  };
};
