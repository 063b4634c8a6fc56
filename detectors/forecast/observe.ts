import { stepsPerDay } from '../../core/time.ts';
import { meanOf, profileOfStep, scaleOf, sizeOf, slotOf, writeFeatures } from './kernel.ts';
import { solveRidge } from './ridge.ts';
import { discoverSeason } from './season.ts';
import {
  ANCHORS,
  ENTRY,
  FEATURES,
  FIT,
  type ForecasterState,
  MEMORY_START,
  PRIOR_SEASONAL,
  PRIOR_WEIGHT,
  resetLearning,
  S,
  SPREAD,
} from './state.ts';

const FAST_GAIN = 0.5;
const MEDIUM_GAIN = 0.2;
const SLOW_GAIN = 0.05;
/** Recent excess variance has a half-life of twenty steps. */
const RECENT_GAIN = 0.034;
/** Squared errors count at most nine variances, and a relative excess at most four: every scale is bounded. */
const SQUARE_CAP = 9;
const EXCESS_CAP = 4;

/**
 * Learns one step of load. NaN, or a step left out, is a gap: nothing is learned from it and it is never a zero.
 * Steps come in order; one that was already seen changes nothing.
 */
export const observeLoad = (state: ForecasterState, stepIndex: number, value: number): void => {
  const { scalars } = state;
  if (stepIndex <= scalars[S.now]!) return;
  const observed = Number.isFinite(value) && value >= 0;
  const first = scalars[S.observations] === 0;
  if (first && !observed) return;
  if (!first) maybeDiscover(state, stepIndex);
  if (observed && !first) learnOutcomes(state, stepIndex, value);
  scalars[S.now] = stepIndex;
  if (!observed) {
    advanceBins(state, stepIndex);
    return;
  }
  learnLevels(state, stepIndex, value, first);
  rememberForecasts(state, stepIndex);
};

const advanceBins = (state: ForecasterState, stepIndex: number): void => {
  const { scalars, history, binSteps } = state;
  const bin = Math.floor(stepIndex / binSteps);
  const previous = scalars[S.binIndex]!;
  if (bin <= previous) return;
  for (let k = Math.max(previous + 1, bin - history.length + 1); k <= bin; k += 1) history[k % history.length] = Number.NaN;
  scalars[S.binIndex] = bin;
  scalars[S.binSum] = 0;
  scalars[S.binCount] = 0;
};

const learnLevels = (state: ForecasterState, stepIndex: number, value: number, first: boolean): void => {
  const { scalars, history, binSteps, options } = state;
  if (first) {
    scalars[S.binIndex] = Math.floor(stepIndex / binSteps);
    for (const level of [S.fast, S.medium, S.slow, S.largest]) scalars[level] = value;
  }
  advanceBins(state, stepIndex);
  const profile = profileOfStep(state, stepIndex);
  scalars[S.binSum] = scalars[S.binSum]! + value;
  scalars[S.binCount] = scalars[S.binCount]! + 1;
  history[scalars[S.binIndex]! % history.length] = scalars[S.binSum]! / scalars[S.binCount]!;
  const age = first ? 1 : stepIndex - scalars[S.lastObserved]!;
  // After a gap the levels are old: the first values count for more.
  const gain = (g: number): number => (age <= 1 ? g : 1 - Math.exp(Math.min(40, age) * Math.log(1 - g)));
  scalars[S.fast] = scalars[S.fast]! + gain(FAST_GAIN) * (value - scalars[S.fast]!);
  scalars[S.medium] = scalars[S.medium]! + gain(MEDIUM_GAIN) * (value - scalars[S.medium]!);
  const slow = gain(SLOW_GAIN);
  scalars[S.slow] = scalars[S.slow]! + slow * (value - scalars[S.slow]!);
  if (Number.isFinite(profile)) {
    const before = scalars[S.slowProfile]!;
    scalars[S.slowProfile] = before === 0 ? profile : before + slow * (profile - before);
  }
  scalars[S.latest] = value;
  // The largest load fades with a half-life of a week, so that one burst does not widen the bound for ever.
  const fade = Math.exp(-Math.LN2 / (7 * stepsPerDay(options.scale)));
  scalars[S.largest] = Math.max(scalars[S.medium]!, scalars[S.largest]! * fade);
  scalars[S.lastObserved] = stepIndex;
  scalars[S.observations] = scalars[S.observations]! + 1;
};

const rememberForecasts = (state: ForecasterState, stepIndex: number): void => {
  const { memory } = state;
  ANCHORS.forEach((horizon, a) => {
    const at = (MEMORY_START[a]! + (stepIndex % horizon)) * ENTRY;
    const base = writeFeatures(state, stepIndex + horizon, memory, at + 4);
    const mean = meanOf(state, base, memory, at + 4, a, a, 0);
    memory[at] = stepIndex;
    memory[at + 1] = mean;
    memory[at + 2] = scaleOf(state, mean, stepIndex + horizon, a, a, 0);
    memory[at + 3] = base;
  });
};

const learnOutcomes = (state: ForecasterState, stepIndex: number, value: number): void => {
  const { memory, scalars, options } = state;
  const perDay = stepsPerDay(options.scale);
  const keep = Math.exp(-Math.LN2 / (2 * perDay));
  const solveEvery = Math.max(1, Math.round(perDay / 120));
  scalars[S.sinceSolve] = scalars[S.sinceSolve]! + 1;
  const solve = scalars[S.sinceSolve]! >= solveEvery;
  if (solve) scalars[S.sinceSolve] = 0;
  ANCHORS.forEach((horizon, a) => {
    const at = (MEMORY_START[a]! + (stepIndex % horizon)) * ENTRY;
    if (memory[at] !== stepIndex - horizon) return;
    learnTail(state, a, value, memory[at + 1]!, memory[at + 2]!, keep);
    learnSpread(state, a, stepIndex, value, memory[at + 1]!, memory[at + 2]!, keep);
    learnFit(state, a, value, at, keep);
    if (solve) solveRidge(state.fits, a * FIT, FEATURES, PRIOR_WEIGHT, scalars[S.season] === 0 ? undefined : PRIOR_SEASONAL);
  });
};

/** Quantile tracking on the standardized residual: up by the level, down by the rest, so that the share below settles at the level. */
const learnTail = (state: ForecasterState, anchor: number, value: number, mean: number, scale: number, keep: number): void => {
  const { tails, spreads, options } = state;
  const u = (value - mean) / scale;
  const count = spreads[anchor * SPREAD + 2]! + 1;
  const gain = Math.max(0.04, 1 / (count + 4));
  const coverageGain = Math.max(1 / count, 1 - keep);
  options.levels.forEach((level, i) => {
    const at = (anchor * options.levels.length + i) * 2;
    const below = u <= tails[at]! ? 1 : 0;
    tails[at] = Math.min(12, Math.max(-12, tails[at]! + gain * (level - below)));
    tails[at + 1] = tails[at + 1]! + coverageGain * (below - tails[at + 1]!);
  });
};

const learnSpread = (
  state: ForecasterState,
  anchor: number,
  step: number,
  value: number,
  mean: number,
  scale: number,
  keep: number,
): void => {
  const { spreads, options } = state;
  const at = anchor * SPREAD;
  const size = sizeOf(state, mean);
  const error = value - mean;
  const square = Math.min(error * error, SQUARE_CAP * scale * scale);
  const excess = Math.min(EXCESS_CAP, (square - (size * 1_000) / options.scale.stepMs) / (size * size));
  const count = spreads[at + 2]! + 1;
  spreads[at + 2] = count;
  spreads[at] = spreads[at]! + Math.max(1 / (count + 10), 1 - keep) * (excess - spreads[at]!);
  spreads[at + 1] = spreads[at + 1]! + RECENT_GAIN * (excess - spreads[at + 1]!);
  const slot = at + 3 + slotOf(state, step);
  spreads[slot] = spreads[slot]! + 0.06 * (excess - spreads[slot]!);
};

const learnFit = (state: ForecasterState, anchor: number, value: number, at: number, keep: number): void => {
  const { fits, memory } = state;
  const scale = memory[at + 2]!;
  const weight = 1 / (scale * scale);
  const base = memory[at + 3]!;
  const residual = value - memory[at + 1]!;
  // Bounded influence: an outcome pulls the fit at most three scales.
  const bounded = Math.min(3 * scale, Math.max(-3 * scale, residual));
  const d = memory[at + 1]! + bounded - base;
  const start = anchor * FIT;
  for (let i = 0; i < FEATURES; i += 1) {
    const xi = memory[at + 4 + i]! * weight;
    for (let j = 0; j < FEATURES; j += 1) {
      const cell = start + i * FEATURES + j;
      fits[cell] = keep * fits[cell]! + xi * memory[at + 4 + j]!;
    }
    const right = start + FEATURES * FEATURES + i;
    fits[right] = keep * fits[right]! + xi * d;
  }
};

/** Four times a day the history is asked for its season; a first or another one starts the fits from their prior. */
const maybeDiscover = (state: ForecasterState, stepIndex: number): void => {
  const { scalars, options, history, binSteps } = state;
  const quarter = Math.max(1, Math.round(stepsPerDay(options.scale) / 4));
  if (Math.floor(stepIndex / quarter) === Math.floor(scalars[S.now]! / quarter)) return;
  const newest = scalars[S.binIndex]!;
  const filled = Math.min(history.length - 1, newest + 1);
  const values = new Float64Array(filled);
  for (let i = 0; i < filled; i += 1) values[i] = history[(newest - filled + i) % history.length] ?? Number.NaN;
  let start = 0;
  while (start < filled && !Number.isFinite(values[start])) start += 1;
  const season = discoverSeason(
    values.subarray(start),
    { stepMs: options.scale.stepMs * binSteps, dayLengthMs: options.scale.dayLengthMs },
    scalars[S.season],
  );
  // A season once found is kept until another is found: one odd day is no reason to forget it.
  if (season === 0 || season === scalars[S.season]) return;
  scalars[S.season] = season;
  scalars[S.slowProfile] = 0;
  resetLearning(state, true);
};
