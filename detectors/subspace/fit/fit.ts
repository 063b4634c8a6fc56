import type { SubspaceConstants } from '../constants.ts';
import { createMemory, gainOf, measure } from '../kernel.ts';
import type { Expectation, SubspaceModel } from '../model.ts';
import { type Entries, fitBranch, medianOf } from './branch.ts';
import { calendarOf } from './calendar.ts';
import { heavinessOf, openingOf } from './opening.ts';
import { detrendedScales, type Grain, grainOf, levelScales, type Scales } from './scale.ts';
import { fitProfile } from './season.ts';
import { createSteadyFit } from './steady.ts';

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

const smoothed = (values: Float64Array, gain: number): Float64Array => {
  let state = 0;
  return values.map((value) => {
    state += gain * (value - state);
    return state;
  });
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
  const largest = Math.max(1, Math.round(Math.max(constants.breadthLeast, constants.breadth * 2 * width)));
  const steadyFit = createSteadyFit(width, day, stepSeconds, constants);
  const fast = fitBranch(
    entries,
    day,
    scales.map((scale) => scale.fast),
    constants.fastClip,
    largest,
    constants,
    steadyFit.see,
  );
  const slow = fitBranch(
    entries,
    day,
    scales.map((scale) => scale.slow),
    constants.slowClip,
    largest,
    constants,
  );
  const steady = steadyFit.finish(fast.branch.gain);
  const shown = { fast: smoothed(fast.statistic, gainOf(stepSeconds, constants.fastHalfLife)), steady: steady.series, day, stepSeconds };
  const heaviness = heavinessOf(
    scales.flatMap(({ shape }) => shape ?? []),
    constants,
  );
  return {
    ...expectation,
    constants,
    trainingRows: timestamps.length,
    fast: fast.branch,
    slow: slow.branch,
    largest,
    steadyGain: steady.gain,
    ...openingOf(shown, heaviness, constants),
  };
};
