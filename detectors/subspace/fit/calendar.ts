import { DAY_SECONDS } from '../kernel.ts';

/** Where the training rows lie in days and in the day. */
export interface Calendar {
  readonly at: Float64Array;
  readonly day: Int32Array;
  /** Part of the days a row is dealt to, for tests on days held back; of the ten minutes where there is but one day. */
  readonly fold: Int32Array;
  readonly folds: readonly number[];
  readonly slots: number;
  /** Rows ordered by slot of the day; those of slot s begin at starts[s]. */
  readonly order: Int32Array;
  readonly starts: Int32Array;
}

/** One day cannot show that it repeats, but whether it moves with the hour: ten minutes told by the rest of theirs. */
const PART_OF_ONLY_DAY = 600;
/** In days: nearly every hour was seen, none of them by two whole days. */
const ONLY_DAY_LEAST = 0.9;
const ONLY_DAY_MOST = 1.9;

export const calendarOf = (timestamps: Float64Array, slots: number, folds: number): Calendar => {
  const day = Int32Array.from(timestamps, (seconds) => Math.floor(seconds / DAY_SECONDS));
  const days = ((timestamps.at(-1) ?? 0) - (timestamps[0] ?? 0)) / DAY_SECONDS;
  const onlyDay = days > ONLY_DAY_LEAST && days < ONLY_DAY_MOST;
  const fold = Int32Array.from(timestamps, (seconds, row) => {
    const part = onlyDay ? Math.floor(seconds / PART_OF_ONLY_DAY) : (day[row] as number);
    return ((part % folds) + folds) % folds;
  });
  const slot = Int32Array.from(timestamps, (seconds, row) =>
    Math.min(slots - 1, Math.floor((seconds / DAY_SECONDS - (day[row] as number)) * slots)),
  );
  const starts = new Int32Array(slots + 1);
  for (const number of slot) starts[number + 1] = (starts[number + 1] as number) + 1;
  for (let number = 0; number < slots; number += 1) starts[number + 1] = (starts[number + 1] as number) + (starts[number] as number);
  const next = starts.slice();
  const order = new Int32Array(timestamps.length);
  slot.forEach((number, row) => {
    order[next[number] as number] = row;
    next[number] = (next[number] as number) + 1;
  });
  return { at: timestamps, day, fold, folds: [...new Set(fold)], slots, order, starts };
};
