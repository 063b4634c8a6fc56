import { stepSecondsOf } from '../contender.ts';
import { createSortedWindow, deviationOf, medianOf, push, type SortedWindow } from './kernel.ts';

/** What is expected of each row from the rows before it, and how far a row may stand from it. NaN while too little is known. */
export interface Expectations {
  readonly center: Float64Array;
  readonly scale: Float64Array;
}

const DAY_SECONDS = 86_400;
const HOURS = 24;
/** Make the median and the mean absolute deviation of normal values their standard deviation. */
const NORMAL_OF_MEDIAN = 1.4826;
const NORMAL_OF_MEAN = 1.2533;
/** Of the level: without it a flat series has a scale of nothing and every change is infinite. */
const LEVEL_FLOOR = 0.05;
const TINY = 1e-9;
const LEAST_ROWS = 20;
const WINDOW_LEAST = 48;
const WINDOW_MOST = 1_440;
/** Days a slot remembers. */
const SEASON_DAYS = 14;
const SLOT_LEAST = 4;
const SLOT_MOST = 840;

/** A window and the running mean of how far values stood from its center. */
interface Habit {
  readonly window: SortedWindow;
  spread: number;
}

const habitOf = (capacity: number): Habit => ({ window: createSortedWindow(capacity), spread: 0 });

/**
 * The larger of both deviations: where more than half of the values are equal the median one is nothing, and any change
 * would be infinitely odd (Iglewicz and Hoaglin 1993 put the mean one in its place).
 */
const read = ({ window, spread }: Habit, row: number, to: Expectations): void => {
  const center = medianOf(window);
  to.center[row] = center;
  const deviation = Math.max(NORMAL_OF_MEDIAN * deviationOf(window, center), NORMAL_OF_MEAN * spread);
  to.scale[row] = deviation + LEVEL_FLOOR * Math.abs(center) + TINY;
};

const learn = (habit: Habit, value: number): void => {
  if (Number.isNaN(value)) return;
  const center = medianOf(habit.window);
  push(habit.window, value);
  if (!Number.isNaN(center)) habit.spread += (Math.abs(value - center) - habit.spread) / habit.window.state.size;
};

const hourOf = (at: number): number => {
  const ofDay = ((at % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
  return Math.min(HOURS - 1, Math.floor((ofDay / DAY_SECONDS) * HOURS));
};

const unknown = (rows: number): Expectations => ({
  center: new Float64Array(rows).fill(Number.NaN),
  scale: new Float64Array(rows).fill(Number.NaN),
});

/** Median and MAD of the last day. Causal. */
export const rollingExpectations = (timestamps: Float64Array, values: Float64Array): Expectations => {
  const rowsADay = Math.round(DAY_SECONDS / stepSecondsOf(timestamps));
  const habit = habitOf(Math.min(WINDOW_MOST, Math.max(WINDOW_LEAST, rowsADay)));
  const found = unknown(values.length);
  for (let row = 0; row < values.length; row += 1) {
    if (habit.window.state.size >= LEAST_ROWS) read(habit, row, found);
    learn(habit, values[row] as number);
  }
  return found;
};

/** Median and MAD of the same hour of the last fourteen days, of the last day until there are four such values. Causal. */
export const seasonalExpectations = (timestamps: Float64Array, values: Float64Array): Expectations => {
  const rowsAnHour = Math.max(1, Math.round(DAY_SECONDS / HOURS / stepSecondsOf(timestamps)));
  const slots = Array.from({ length: HOURS }, () => habitOf(Math.min(SLOT_MOST, Math.max(SLOT_LEAST, SEASON_DAYS * rowsAnHour))));
  const found = rollingExpectations(timestamps, values);
  for (let row = 0; row < values.length; row += 1) {
    const habit = slots[hourOf(timestamps[row] as number)] as Habit;
    if (habit.window.state.size >= Math.max(SLOT_LEAST, rowsAnHour)) read(habit, row, found);
    learn(habit, values[row] as number);
  }
  return found;
};

/** Median and MAD of the same hour of an earlier part, which stand still: nothing odd that lasts is learned. */
export const fixedExpectations = (
  earlier: { readonly timestamps: Float64Array; readonly values: Float64Array },
  timestamps: Float64Array,
): Expectations => {
  const slots = Array.from({ length: HOURS }, (): number[] => []);
  for (const [row, value] of earlier.values.entries())
    if (!Number.isNaN(value)) (slots[hourOf(earlier.timestamps[row] as number)] as number[]).push(value);
  const habits = slots.map((slot) => {
    const habit = habitOf(Math.max(1, slot.length));
    for (const value of slot) push(habit.window, value);
    const center = medianOf(habit.window);
    habit.spread = slot.reduce((sum, value) => sum + Math.abs(value - center) / slot.length, 0);
    return habit;
  });
  const found = unknown(timestamps.length);
  const byHour = unknown(HOURS);
  for (const [hour, habit] of habits.entries()) read(habit, hour, byHour);
  for (const [row, at] of timestamps.entries()) {
    found.center[row] = byHour.center[hourOf(at)] as number;
    found.scale[row] = byHour.scale[hourOf(at)] as number;
  }
  return found;
};

/** Distance from what was expected, in scales; 0 while nothing is known. An absent value says what the row before it said. */
export const deviations = (values: Float64Array, { center, scale }: Expectations): Float64Array => {
  const found = new Float64Array(values.length);
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] as number;
    if (Number.isNaN(value)) found[row] = row > 0 ? (found[row - 1] as number) : 0;
    else if (!Number.isNaN(center[row] as number)) found[row] = Math.abs(value - (center[row] as number)) / (scale[row] as number);
  }
  return found;
};
