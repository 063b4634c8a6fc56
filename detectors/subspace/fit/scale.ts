import type { SubspaceConstants } from '../constants.ts';
import { copySizes, selectQuantile } from './kernel.ts';
import { normalPeak, normalTail } from './normal.ts';

/** The largest size of each day. A day cut short by the beginning or the end says nothing of days. */
export const dailyPeaks = (values: Float64Array, day: Int32Array): Float64Array => {
  const peaks: number[] = [];
  const rows: number[] = [];
  let peak = 0;
  let count = 0;
  for (let row = 0; row < values.length; row += 1) {
    const size = Math.abs(values[row] as number);
    if (size > peak) peak = size;
    if (!Number.isNaN(size)) count += 1;
    if (day[row] === day[row + 1]) continue;
    if (count > 0) {
      peaks.push(peak);
      rows.push(count);
    }
    peak = 0;
    count = 0;
  }
  const fullest = rows.reduce((most, one) => Math.max(most, one), 0);
  return Float64Array.from(peaks.filter((_, place) => 2 * (rows[place] as number) >= fullest));
};

/** Of a typical day: contamination of some days does not move it. */
export const typicalPeak = (values: Float64Array, day: Int32Array): number => {
  const peaks = dailyPeaks(values, day);
  return selectQuantile(peaks, peaks.length, 0.5);
};

const withHabit = (core: number, peak: number, constants: SubspaceConstants): number => {
  const { peakDivisor, peakLeast, peakMost, peakExponent } = constants;
  const ratio = Math.min(peakMost, Math.max(peakLeast, peak / (peakDivisor * core)));
  return core * Math.exp(peakExponent * Math.log(ratio));
};

/** How the residuals of one entry are distributed, beyond what a normal would show; logarithms, 0 for a normal. */
export interface Shape {
  /** Its 99 % point over its 90 % point. */
  readonly tail: number;
  /** The largest of all over that of a typical day. */
  readonly uneven: number;
}

export interface Scales {
  readonly fast: number;
  readonly slow: number;
  readonly shape?: Shape;
}

const NONE: Scales = { fast: 0, slow: 0 };

const INNER = 0.1;
const OUTER = 0.01;

/** Of the first `count` sizes, which it reorders; undefined where too many are nothing to have a shape. */
const shapeOf = (sizes: Float64Array, count: number, peak: number, days: number): Shape | undefined => {
  const inner = selectQuantile(sizes, count, 1 - INNER);
  const outer = selectQuantile(sizes, count, 1 - OUTER);
  const largest = selectQuantile(sizes, count, 1);
  if (!(inner > 0) || !(peak > 0)) return undefined;
  return {
    tail: Math.log(outer / inner) - Math.log(normalTail(OUTER) / normalTail(INNER)),
    uneven: Math.log(largest / peak) - Math.log(normalPeak(count) / normalPeak(count / days)),
  };
};

const daysOf = (day: Int32Array): number => day.reduce((count, number, row) => (row > 0 && number === day[row - 1] ? count : count + 1), 0);

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

const shaped = (scales: Scales, shape: Shape | undefined): Scales => (shape === undefined ? scales : { ...scales, shape });

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
    selectQuantile(sizes, count, 1 - constants.coreTail) / normalTail(constants.coreTail),
  );
  const peak = typicalPeak(levels, day);
  const scale = core > still ? withHabit(core, peak, constants) : 0;
  const slowFloor = selectQuantile(sizes, count, 1 - constants.slowTail) / constants.slowDivisor;
  return shaped(
    { fast: Math.max(scale, largest / constants.fastClip, smallestStep / 2), slow: Math.max(scale, slowFloor, smallestStep / 2) },
    shapeOf(sizes, count, peak, daysOf(day)),
  );
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
  const peak = typicalPeak(detrended, day);
  const scale = Math.max(withHabit(core, peak, constants), smallestStep / 2);
  return shaped({ fast: scale, slow: scale }, shapeOf(sizes, count, peak, daysOf(day)));
};
