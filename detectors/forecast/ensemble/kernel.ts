import {
  BASE,
  type EnsembleState,
  FEATURES,
  FIT,
  FITS,
  LEVEL_FEATURES,
  OCTAVES,
  S,
  SLOTS,
  SLOW,
  SMOOTH,
  SOLUTION,
  V,
  VARIANCES,
} from './state.ts';

const binAt = (state: EnsembleState, bin: number): number => {
  const { scalars, history } = state;
  const newest = scalars[S.binIndex]!;
  if (bin > newest || bin <= newest - history.length || bin < 0) return Number.NaN;
  return history[bin % history.length]!;
};

/** Mean of the known bins around one of the past; NaN when none is known. */
const pastAround = (state: EnsembleState, bin: number, halfWidth: number): number => {
  let sum = 0;
  let n = 0;
  for (let i = -halfWidth; i <= halfWidth; i += 1) {
    const value = binAt(state, bin + i);
    if (Number.isNaN(value)) continue;
    sum += value;
    n += 1;
  }
  return n > 0 ? sum / n : Number.NaN;
};

/** Mean of the profile around a bin of the day; NaN when none of it is known. */
export const profileAround = (state: EnsembleState, bin: number, halfWidth: number): number => {
  const { profile } = state;
  const { binsPerDay } = state.shape;
  let sum = 0;
  let n = 0;
  for (let i = -halfWidth; i <= halfWidth; i += 1) {
    const value = profile[(bin + i + binsPerDay) % binsPerDay]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    n += 1;
  }
  return n > 0 ? sum / n : Number.NaN;
};

const within = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** The difference of two opinions, 0 where one of them is absent. */
const between = (there: number, here: number): number => (Number.isNaN(there - here) ? 0 : there - here);

/** Today's level over what the profile said of the same window. */
const ratioOf = (state: EnsembleState): number => {
  const { scalars, constants } = state;
  const usual = scalars[S.profileLevel]!;
  return usual > 0 ? within(scalars[S.levels + SLOW]! / usual, 1 / constants.ratioMost, constants.ratioMost) : 1;
};

/**
 * Writes the features of a forecast for `target`, made with what is known now, at `out[at...]`, and returns the base. All
 * are differences, in the unit of the load, from the base or between two times of a season: no weight at all is the base.
 */
export const writeFeatures = (state: EnsembleState, target: number, out: Float64Array, at: number): number => {
  const { scalars, shape, hourly, constants } = state;
  const { binSteps, binsPerDay, binsPerHour, wide, narrow, aroundYesterday } = shape;
  const base = scalars[S.levels + BASE]!;
  for (let i = 0; i < LEVEL_FEATURES; i += 1) out[at + i] = scalars[S.levels + i]! - base;
  // The base differs from itself by nothing: its place is the newest value's.
  out[at + BASE] = scalars[S.latest]! - base;
  const origin = Math.floor(scalars[S.lastObserved]! / binSteps);
  const bin = Math.floor(target / binSteps);
  const usual = profileAround(state, bin % binsPerDay, wide);
  const ratio = ratioOf(state);
  const fine = ratio * between(profileAround(state, bin % binsPerDay, narrow), profileAround(state, origin % binsPerDay, narrow));
  // A day that was an exception says little of today: its course is bounded around the usual one.
  const odd = constants.oddDays * scalars[S.usualError]!;
  const plausible = (past: number): number => (Number.isNaN(usual) || odd === 0 ? past : within(past, usual - odd, usual + odd));
  const yesterday = pastAround(state, bin - binsPerDay, aroundYesterday);
  const sinceYesterday = between(yesterday, pastAround(state, origin - binsPerDay, aroundYesterday));
  const lastWeek = pastAround(state, bin - 7 * binsPerDay, aroundYesterday);
  const sinceLastWeek = between(lastWeek, pastAround(state, origin - 7 * binsPerDay, aroundYesterday));
  const known = !Number.isNaN(lastWeek);
  out[at + 6] = ratio * between(usual, profileAround(state, origin % binsPerDay, wide));
  out[at + 7] = fine;
  out[at + 8] = Number.isNaN(yesterday) ? 0 : within(sinceYesterday, fine - odd, fine + odd);
  out[at + 9] = known ? within(sinceLastWeek, fine - odd, fine + odd) : 0;
  out[at + 10] = between(ratio * usual, base);
  out[at + 11] = between(usual, base);
  out[at + 12] = between(plausible(yesterday), base);
  out[at + 13] = between(plausible(lastWeek), base);
  out[at + 14] = (hourly[bin % binsPerHour]! - hourly[origin % binsPerHour]!) * scalars[S.levels + SMOOTH]!;
  return base;
};

/** What each expert says at `out[to...]`, bounded by what the present and the season make thinkable. */
export const writeExperts = (
  state: EnsembleState,
  base: number,
  features: Float64Array,
  at: number,
  lower: number,
  upper: number,
  share: number,
  out: Float64Array,
  to: number,
): void => {
  const { fits, scalars, constants } = state;
  const slow = scalars[S.levels + SLOW]!;
  const least = constants.meanLeast * Math.min(base, slow);
  const most = constants.meanMost * Math.max(base, slow, base + features[at + 10]!);
  for (let fit = 0; fit < FITS; fit += 1) {
    const a = (lower * FITS + fit) * FIT + SOLUTION;
    const b = (upper * FITS + fit) * FIT + SOLUTION;
    let mean = base;
    for (let i = 0; i < FEATURES; i += 1) mean += features[at + i]! * ((1 - share) * fits[a + i]! + share * fits[b + i]!);
    out[to + fit] = within(mean, least, most);
  }
  out[to + FITS] = base + features[at + 12]!;
  out[to + FITS + 1] = scalars[S.latest]!;
};

/** Weights of experts at `out[to...]`: the smaller a measured loss against the smallest one, the larger. */
export const writeWeights = (
  losses: Float64Array,
  at: number,
  stride: number,
  count: number,
  sharpness: number,
  out: Float64Array,
  to: number,
): void => {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i += 1) best = Math.min(best, losses[at + i * stride]!);
  let sum = 0;
  for (let i = 0; i < count; i += 1) {
    const loss = losses[at + i * stride]!;
    const weight = best > 0 ? Math.exp(-sharpness * (loss / best - 1)) : Number(loss === 0);
    out[to + i] = weight;
    sum += weight;
  }
  for (let i = 0; i < count; i += 1) out[to + i] = out[to + i]! / sum;
};

export const slotOf = (state: EnsembleState, target: number): number => {
  const { perDay } = state.shape;
  return Math.floor(((target % perDay) / perDay) * SLOTS);
};

/** The size of a load that its residuals are measured by. */
export const sizeOf = (state: EnsembleState, mean: number): number =>
  Math.max(mean, state.constants.sizeLeast * state.scalars[S.levels + LEVEL_FEATURES - 1]!, 1e-9);

/** A load of one in a thousand lies in the first cell, one of ten to the eleventh in the last. */
const octaveOf = (size: number): number => within(Math.log2(size) + 10, 0, OCTAVES - 2);

/** Relative variance of loads of this size over days: interpolated between octaves, and as of any size where those are new. */
const longVariance = (state: EnsembleState, anchor: number, size: number): number => {
  const { variances, constants } = state;
  const at = anchor * VARIANCES;
  const position = octaveOf(size);
  const cell = Math.floor(position);
  const below = (cell + 1 - position) * variances[at + V.octaveCounts + cell]!;
  const above = (position - cell) * variances[at + V.octaveCounts + cell + 1]!;
  const sum =
    below * variances[at + V.octaves + cell]! +
    above * variances[at + V.octaves + cell + 1]! +
    constants.sizePrior * variances[at + V.long]!;
  return sum / (below + above + constants.sizePrior);
};

export const learnOctave = (state: EnsembleState, anchor: number, size: number, relative: number, keep: number): void => {
  const { variances } = state;
  const cell = anchor * VARIANCES + Math.round(octaveOf(size));
  variances[cell + V.octaveCounts] = keep * variances[cell + V.octaveCounts]! + 1;
  variances[cell + V.octaves] =
    variances[cell + V.octaves]! + (relative - variances[cell + V.octaves]!) / variances[cell + V.octaveCounts]!;
};

const varianceOf = (state: EnsembleState, anchor: number, size: number, slot: number): number => {
  const { variances, constants } = state;
  const at = anchor * VARIANCES;
  return (
    constants.longShare * longVariance(state, anchor, size) +
    constants.recentShare * variances[at + V.recent]! +
    constants.slotShare * variances[at + V.slots + slot]!
  );
};

/** Standard deviation of what will come around a mean. */
export const scaleOf = (state: EnsembleState, mean: number, target: number, lower: number, upper: number, share: number): number => {
  const size = sizeOf(state, mean);
  const slot = slotOf(state, target);
  const relative = (1 - share) * varianceOf(state, lower, size, slot) + share * varianceOf(state, upper, size, slot);
  return size * Math.sqrt(Math.max(1e-10, relative));
};

/** Anchors on both sides of a horizon and the weight of the upper one. */
export const anchorsOf = (
  anchors: readonly number[],
  horizon: number,
): { readonly lower: number; readonly upper: number; readonly share: number } => {
  let upper = 0;
  while (upper < anchors.length - 1 && anchors[upper]! < horizon) upper += 1;
  const lower = Math.max(0, anchors[upper]! <= horizon ? upper : upper - 1);
  const span = anchors[upper]! - anchors[lower]!;
  return { lower, upper, share: span === 0 ? 0 : (horizon - anchors[lower]!) / span };
};
