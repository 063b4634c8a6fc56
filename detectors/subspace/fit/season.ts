import { expectedLevel } from '../kernel.ts';
import type { Calendar } from './calendar.ts';
import { copyPresent, selectQuantile, slotMedians } from './kernel.ts';

export const NOTHING_HELD_BACK = -1;

interface Profile {
  readonly center: number;
  readonly levels: Float64Array;
}

const profileWithout = (column: Float64Array, calendar: Calendar, heldBack: number, room: Float64Array): Profile => {
  const center = selectQuantile(room, copyPresent(column, calendar.fold, heldBack, room), 0.5);
  const levels = new Float64Array(calendar.slots);
  slotMedians(column, calendar.order, calendar.starts, calendar.fold, heldBack, center, levels, room);
  return { center, levels };
};

/** What the time of day leaves of the deviation from the median, on days held back; 1 when there are too few days to tell. */
const heldBackRatio = (column: Float64Array, calendar: Calendar, room: Float64Array): number => {
  if (calendar.folds.length < 2) return 1;
  let seasonal = 0;
  let plain = 0;
  for (const heldBack of calendar.folds) {
    const { center, levels } = profileWithout(column, calendar, heldBack, room);
    for (let row = 0; row < column.length; row += 1) {
      const value = column[row] as number;
      if (calendar.fold[row] !== heldBack || !Number.isFinite(value)) continue;
      seasonal += Math.abs(value - expectedLevel(levels, calendar.slots, 0, calendar.at[row] as number));
      plain += Math.abs(value - center);
    }
  }
  return plain > 0 ? seasonal / plain : 1;
};

/** Expected level by slot of the day: the daily profile where held-back days confirm it, the median where not. */
export const fitProfile = (column: Float64Array, calendar: Calendar, gain: number): Float64Array => {
  const room = new Float64Array(column.length);
  const { center, levels } = profileWithout(column, calendar, NOTHING_HELD_BACK, room);
  if (heldBackRatio(column, calendar, room) >= gain) return levels.fill(center);
  const rest = column.map((value, row) => value - expectedLevel(levels, calendar.slots, 0, calendar.at[row] as number));
  const offset = selectQuantile(room, copyPresent(rest, calendar.fold, NOTHING_HELD_BACK, room), 0.5);
  return levels.map((level) => level + offset);
};
