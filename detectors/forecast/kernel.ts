import { clamp } from '../../core/math.ts';
import { ANCHORS, FEATURES, FIT, type ForecasterState, S, SPREAD, SPREAD_SLOTS } from './state.ts';

/** Mean load of a bin, NaN when absent, in the future or forgotten. */
export const binAt = (state: ForecasterState, bin: number): number => {
  const { scalars, history } = state;
  const newest = scalars[S.binIndex]!;
  if (bin > newest || bin <= newest - history.length || bin < 0) return Number.NaN;
  return history[bin % history.length]!;
};

/** The season's own opinion of a bin: its predecessors one, two, ... seasons before, the newer the weightier. NaN when none is known. */
const profileAt = (state: ForecasterState, bin: number, season: number, halfWidth: number): number => {
  let sum = 0;
  let weights = 0;
  const newest = state.scalars[S.binIndex]!;
  const oldest = newest - state.history.length;
  let weight = 1;
  // The bin being filled just now is not yet a past season's.
  for (let back = bin - season; back > oldest; back -= season) {
    if (back + halfWidth >= newest) continue;
    for (let i = -halfWidth; i <= halfWidth; i += 1) {
      const value = binAt(state, back + i);
      if (!Number.isNaN(value)) {
        sum += weight * value;
        weights += weight;
      }
    }
    weight *= 0.65;
  }
  return weights > 0 ? sum / weights : Number.NaN;
};

const lastSeasonAt = (state: ForecasterState, bin: number, lag: number): number => {
  let sum = 0;
  let n = 0;
  for (let i = -1; i <= 1; i += 1) {
    const value = binAt(state, bin - lag + i);
    if (!Number.isNaN(value)) {
      sum += value;
      n += 1;
    }
  }
  return n > 0 ? sum / n : Number.NaN;
};

/** What the profile says of one step, for the running ratio of today to the season. */
export const profileOfStep = (state: ForecasterState, step: number): number => {
  const season = state.scalars[S.season]!;
  return season === 0 ? Number.NaN : profileAt(state, Math.floor(step / state.binSteps), season, 1);
};

/**
 * Writes base and features of a forecast for `target`, made with what is known now, at `out[at...]`. Features are
 * differences from the base, so that no weight at all is persistence.
 */
export const writeFeatures = (state: ForecasterState, target: number, out: Float64Array, at: number): number => {
  const { scalars, binSteps, options } = state;
  const base = scalars[S.fast]!;
  out[at] = scalars[S.latest]! - base;
  out[at + 1] = scalars[S.medium]! - base;
  out[at + 2] = scalars[S.slow]! - base;
  out[at + 3] = 0;
  out[at + 4] = 0;
  out[at + 5] = 0;
  out[at + 6] = 0;
  const season = scalars[S.season]!;
  if (season === 0) return base;
  const origin = Math.floor(scalars[S.lastObserved]! / binSteps);
  const bin = Math.floor(target / binSteps);
  const wide = season >= 96 ? 2 : 1;
  const there = profileAt(state, bin, season, wide);
  const here = profileAt(state, origin, season, wide);
  const ratio = scalars[S.slowProfile]! > 0 ? clamp(scalars[S.slow]! / scalars[S.slowProfile]!, 0.25, 4) : 1;
  if (!Number.isNaN(there) && !Number.isNaN(here)) {
    out[at + 3] = ratio * (there - here);
    out[at + 5] = ratio * there - base;
    out[at + 6] = there - base;
  }
  const day = Math.round(options.scale.dayLengthMs / options.scale.stepMs / binSteps);
  const lag = Math.min(day, season);
  const before = lastSeasonAt(state, bin, lag) - lastSeasonAt(state, origin, lag);
  if (!Number.isNaN(before)) out[at + 4] = before;
  return base;
};

/** Anchors on both sides of a horizon and the weight of the upper one. */
export const anchorsOf = (horizon: number): { readonly lower: number; readonly upper: number; readonly share: number } => {
  let upper = 0;
  while (upper < ANCHORS.length - 1 && ANCHORS[upper]! < horizon) upper += 1;
  const lower = Math.max(0, ANCHORS[upper]! <= horizon ? upper : upper - 1);
  const span = ANCHORS[upper]! - ANCHORS[lower]!;
  return { lower, upper, share: span === 0 ? 0 : (horizon - ANCHORS[lower]!) / span };
};

/** Mean of a forecast from its features; bounded by what was ever seen and by what the last steps make thinkable. */
export const meanOf = (
  state: ForecasterState,
  base: number,
  features: Float64Array,
  at: number,
  lower: number,
  upper: number,
  share: number,
): number => {
  const { fits, scalars } = state;
  let mean = base;
  for (let i = 0; i < FEATURES; i += 1) {
    const offset = FEATURES * FEATURES + FEATURES + i;
    mean += features[at + i]! * ((1 - share) * fits[lower * FIT + offset]! + share * fits[upper * FIT + offset]!);
  }
  const most = Math.max(4 * Math.max(base, scalars[S.medium]!), 1.5 * scalars[S.largest]!);
  const least = 0.1 * Math.min(base, scalars[S.slow]!);
  return clamp(mean, least, most);
};

export const slotOf = (state: ForecasterState, target: number): number => {
  const season = state.scalars[S.season]! * state.binSteps;
  return season === 0 ? 0 : Math.floor(((target % season) / season) * SPREAD_SLOTS);
};

const excessOf = (state: ForecasterState, anchor: number, slot: number): number => {
  const at = anchor * SPREAD;
  const { spreads, scalars } = state;
  const long = spreads[at]!;
  const recent = spreads[at + 1]!;
  const slotted = scalars[S.season] === 0 ? long : spreads[at + 3 + slot]!;
  return 0.3 * Math.max(0, long) + 0.4 * Math.max(0, recent) + 0.3 * Math.max(0, slotted);
};

/** A load this size or larger carries the scale: nothing near zero may look exact. */
export const sizeOf = (state: ForecasterState, mean: number): number =>
  Math.max(mean, 0.1 * state.scalars[S.slow]!, 1_000 / state.options.scale.stepMs);

/** Standard deviation: the Poisson part of one step's count, and a bounded relative excess. */
export const scaleOf = (state: ForecasterState, mean: number, target: number, lower: number, upper: number, share: number): number => {
  const slot = slotOf(state, target);
  const excess = (1 - share) * excessOf(state, lower, slot) + share * excessOf(state, upper, slot);
  const size = sizeOf(state, mean);
  return Math.sqrt((size * 1_000) / state.options.scale.stepMs + size * size * Math.max(1e-6, excess));
};
