import type { SubspaceConstants } from '../constants.ts';
import { COORDINATE, createMemory, LARGEST_MEAN, project, type SubspaceMemory, statisticOf } from '../kernel.ts';
import type { Branch } from '../model.ts';
import { copyPresent, leadingDirection, selectQuantile } from './kernel.ts';
import { normalTail } from './normal.ts';
import { typicalPeak } from './scale.ts';
import { NOTHING_HELD_BACK } from './season.ts';

const NO_FOLDS = new Int32Array(0);

/** Residuals of the training rows, one array an entry: levels first, then detrended; NaN where absent. */
export type Entries = readonly Float64Array[];

const loadRow = (entries: Entries, at: number, memory: SubspaceMemory): void => {
  for (let entry = 0; entry < entries.length; entry += 1) memory.entries[entry] = (entries[entry] as Float64Array)[at] as number;
};

interface Calibrated {
  readonly branch: Branch;
  /** Of every training row, unsmoothed. */
  readonly statistic: Float64Array;
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

/** `watch` sees each training row projected. */
export const fitBranch = (
  entries: Entries,
  day: Int32Array,
  scales: readonly number[],
  clip: number,
  largest: number,
  constants: SubspaceConstants,
  watch: (row: number, memory: SubspaceMemory) => void = () => {},
): Calibrated => {
  const gain = Float64Array.from(scales, (scale) => (scale > 0 ? 1 / scale : 0));
  const { sample, mean } = standardizedSample(entries, gain, constants);
  const bare = { clip, gain, mean, direction: leadingDirection(sample, entries.length, mean), coordinateCenter: 0, coordinateScale: 0 };
  const rows = day.length;
  const memory = createMemory(entries.length / 2, 0);
  const largestMean = new Float64Array(rows);
  const coordinate = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    loadRow(entries, row, memory);
    project(bare, memory, largest);
    largestMean[row] = memory.scalars[LARGEST_MEAN] as number;
    coordinate[row] = memory.scalars[COORDINATE] as number;
    watch(row, memory);
  }
  const center = medianOf(coordinate);
  const sizes = coordinate.map((value) => Math.abs(value - center));
  const core = selectQuantile(sizes.slice(), rows, 1 - constants.coreTail) / normalTail(constants.coreTail);
  const habit = core > 0 ? Math.max(1, typicalPeak(sizes, day) / (constants.peakDivisor * core)) : 1;
  const branch: Branch = { ...bare, coordinateCenter: center, coordinateScale: core > 0 ? 1 / (core * habit) : 0 };
  return {
    branch,
    statistic: largestMean.map((mean, row) => statisticOf(branch, mean, coordinate[row] as number, constants.removedWeight)),
  };
};

export const medianOf = (values: Float64Array): number => {
  const room = new Float64Array(values.length);
  return selectQuantile(room, copyPresent(values, NO_FOLDS, NOTHING_HELD_BACK, room), 0.5);
};
