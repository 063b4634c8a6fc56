import type { SubspaceConstants } from '../constants.ts';
import { createMemory, gainOf, type SubspaceMemory, steady } from '../kernel.ts';
import { selectQuantile } from './kernel.ts';
import { dailyPeaks } from './scale.ts';

/** Follows the steady deviation of each column through training. */
export interface SteadyFit {
  see(row: number, projected: SubspaceMemory): void;
  /** Usual daily peaks of the columns, inverted, and the largest deviation of each row in them. */
  finish(fastGain: Float64Array): { readonly gain: Float64Array; readonly series: Float64Array };
}

/** A usual daily peak below so many scales is that of a metric which hardly moves: any move would be infinitely odd. */
const LEAST_PEAK = 0.2;

export const createSteadyFit = (columns: number, day: Int32Array, stepSeconds: number, constants: SubspaceConstants): SteadyFit => {
  const memory = createMemory(columns, 0);
  const one = new Float64Array(columns).fill(1);
  const smoothing = gainOf(stepSeconds, constants.steadyHalfLife);
  const anchoring = gainOf(stepSeconds, constants.anchorHalfLife);
  const stood = new Float64Array(columns);
  const deviations = Array.from({ length: columns }, () => new Float64Array(day.length));
  return {
    see: (row, { entries, residual }) => {
      stood.set(memory.anchor);
      memory.entries.set(entries);
      memory.residual.set(residual);
      steady(one, memory, smoothing, anchoring);
      for (let column = 0; column < columns; column += 1)
        (deviations[column] as Float64Array)[row] = Math.abs((memory.steady[column] as number) - (stood[column] as number));
    },
    finish: (fastGain) => {
      const gain = Float64Array.from(deviations, (sizes, column) => {
        if (!((fastGain[column] as number) > 0)) return 0;
        const peaks = dailyPeaks(sizes, day);
        return 1 / Math.max(LEAST_PEAK, selectQuantile(peaks, peaks.length, constants.quietDays));
      });
      const series = Float64Array.from(day, (_, row) => {
        let largest = 0;
        for (let column = 0; column < columns; column += 1)
          largest = Math.max(largest, ((deviations[column] as Float64Array)[row] as number) * (gain[column] as number));
        return largest;
      });
      return { gain, series };
    },
  };
};
