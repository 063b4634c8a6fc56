import type { SubspaceConstants } from '../constants.ts';
import {
  COORDINATE,
  createMemory,
  gainOf,
  LARGEST_MEAN,
  measure,
  NARROW_MEAN,
  project,
  type SubspaceMemory,
  statisticOf,
} from '../kernel.ts';
import type { Branch, Expectation, SubspaceModel } from '../model.ts';
import { calendarOf } from './calendar.ts';
import { copyPresent, leadingDirection, selectQuantile } from './kernel.ts';
import { detrendedScales, type Grain, grainOf, levelScales, type Scales, typicalPeak } from './scale.ts';
import { fitProfile, NOTHING_HELD_BACK } from './season.ts';

const NO_FOLDS = new Int32Array(0);
const WEEK_SECONDS = 604_800;

/** Residuals of the training rows, one array an entry: levels first, then detrended; NaN where absent. */
type Entries = readonly Float64Array[];

const entriesOf = (columns: readonly Float64Array[], timestamps: Float64Array, expectation: Expectation): Entries => {
  const rows = timestamps.length;
  const memory = createMemory(columns.length, 0);
  const entries = Array.from({ length: 2 * columns.length }, () => new Float64Array(rows));
  const row = new Float64Array(columns.length);
  for (let at = 0; at < rows; at += 1) {
    for (let column = 0; column < columns.length; column += 1) row[column] = columns[column]?.[at] ?? Number.NaN;
    const elapsed = at === 0 ? expectation.stepSeconds : (timestamps[at] as number) - (timestamps[at - 1] as number);
    measure(expectation, memory, timestamps[at] as number, elapsed, row);
    for (let entry = 0; entry < entries.length; entry += 1) (entries[entry] as Float64Array)[at] = memory.entries[entry] as number;
  }
  return entries;
};

const loadRow = (entries: Entries, at: number, memory: SubspaceMemory): void => {
  for (let entry = 0; entry < entries.length; entry += 1) memory.entries[entry] = (entries[entry] as Float64Array)[at] as number;
};

/** Entries averaged. */
interface Breadth {
  readonly largest: number;
  readonly narrow: number;
}

interface Calibrated {
  readonly branch: Branch;
  /** Of every training row, unsmoothed. */
  readonly statistic: Float64Array;
  readonly narrow: Float64Array;
}

/** Evenly taken rows in scales, clipped hard so that no single outlier turns the direction; what is absent is the mean. */
const standardizedSample = (
  entries: Entries,
  gain: Float64Array,
  constants: SubspaceConstants,
): { sample: Float64Array; mean: Float64Array } => {
  const rows = entries[0]?.length ?? 0;
  const stride = Math.max(1, Math.ceil(rows / constants.directionRows));
  const taken = Math.ceil(rows / stride);
  const width = entries.length;
  const sample = new Float64Array(taken * width);
  const mean = new Float64Array(width);
  for (let entry = 0; entry < width; entry += 1) {
    let sum = 0;
    let present = 0;
    for (let row = 0; row < taken; row += 1) {
      const value = ((entries[entry] as Float64Array)[row * stride] as number) * (gain[entry] as number);
      const clipped = Math.min(constants.directionClip, Math.max(-constants.directionClip, value));
      sample[row * width + entry] = clipped;
      if (Number.isNaN(clipped)) continue;
      sum += clipped;
      present += 1;
    }
    mean[entry] = present === 0 ? 0 : sum / present;
    for (let row = 0; row < taken; row += 1)
      if (Number.isNaN(sample[row * width + entry] as number)) sample[row * width + entry] = mean[entry] as number;
  }
  return { sample, mean };
};

const fitBranch = (
  entries: Entries,
  day: Int32Array,
  scales: readonly number[],
  clip: number,
  breadth: Breadth,
  constants: SubspaceConstants,
): Calibrated => {
  const gain = Float64Array.from(scales, (scale) => (scale > 0 ? 1 / scale : 0));
  const { sample, mean } = standardizedSample(entries, gain, constants);
  const bare = { clip, gain, mean, direction: leadingDirection(sample, entries.length, mean), coordinateCenter: 0, coordinateScale: 0 };
  const rows = day.length;
  const memory = createMemory(entries.length / 2, 0);
  const largestMean = new Float64Array(rows);
  const coordinate = new Float64Array(rows);
  const narrowMean = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    loadRow(entries, row, memory);
    project(bare, memory, breadth.largest, breadth.narrow);
    largestMean[row] = memory.scalars[LARGEST_MEAN] as number;
    coordinate[row] = memory.scalars[COORDINATE] as number;
    narrowMean[row] = memory.scalars[NARROW_MEAN] as number;
  }
  const center = medianOf(coordinate);
  const sizes = coordinate.map((value) => Math.abs(value - center));
  const core = selectQuantile(sizes.slice(), rows, 1 - constants.coreTail) / constants.coreDivisor;
  const habit = core > 0 ? Math.max(1, typicalPeak(sizes, day) / (constants.peakDivisor * core)) : 1;
  const branch: Branch = { ...bare, coordinateCenter: center, coordinateScale: core > 0 ? 1 / (core * habit) : 0 };
  return {
    branch,
    narrow: narrowMean,
    statistic: largestMean.map((mean, row) => statisticOf(branch, mean, coordinate[row] as number, constants.removedWeight)),
  };
};

const smoothed = (values: Float64Array, gain: number): Float64Array => {
  let state = 0;
  return values.map((value) => {
    state += gain * (value - state);
    return state;
  });
};

const medianOf = (values: Float64Array): number => {
  const room = new Float64Array(values.length);
  return selectQuantile(room, copyPresent(values, NO_FOLDS, NOTHING_HELD_BACK, room), 0.5);
};

/** A statistic this small in all of training is that of metrics which do not move. */
const LEAST_HABIT = 0.05;

/**
 * The statistic so rare that it is reached as often as the budget allows, if its tail went on from its habit as an
 * exponential: q (1 + f ln(tail / rare)) from each of three quantiles q, and the mean of the three. Quantiles farther
 * out, and laws fitted to them, follow the faults that training holds (ablation in docs/detection.md).
 */
const openingOf = (
  statistic: Float64Array,
  stepSeconds: number,
  constants: SubspaceConstants,
): { readonly openAt: number; readonly openEvidence: number } => {
  const rare = Math.min(0.05, (constants.falseAlarmsPerWeek * stepSeconds) / WEEK_SECONDS);
  const points = [
    [constants.medianTail, constants.medianFactor],
    [constants.quarterTail, constants.quarterFactor],
    [constants.tenthTail, constants.tenthFactor],
  ] as const;
  let sum = 0;
  for (const [tail, factor] of points) {
    const habit = Math.max(LEAST_HABIT, selectQuantile(statistic, statistic.length, 1 - tail));
    sum += habit * (1 + factor * Math.log(Math.max(1, tail / rare)));
  }
  return { openAt: sum / points.length, openEvidence: -Math.log10(rare) };
};

/**
 * Learns what is normal for one service from rows of its past, taken to be mostly normal. Pure: equal rows give an
 * equal model. `columns` are its metrics, NaN where absent; `timestamps` are seconds, rising.
 */
export const fitSubspace = (
  columns: readonly Float64Array[],
  timestamps: Float64Array,
  stepSeconds: number,
  constants: SubspaceConstants,
): SubspaceModel => {
  const width = columns.length;
  const slots = Math.max(1, Math.round(constants.seasonSlots));
  const calendar = calendarOf(timestamps, slots, Math.max(2, Math.round(constants.seasonFolds)));
  const { day } = calendar;
  const profile = new Float64Array(width * slots);
  for (const [at, column] of columns.entries()) profile.set(fitProfile(column, calendar, constants.seasonGain), at * slots);
  const expectation = {
    columns: width,
    stepSeconds,
    slots,
    profile,
    detrendedCenter: new Float64Array(width),
    jumpLimit: new Float64Array(width).fill(Number.POSITIVE_INFINITY),
    detrendHalfLife: constants.detrendHalfLife,
  };
  const entries = entriesOf(columns, timestamps, expectation);
  const grains = columns.map(grainOf);
  const scales: Scales[] = [];
  for (let column = 0; column < width; column += 1) {
    scales[column] = levelScales(entries[column] as Float64Array, day, grains[column] as Grain, constants);
    const rests = entries[width + column] as Float64Array;
    const center = medianOf(rests);
    expectation.detrendedCenter[column] = center;
    for (let row = 0; row < rests.length; row += 1) rests[row] = (rests[row] as number) - center;
    const detrended = detrendedScales(rests, day, grains[column] as Grain, constants);
    scales[width + column] = detrended;
    if (detrended.fast > 0) expectation.jumpLimit[column] = constants.jumpMost * detrended.fast;
  }
  const breadth: Breadth = {
    largest: Math.max(1, Math.round(Math.max(constants.breadthLeast, constants.breadth * 2 * width))),
    narrow: Math.max(1, Math.round(constants.narrow)),
  };
  const fast = fitBranch(
    entries,
    day,
    scales.map((scale) => scale.fast),
    constants.fastClip,
    breadth,
    constants,
  );
  const slow = fitBranch(
    entries,
    day,
    scales.map((scale) => scale.slow),
    constants.slowClip,
    breadth,
    constants,
  );
  const fastGain = gainOf(stepSeconds, constants.fastHalfLife);
  const series = smoothed(fast.statistic, fastGain);
  const narrowPeak = smoothed(fast.narrow, fastGain).reduce((peak, value) => Math.max(peak, value), 0);
  return {
    ...expectation,
    constants,
    trainingRows: timestamps.length,
    fast: fast.branch,
    slow: slow.branch,
    ...breadth,
    narrowAt: Math.max(constants.narrowLeast, constants.narrowFactor * narrowPeak),
    ...openingOf(series, stepSeconds, constants),
  };
};
