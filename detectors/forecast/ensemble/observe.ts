import { solveRidge } from '../ridge.ts';
import { learnOctave, profileAround, sizeOf, slotOf } from './kernel.ts';
import { learnCoverage, learnMembers, writeForecast } from './members/kernel.ts';
import {
  E,
  type EnsembleState,
  EXPERTS,
  FEATURES,
  FIT,
  FITS,
  LEVEL_FEATURES,
  LEVEL_FIT,
  LEVELS,
  S,
  SHORT_FIT,
  SLOTS,
  SLOW,
  V,
  VARIANCES,
} from './state.ts';

/** Steps of absence after which everything before is as old as it can be. */
const OLDEST_STEPS = 1_000;

/** What is larger is a broken counter and no load: its square would not be a number. */
const LARGEST_LOAD = 1e30;

/**
 * Learns one step of load. NaN, or a step left out, is a gap: nothing is learned from it and it is never a zero.
 * Steps come in order; one that was already seen changes nothing.
 */
export const observeEnsemble = (state: EnsembleState, step: number, value: number): void => {
  const { scalars } = state;
  if (step <= scalars[S.now]!) return;
  const observed = value >= 0 && value <= LARGEST_LOAD;
  const first = scalars[S.observations] === 0;
  if (first && !observed) return;
  if (observed && !first) learnOutcomes(state, step, value);
  scalars[S.now] = step;
  if (!observed) {
    advanceBins(state, step);
    return;
  }
  learnLevels(state, step, value, first);
  rememberForecasts(state, step);
};

const advanceBins = (state: EnsembleState, step: number): void => {
  const { scalars, history, shape } = state;
  const bin = Math.floor(step / shape.binSteps);
  const previous = scalars[S.binIndex]!;
  if (bin <= previous) return;
  if (scalars[S.binCount]! > 0) {
    const mean = scalars[S.binSum]! / scalars[S.binCount]!;
    learnProfile(state, previous % shape.binsPerDay, mean);
    learnHour(state, previous % shape.binsPerHour, mean);
  }
  for (let k = Math.max(previous + 1, bin - history.length + 1); k <= bin; k += 1) history[k % history.length] = Number.NaN;
  scalars[S.binIndex] = bin;
  scalars[S.binSum] = 0;
  scalars[S.binCount] = 0;
};

const learnProfile = (state: EnsembleState, bin: number, mean: number): void => {
  const { profile, scalars, constants, shape } = state;
  const before = profile[bin]!;
  if (Number.isNaN(before)) {
    profile[bin] = mean;
    return;
  }
  const usual = scalars[S.usualError]!;
  // Bounded influence: a day on which the service was down must not be expected of tomorrow.
  const most = usual > 0 ? constants.oddDays * usual : Number.POSITIVE_INFINITY;
  const moved = Math.min(most, Math.max(-most, mean - before));
  profile[bin] = before + constants.profileGain * moved;
  scalars[S.usualError] = usual === 0 ? Math.abs(moved) : usual + (Math.abs(moved) - usual) / (constants.usualDays * shape.binsPerDay);
};

const learnHour = (state: EnsembleState, bin: number, mean: number): void => {
  const { hourly, scalars, constants } = state;
  const level = scalars[S.levels + SLOW]!;
  if (hourly.length < 2 || !(level > 0)) return;
  const relative = Math.min(constants.hourMost, (mean - level) / level);
  hourly[bin] = hourly[bin]! + constants.hourGain * (relative - hourly[bin]!);
};

const learnLevels = (state: EnsembleState, step: number, value: number, first: boolean): void => {
  const { scalars, history, shape } = state;
  const bin = Math.floor(step / shape.binSteps);
  if (first) {
    scalars[S.binIndex] = bin;
    scalars.fill(value, S.levels, S.levels + LEVELS);
  }
  const usual = profileAround(state, bin % shape.binsPerDay, shape.narrow);
  advanceBins(state, step);
  scalars[S.binSum] = scalars[S.binSum]! + value;
  scalars[S.binCount] = scalars[S.binCount]! + 1;
  history[scalars[S.binIndex]! % history.length] = scalars[S.binSum]! / scalars[S.binCount]!;
  // After a gap the levels are old: the first values count for more.
  const age = first ? 1 : Math.min(OLDEST_STEPS, step - scalars[S.lastObserved]!);
  for (let i = 0; i < LEVELS; i += 1) {
    const gain = age <= 1 ? shape.gains[i]! : 1 - Math.exp(age * Math.log(1 - shape.gains[i]!));
    scalars[S.levels + i] = scalars[S.levels + i]! + gain * (value - scalars[S.levels + i]!);
  }
  if (Number.isFinite(usual)) {
    const before = scalars[S.profileLevel]!;
    scalars[S.profileLevel] = before === 0 ? usual : before + shape.gains[SLOW]! * (usual - before);
  }
  scalars[S.latest] = value;
  if (value !== Math.floor(value)) scalars[S.fractional] = 1;
  scalars[S.lastObserved] = step;
  scalars[S.observations] = scalars[S.observations]! + 1;
};

const rememberForecasts = (state: EnsembleState, step: number): void => {
  const { memory, options, shape } = state;
  options.anchors.forEach((horizon, a) => {
    const at = (shape.memoryStart[a]! + (step % horizon)) * shape.entry;
    memory[at + E.step] = step;
    writeForecast(state, step + horizon, a, a, 0, memory, at);
  });
};

const learnOutcomes = (state: EnsembleState, step: number, value: number): void => {
  const { memory, scalars, options, shape, constants } = state;
  const keep = (days: number): number => Math.exp(-Math.LN2 / (days * shape.perDay));
  const keepTails = keep(constants.tailDays);
  const keepVariance = keep(constants.longDays);
  const keepWeights = keep(constants.weightDays);
  const keepErrors = keep(constants.errorDays);
  const keepFits = keep(constants.fitDays);
  const keepShort = keep(constants.shortFitDays);
  scalars[S.sinceSolve] = scalars[S.sinceSolve]! + 1;
  const solve = scalars[S.sinceSolve]! >= Math.max(1, Math.round(shape.perDay / constants.solvesPerDay));
  if (solve) scalars[S.sinceSolve] = 0;
  options.anchors.forEach((horizon, a) => {
    const at = (shape.memoryStart[a]! + (step % horizon)) * shape.entry;
    if (memory[at + E.step] !== step - horizon) return;
    learnMembers(state, a, value, at, keepTails, keepWeights, keepErrors);
    learnCoverage(state, a, value, at, keepTails);
    learnVariance(state, a, step, value, at, keepVariance);
    learnWeights(state, a, value, at, keepWeights);
    for (let fit = 0; fit < FITS; fit += 1) {
      learnFit(state, a, fit, value, at, fit === SHORT_FIT ? keepShort : keepFits);
      if (solve) solveRidge(state.fits, (a * FITS + fit) * FIT, FEATURES, constants.ridge, undefined);
    }
  });
};

const learnVariance = (state: EnsembleState, anchor: number, step: number, value: number, at: number, keep: number): void => {
  const { memory, variances, constants, shape } = state;
  const start = anchor * VARIANCES;
  const mean = memory[at + E.centers]!;
  const scale = memory[at + E.scales]!;
  const size = sizeOf(state, mean);
  const square = Math.min((value - mean) * (value - mean), constants.squareMost * scale * scale);
  const relative = Math.min(constants.relativeMost, square / (size * size));
  const count = variances[start + V.count]! + 1;
  variances[start + V.count] = count;
  variances[start + V.long] = variances[start + V.long]! + Math.max(1 / (count + 10), 1 - keep) * (relative - variances[start + V.long]!);
  variances[start + V.recent] =
    variances[start + V.recent]! + (relative - variances[start + V.recent]!) / Math.max(1, constants.recentSteps);
  const slot = start + V.slots + slotOf(state, step);
  variances[slot] = variances[slot]! + (constants.slotGain / Math.max(1, shape.perDay / SLOTS)) * (relative - variances[slot]!);
  learnOctave(state, anchor, size, relative, keep);
};

const learnWeights = (state: EnsembleState, anchor: number, value: number, at: number, keep: number): void => {
  const { memory, losses, variances, constants } = state;
  const gain = Math.max(1 - keep, 1 / (variances[anchor * VARIANCES + V.count]! + 1));
  for (let i = 0; i < EXPERTS; i += 1) {
    const loss = Math.min(constants.lossMost, Math.abs(value - memory[at + E.experts + i]!) / memory[at + E.scales]!);
    const cell = anchor * EXPERTS + i;
    losses[cell] = losses[cell]! + gain * (loss - losses[cell]!);
  }
};

const learnFit = (state: EnsembleState, anchor: number, fit: number, value: number, at: number, keep: number): void => {
  const { fits, memory, constants } = state;
  const scale = memory[at + E.scales]!;
  const weight = 1 / (scale * scale);
  const said = memory[at + E.experts + fit]!;
  // Bounded influence: an outcome pulls the fit by a few scales at most.
  const most = constants.residualClip * scale;
  const wanted = said + Math.min(most, Math.max(-most, value - said)) - memory[at + E.base]!;
  const start = (anchor * FITS + fit) * FIT;
  const used = fit === LEVEL_FIT ? LEVEL_FEATURES : FEATURES;
  for (let i = 0; i < used; i += 1) {
    const weighted = memory[at + E.features + i]! * weight;
    for (let j = 0; j < used; j += 1) {
      const cell = start + i * FEATURES + j;
      fits[cell] = keep * fits[cell]! + weighted * memory[at + E.features + j]!;
    }
    const right = start + FEATURES * FEATURES + i;
    fits[right] = keep * fits[right]! + weighted * wanted;
  }
};
