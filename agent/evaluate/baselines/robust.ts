import { stepSecondsOf } from '../contender.ts';
import { createSortedWindow, deviationOf, medianOf, push, type SortedWindow } from './kernel.ts';

/** What is expected of each row from the rows before it, and how far a row may stand from it. NaN while too little is known. */
export interface Expectations {
  readonly center: Float64Array;
  readonly scale: Float64Array;
}

const DAY_SECONDS = 86_400;
const HOURS = 24;
/** Makes the median absolute deviation of normal values their standard deviation. */
const NORMAL = 1.4826;
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

const read = (window: SortedWindow, row: number, to: Expectations): void => {
  const center = medianOf(window);
  to.center[row] = center;
  to.scale[row] = NORMAL * deviationOf(window, center) + LEVEL_FLOOR * Math.abs(center) + TINY;
};

const unknown = (rows: number): Expectations => ({
  center: new Float64Array(rows).fill(Number.NaN),
  scale: new Float64Array(rows).fill(Number.NaN),
});

/** Median and MAD of the last day. Causal. */
export const rollingExpectations = (timestamps: Float64Array, values: Float64Array): Expectations => {
  const rowsADay = Math.round(DAY_SECONDS / stepSecondsOf(timestamps));
  const window = createSortedWindow(Math.min(WINDOW_MOST, Math.max(WINDOW_LEAST, rowsADay)));
  const found = unknown(values.length);
  for (let row = 0; row < values.length; row += 1) {
    if (window.state.size >= LEAST_ROWS) read(window, row, found);
    const value = values[row] as number;
    if (!Number.isNaN(value)) push(window, value);
  }
  return found;
};

/** Median and MAD of the same hour of the last fourteen days, of the last day until there are four such values. Causal. */
export const seasonalExpectations = (
  timestamps: Float64Array,
  values: Float64Array,
  earlier?: { readonly timestamps: Float64Array; readonly values: Float64Array },
): Expectations => {
  const rowsAnHour = Math.max(1, Math.round(DAY_SECONDS / HOURS / stepSecondsOf(timestamps)));
  const capacity = Math.min(SLOT_MOST, Math.max(SLOT_LEAST, SEASON_DAYS * rowsAnHour));
  const slots = Array.from({ length: HOURS }, () => createSortedWindow(capacity));
  const slotAt = (at: number): SortedWindow => {
    const ofDay = ((at % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
    return slots[Math.min(HOURS - 1, Math.floor((ofDay / DAY_SECONDS) * HOURS))] as SortedWindow;
  };
  for (let row = 0; row < (earlier?.values.length ?? 0); row += 1) {
    const value = earlier?.values[row] as number;
    if (!Number.isNaN(value)) push(slotAt(earlier?.timestamps[row] as number), value);
  }
  const found = rollingExpectations(timestamps, values);
  for (let row = 0; row < values.length; row += 1) {
    const slot = slotAt(timestamps[row] as number);
    if (slot.state.size >= Math.max(SLOT_LEAST, rowsAnHour)) read(slot, row, found);
    const value = values[row] as number;
    if (!Number.isNaN(value)) push(slot, value);
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
