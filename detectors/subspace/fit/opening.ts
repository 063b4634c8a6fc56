import type { SubspaceConstants } from '../constants.ts';
import { selectQuantile } from './kernel.ts';
import { dailyPeaks, type Shape } from './scale.ts';

const WEEK_SECONDS = 604_800;
const DAY_SECONDS = 86_400;
/** A statistic this small in all of training is that of metrics which do not move. */
const LEAST_HABIT = 0.05;
/** Reached on average at least: a training in which nothing moved must not make the memory endless. */
const LEAST_REACHED = 0.05;

/** What each path showed in training, smoothed as it is read later. */
export interface Shown {
  readonly fast: Float64Array;
  readonly steady: Float64Array;
  readonly day: Int32Array;
  readonly stepSeconds: number;
}

export interface Opening {
  readonly openAt: number;
  readonly steadyAt: number;
  readonly openEvidence: number;
  readonly memoryFactor: number;
}

const share = (value: number, from: number, to: number): number => Math.min(1, Math.max(0, (value - from) / Math.max(1e-6, to - from)));

const median = (values: readonly number[]): number => selectQuantile(Float64Array.from(values), values.length, 0.5);

/**
 * From 0, residuals as light and days as alike as those of normal noise, to 1, as heavy or uneven as those of machines.
 * The median of all metrics and of both residuals: faults that training holds move some of them, not the middle.
 */
export const heavinessOf = (shapes: readonly Shape[], constants: SubspaceConstants): number => {
  if (shapes.length === 0) return 1;
  return Math.max(
    share(median(shapes.map(({ tail }) => tail)), constants.tailFrom, constants.tailTo),
    share(median(shapes.map(({ uneven }) => uneven)), constants.unevenFrom, constants.unevenTo),
  );
};

/**
 * Where tails are heavy: reached as often as the budget allows, if the tail went on from the habit of the statistic as an
 * exponential: q (1 + f ln(tail / rare)) from each of three quantiles q, and the mean of the three. Quantiles farther out,
 * and laws fitted to them, follow the faults that training holds (ablation in docs/detection-subspace.md).
 */
const heavyLevel = (statistic: Float64Array, rare: number, constants: SubspaceConstants): number => {
  const points = [
    [constants.medianTail, constants.medianFactor],
    [constants.quarterTail, constants.quarterFactor],
    [constants.tenthTail, constants.tenthFactor],
  ] as const;
  const values = statistic.slice();
  let sum = 0;
  for (const [tail, factor] of points) {
    const habit = Math.max(LEAST_HABIT, selectQuantile(values, values.length, 1 - tail));
    sum += habit * (1 + factor * Math.log(Math.max(1, tail / rare)));
  }
  return sum / points.length;
};

/** From one level to the other by equal ratios. */
const between = (light: number, heavy: number, heaviness: number): number =>
  Math.exp((1 - heaviness) * Math.log(light) + heaviness * Math.log(heavy));

const usualPeak = (values: Float64Array, day: Int32Array, constants: SubspaceConstants): number => {
  const peaks = dailyPeaks(values, day);
  return Math.max(LEAST_HABIT, selectQuantile(peaks, peaks.length, constants.quietDays));
};

/** What opens an alert: a little more than a usual day shows where tails are light, an extrapolation where they are heavy. */
export const openingOf = (shown: Shown, heaviness: number, constants: SubspaceConstants): Opening => {
  const { fast, steady, day, stepSeconds } = shown;
  const rare = Math.min(0.05, (constants.falseAlarmsPerWeek * stepSeconds) / WEEK_SECONDS);
  const days = (day.length * stepSeconds) / DAY_SECONDS;
  const careful = 1 + constants.shortHistory / Math.max(1e-6, days);
  const openAt = between(constants.lightBroad * careful * usualPeak(fast, day, constants), heavyLevel(fast, rare, constants), heaviness);
  const lightSteady = constants.lightSteady * careful * usualPeak(steady, day, constants);
  const largest = steady.reduce((most, value) => Math.max(most, value), 0);
  const steadyAt = between(lightSteady, Math.max(lightSteady, constants.heavySteady * largest), heaviness);
  const habit = fast.reduce((sum, value, row) => sum + Math.min(1, Math.max(value / openAt, (steady[row] as number) / steadyAt)), 0);
  const usual = Math.max(LEAST_REACHED, habit / Math.max(1, fast.length));
  return {
    openAt,
    steadyAt,
    openEvidence: -Math.log10(rare),
    memoryFactor: Math.max(constants.memoryFactor, (constants.habitFactor * (1 - heaviness)) / usual),
  };
};
