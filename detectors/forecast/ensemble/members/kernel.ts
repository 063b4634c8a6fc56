import { scaleOf, writeExperts, writeFeatures, writeWeights } from '../kernel.ts';
import {
  BINS,
  binOf,
  E,
  type EnsembleState,
  EXPERTS,
  edgeOf,
  FITS,
  HISTOGRAM,
  MEMBERS,
  PERSISTING,
  REPEATING,
  S,
  SCALED,
  V,
  VARIANCES,
} from '../state.ts';

/** The sum of a histogram's counts is brought back to a small one beyond this. */
const LARGEST_COUNT = 1e9;
/** An error smaller than this share of the load is none. */
const LEAST_ERROR = 1e-6;

/** Quantiles of a histogram at `out[to...]`, in scales, linear within bins. */
const writeTails = (histograms: Float64Array, start: number, levels: readonly number[], out: Float64Array, to: number): void => {
  const total = histograms[start + BINS]!;
  let below = 0;
  let bin = 0;
  for (let i = 0; i < levels.length; i += 1) {
    const wanted = levels[i]! * total;
    while (bin < BINS - 1 && below + histograms[start + bin]! < wanted) {
      below += histograms[start + bin]!;
      bin += 1;
    }
    const count = histograms[start + bin]!;
    const share = count > 0 ? Math.min(1, Math.max(0, (wanted - below) / count)) : 0.5;
    const left = edgeOf(bin);
    out[to + i] = left + share * (edgeOf(bin + 1) - left);
  }
};

/** Where the quantiles that were said begin in a remembered forecast. */
const saidAt = (state: EnsembleState): number => E.quantiles + MEMBERS * state.options.levels.length;

/**
 * Writes what is said now of `target`, with the law of the anchors on both sides, as a remembered forecast at `out[at...]`.
 * Each member has quantiles around its own middle; at each level they are averaged by weights that follow their losses.
 */
export const writeForecast = (
  state: EnsembleState,
  target: number,
  lower: number,
  upper: number,
  share: number,
  out: Float64Array,
  at: number,
): void => {
  const { losses, constants, options } = state;
  const base = writeFeatures(state, target, out, at + E.features);
  out[at + E.base] = base;
  writeExperts(state, base, out, at + E.features, lower, upper, share, out, at + E.experts);
  const weights = new Float64Array(2 * EXPERTS);
  writeWeights(losses, lower * EXPERTS, 1, EXPERTS, constants.weightSharpness, weights, 0);
  writeWeights(losses, upper * EXPERTS, 1, EXPERTS, constants.weightSharpness, weights, EXPERTS);
  let mean = 0;
  for (let i = 0; i < EXPERTS; i += 1) mean += ((1 - share) * weights[i]! + share * weights[EXPERTS + i]!) * out[at + E.experts + i]!;
  for (let member = 0; member < MEMBERS; member += 1) out[at + E.centers + member] = mean;
  out[at + E.centers + PERSISTING] = out[at + E.experts + FITS + 1]!;
  out[at + E.centers + REPEATING] = out[at + E.experts + FITS]!;
  const said = at + saidAt(state);
  out.fill(0, said, said + options.levels.length);
  addQuantiles(state, target, lower, upper, share, lower, 1 - share, out, at);
  if (share > 0) addQuantiles(state, target, lower, upper, share, upper, share, out, at);
};

/** Adds `part` of what one anchor's tails say to the quantiles that are said. */
const addQuantiles = (
  state: EnsembleState,
  target: number,
  lower: number,
  upper: number,
  share: number,
  anchor: number,
  part: number,
  out: Float64Array,
  at: number,
): void => {
  const { histograms, corrections, memberLosses, memberErrors, options, constants, scalars } = state;
  const { levels } = options;
  const count = levels.length;
  const mean = out[at + E.centers]!;
  for (let member = 0; member < MEMBERS; member += 1) {
    const scale =
      member === SCALED
        ? scaleOf(state, mean, target, lower, upper, share)
        : Math.max(memberErrors[anchor * MEMBERS + member]!, LEAST_ERROR * scalars[S.levels]!, Number.MIN_VALUE / LEAST_ERROR);
    out[at + E.scales + member] = scale;
    const to = at + E.quantiles + member * count;
    writeTails(histograms, (anchor * MEMBERS + member) * HISTOGRAM, levels, out, to);
    for (let i = 0; i < count; i += 1) out[to + i] = out[at + E.centers + member]! + scale * out[to + i]!;
  }
  const weights = new Float64Array(MEMBERS);
  const said = at + saidAt(state);
  for (let i = 0; i < count; i += 1) {
    writeWeights(memberLosses, anchor * MEMBERS * count + i, count, MEMBERS, constants.memberSharpness, weights, 0);
    const correction = corrections[(anchor * count + i) * 2]!;
    let value = 0;
    for (let member = 0; member < MEMBERS; member += 1)
      value += weights[member]! * (out[at + E.quantiles + member * count + i]! + correction * out[at + E.scales + member]!);
    out[said + i] = out[said + i]! + part * value;
  }
};

/** Copies the quantiles that a forecast at `from[at...]` says: not negative, ascending, and whole where loads are small counts. */
export const readQuantiles = (state: EnsembleState, from: Float64Array, at: number, out: Float64Array): void => {
  const counts = state.scalars[S.fractional] === 0 && from[at + E.scales]! < state.constants.countedBelow;
  const said = at + saidAt(state);
  let previous = 0;
  for (let i = 0; i < out.length; i += 1) {
    const value = from[said + i]!;
    // Quantiles of counts are counts: between 0 and 1 that is the difference between "never" and "always". Farther apart it only
    // makes intervals wider than they say.
    previous = Math.max(previous, counts ? Math.round(value) : value);
    out[i] = previous;
  }
};

const learnHistogram = (histograms: Float64Array, start: number, scales: number, keep: number): void => {
  // Forgetting, turned round: instead of every bin shrinking, each newcomer counts for more.
  const count = histograms[start + BINS + 1]!;
  const bin = start + binOf(scales);
  histograms[bin] = histograms[bin]! + count;
  histograms[start + BINS] = histograms[start + BINS]! + count;
  histograms[start + BINS + 1] = count / keep;
  if (count > LARGEST_COUNT) for (let i = 0; i < HISTOGRAM; i += 1) histograms[start + i] = histograms[start + i]! / count;
};

/** Learns from an outcome what each member is wrong by, and how much it lost at each level. */
export const learnMembers = (
  state: EnsembleState,
  anchor: number,
  value: number,
  at: number,
  keep: number,
  keepLoss: number,
  keepError: number,
): void => {
  const { memory, histograms, memberLosses, memberErrors, variances, options, constants } = state;
  const { levels } = options;
  const outcomes = variances[anchor * VARIANCES + V.count]!;
  const gain = Math.max(1 - keepLoss, 1 / (outcomes + 1));
  const most = constants.lossMost * memory[at + E.scales]!;
  for (let member = 0; member < MEMBERS; member += 1) {
    const error = value - memory[at + E.centers + member]!;
    learnHistogram(histograms, (anchor * MEMBERS + member) * HISTOGRAM, error / memory[at + E.scales + member]!, keep);
    const cell = anchor * MEMBERS + member;
    memberErrors[cell] = memberErrors[cell]! + Math.max(1 - keepError, 1 / (outcomes + 1)) * (Math.abs(error) - memberErrors[cell]!);
    for (let i = 0; i < levels.length; i += 1) {
      const short = value - memory[at + E.quantiles + member * levels.length + i]!;
      const loss = Math.min(most, short >= 0 ? levels[i]! * short : (levels[i]! - 1) * short);
      memberLosses[cell * levels.length + i] =
        memberLosses[cell * levels.length + i]! + gain * (loss - memberLosses[cell * levels.length + i]!);
    }
  }
};

/**
 * Learns from an outcome whether quantiles hold. One whose outcomes fall below it more or less often than its level is moved
 * until they do: adaptive conformal inference (Gibbs and Candes 2021), on the quantile instead of the level, so that it
 * stays finite.
 */
export const learnCoverage = (state: EnsembleState, anchor: number, value: number, at: number, keep: number): void => {
  const { memory, corrections, variances, options, constants } = state;
  const { levels } = options;
  const said = at + saidAt(state);
  const outcomes = variances[anchor * VARIANCES + V.count]!;
  for (let i = 0; i < levels.length; i += 1) {
    const level = levels[i]!;
    const cell = (anchor * levels.length + i) * 2;
    const below = value <= memory[said + i]! ? 1 : 0;
    // Farther out a scale is worth fewer outcomes: steps grow with the logarithm of the tail.
    const gain = constants.coverageGain * (constants.coverageMiddle - Math.log(4 * level * (1 - level)));
    const moved = (1 - constants.coverageLeak) * corrections[cell]! + gain * (level - below);
    corrections[cell] = Math.min(constants.coverageMost, Math.max(-constants.coverageMost, moved));
    corrections[cell + 1] = corrections[cell + 1]! + Math.max(1 / (outcomes + 1), 1 - keep) * (below - corrections[cell + 1]!);
  }
};
