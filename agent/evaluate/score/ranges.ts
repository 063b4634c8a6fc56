/** Rows from `first` to `last`, both included. */
export interface RowRange {
  readonly first: number;
  readonly last: number;
}

/** Runs of rows that are not 0. */
export const runsOf = (flags: ArrayLike<number>): readonly RowRange[] => {
  const runs: RowRange[] = [];
  let first = -1;
  for (let row = 0; row <= flags.length; row += 1) {
    const on = row < flags.length && flags[row] !== 0;
    if (on && first < 0) first = row;
    if (!on && first >= 0) {
      runs.push({ first, last: row - 1 });
      first = -1;
    }
  }
  return runs;
};

/** Alarms with at most this many rows between them are one: nobody is paged anew for a detector that blinks. */
export const ALARM_MERGE_ROWS = 3;

/** Alarms of an `alert` column, those that follow within `ALARM_MERGE_ROWS` joined to the one before. */
export const alarmsOf = (alert: ArrayLike<number>): readonly RowRange[] => {
  const alarms: RowRange[] = [];
  for (const run of runsOf(alert)) {
    const before = alarms.at(-1);
    if (before !== undefined && run.first - before.last - 1 <= ALARM_MERGE_ROWS) alarms[alarms.length - 1] = { ...before, last: run.last };
    else alarms.push(run);
  }
  return alarms;
};

/** Rows at which `alert` goes from 0 to 1. */
export const risingEdges = (alert: ArrayLike<number>): readonly number[] => runsOf(alert).map(({ first }) => first);

export const flagsOf = (ranges: readonly RowRange[], rows: number): Uint8Array => {
  const flags = new Uint8Array(rows);
  for (const { first, last } of ranges) flags.fill(1, first, last + 1);
  return flags;
};
