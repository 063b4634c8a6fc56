import type { SubspaceConstants } from '../constants.ts';
import { copySizes, selectQuantile } from './kernel.ts';

/** Of a typical day: the median of each day's largest value. Contamination of some days does not move it. */
export const typicalPeak = (values: Float64Array, day: Int32Array): number => {
  const peaks: number[] = [];
  let peak = -1;
  for (let row = 0; row < values.length; row += 1) {
    peak = Math.max(peak, Math.abs(Number.isNaN(values[row]) ? -1 : (values[row] as number)));
    if (day[row] === day[row + 1]) continue;
    if (peak >= 0) peaks.push(peak);
    peak = -1;
  }
  return selectQuantile(Float64Array.from(peaks), peaks.length, 0.5);
};

const withHabit = (core: number, peak: number, constants: SubspaceConstants): number => {
  const { peakDivisor, peakLeast, peakMost, peakExponent } = constants;
  const ratio = Math.min(peakMost, Math.max(peakLeast, peak / (peakDivisor * core)));
  return core * Math.exp(peakExponent * Math.log(ratio));
};

export interface Scales {
  readonly fast: number;
  readonly slow: number;
}

const NONE: Scales = { fast: 0, slow: 0 };

/** How a column moves at all: deviations below `still` are rounding. */
export interface Grain {
  readonly smallestStep: number;
  readonly still: number;
}

const ROUNDING = 1e-9;

export const grainOf = (column: Float64Array): Grain => {
  let smallestStep = Number.POSITIVE_INFINITY;
  let largest = 0;
  let before = Number.NaN;
  for (let row = 0; row < column.length; row += 1) {
    const value = column[row] as number;
    if (!Number.isFinite(value)) continue;
    largest = Math.max(largest, Math.abs(value));
    const step = Math.abs(value - before);
    if (step > 0 && step < smallestStep) smallestStep = step;
    before = value;
  }
  return { smallestStep: Number.isFinite(smallestStep) ? smallestStep : 0, still: ROUNDING * largest };
};

export const levelScales = (
  levels: Float64Array,
  day: Int32Array,
  { smallestStep, still }: Grain,
  constants: SubspaceConstants,
): Scales => {
  const sizes = new Float64Array(levels.length);
  const count = copySizes(levels, sizes);
  const largest = selectQuantile(sizes, count, 1);
  if (!(largest > still)) return NONE;
  const core = Math.max(
    1.4826 * selectQuantile(sizes, count, 0.5),
    selectQuantile(sizes, count, 1 - constants.coreTail) / constants.coreDivisor,
  );
  const scale = core > still ? withHabit(core, typicalPeak(levels, day), constants) : 0;
  const slowFloor = selectQuantile(sizes, count, 1 - constants.slowTail) / constants.slowDivisor;
  return { fast: Math.max(scale, largest / constants.fastClip, smallestStep / 2), slow: Math.max(scale, slowFloor, smallestStep / 2) };
};

export const detrendedScales = (
  detrended: Float64Array,
  day: Int32Array,
  { smallestStep, still }: Grain,
  constants: SubspaceConstants,
): Scales => {
  const sizes = new Float64Array(detrended.length);
  const count = copySizes(detrended, sizes);
  let squares = 0;
  for (let i = 0; i < count; i += 1) squares += (sizes[i] as number) * (sizes[i] as number);
  const core = count === 0 ? 0 : Math.sqrt(squares / count);
  if (!(core > still)) return NONE;
  const scale = Math.max(withHabit(core, typicalPeak(detrended, day), constants), smallestStep / 2);
  return { fast: scale, slow: scale };
};
