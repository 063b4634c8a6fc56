import { BINS, binOf, E, type EnsembleState, edgeOf, HISTOGRAM, V, VARIANCES } from './state.ts';

/** The sum of a histogram's counts is brought back to a small one beyond this. */
const LARGEST_COUNT = 1e9;

/** Quantiles of the residual in scales, at `out[to...]`: those of the histogram, corrected by what coverage was short of. */
export const writeTails = (state: EnsembleState, anchor: number, out: Float64Array, to: number): void => {
  const { histograms, corrections, options } = state;
  const { levels } = options;
  const start = anchor * HISTOGRAM;
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
    out[to + i] = left + share * (edgeOf(bin + 1) - left) + corrections[(anchor * levels.length + i) * 2]!;
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

/**
 * Learns from an outcome. A quantile whose outcomes fall below it more or less often than its level is moved until they do:
 * adaptive conformal inference (Gibbs and Candes 2021), on the quantile instead of the level, so that it stays finite.
 */
export const learnTails = (state: EnsembleState, anchor: number, value: number, at: number, keep: number): void => {
  const { memory, histograms, corrections, variances, options, constants } = state;
  const { levels } = options;
  const scales = (value - memory[at + E.mean]!) / memory[at + E.scale]!;
  learnHistogram(histograms, anchor * HISTOGRAM, scales, keep);
  const outcomes = variances[anchor * VARIANCES + V.count]!;
  for (let i = 0; i < levels.length; i += 1) {
    const level = levels[i]!;
    const cell = (anchor * levels.length + i) * 2;
    const below = scales <= memory[at + E.tails + i]! ? 1 : 0;
    // Farther out a scale is worth fewer outcomes: steps grow with the logarithm of the tail.
    const gain = constants.coverageGain * (constants.coverageMiddle - Math.log(4 * level * (1 - level)));
    const moved = (1 - constants.coverageLeak) * corrections[cell]! + gain * (level - below);
    corrections[cell] = Math.min(constants.coverageMost, Math.max(-constants.coverageMost, moved));
    corrections[cell + 1] = corrections[cell + 1]! + Math.max(1 / (outcomes + 1), 1 - keep) * (below - corrections[cell + 1]!);
  }
};
