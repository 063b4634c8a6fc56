import { sumOfLogs } from '../../collectors/normalize/index.ts';
import type { RangeChunk, RangeGap, RangeSeries } from '../../collectors/prometheus/index.ts';
import { type DurationMs, type Instant, SECOND_MS } from '../../core/time.ts';

/** The steps of a trial: step k of it ends at firstEnd + k * stepMs. */
export interface Grid {
  readonly firstEnd: Instant;
  readonly stepMs: DurationMs;
  readonly steps: number;
}

/** One value a step; NaN where absent. */
export type Column = Float32Array;

export const emptyColumn = (grid: Grid): Column => new Float32Array(grid.steps).fill(Number.NaN);

/** Everything read of one service. */
export interface ServiceColumns {
  /** Requests a second. */
  readonly requests: Column;
  /** Failed requests a second; absent where none ever failed or nothing says so. */
  errors: Column | undefined;
  /** Stretches in which failures could not be read: not the same as none. */
  errorsUnread: readonly RangeGap[];
  /** Seconds spent a second. */
  spent: Column | undefined;
  /** Timed requests a second: of another source than `requests`, perhaps. */
  timed: Column | undefined;
  /** Requests a second up to each bound, by the bound as written. */
  readonly upTo: Map<string, Column>;
}

export const emptyService = (grid: Grid): ServiceColumns => ({
  requests: emptyColumn(grid),
  errors: undefined,
  errorsUnread: [],
  spent: undefined,
  timed: undefined,
  upTo: new Map(),
});

/** Adds a series of an answer to a column: several label sets of one service add up. An evaluation at t speaks of the step that ends at t. */
export const addTo = (column: Column, grid: Grid, chunk: RangeChunk, series: RangeSeries, factor = 1): void => {
  const first = Math.round((chunk.from - grid.firstEnd) / grid.stepMs);
  const { values } = series;
  for (let index = 0; index < values.length; index += 1) {
    const at = first + index;
    const value = values[index] as number;
    if (at < 0 || at >= column.length || Number.isNaN(value)) continue;
    const before = column[at] as number;
    column[at] = (Number.isNaN(before) ? 0 : before) + value * factor;
  }
};

/** A value and how much it rests on, one a step. */
export interface WeightedColumn {
  readonly value: Column;
  readonly weight: Column;
}

/** Failed over all; a status that was never counted failed never, for counters of errors are born with the first one. */
export const errorRatio = (service: ServiceColumns, grid: Grid): WeightedColumn => {
  const value = emptyColumn(grid);
  const weight = emptyColumn(grid);
  const seconds = grid.stepMs / SECOND_MS;
  for (let at = 0; at < grid.steps; at += 1) {
    const all = service.requests[at] as number;
    const end = grid.firstEnd + at * grid.stepMs;
    if (!(all > 0) || service.errorsUnread.some(({ from, to }) => from <= end && end <= to)) continue;
    const failed = service.errors?.[at] ?? Number.NaN;
    value[at] = Number.isNaN(failed) ? 0 : Math.min(1, Math.max(0, failed / all));
    weight[at] = all * seconds;
  }
  return { value, weight };
};

const NO_BUCKETS = new Float64Array(0);

const boundOf = (written: string): number => (written === '+Inf' ? Number.POSITIVE_INFINITY : Number(written));

/** Mean of ln(seconds), by the formula of the live agent: buckets where there are any, corrected by sum over count. */
export const logDuration = (service: ServiceColumns, grid: Grid, secondsPerUnit: number): WeightedColumn | undefined => {
  const { spent, timed } = service;
  if (spent === undefined || timed === undefined) return undefined;
  const value = emptyColumn(grid);
  const weight = emptyColumn(grid);
  const seconds = grid.stepMs / SECOND_MS;
  const finite = [...service.upTo.keys()].filter((written) => Number.isFinite(boundOf(written))).sort((a, b) => boundOf(a) - boundOf(b));
  const columns = finite.map((written) => service.upTo.get(written) as Column);
  const bounds = Float64Array.from(finite, (written) => boundOf(written) * secondsPerUnit);
  const buckets = new Float64Array(bounds.length + 1);
  for (let at = 0; at < grid.steps; at += 1) {
    const count = timed[at] as number;
    const sum = (spent[at] as number) * secondsPerUnit;
    if (!(count > 0) || !(sum >= 0)) continue;
    let below = 0;
    columns.forEach((column, place) => {
      // Counters that are read at slightly different moments may differ the wrong way round.
      const upTo = Math.max(below, column[at] as number) || below;
      buckets[place] = upTo - below;
      below = upTo;
    });
    buckets[bounds.length] = Math.max(0, count - below);
    // Without its buckets a step would be read by another formula than its neighbors, and look like a shift.
    if (columns.length > 0 && below === 0 && Number.isNaN(columns[0]?.[at] as number)) continue;
    const logs = sumOfLogs({ count, sum, bounds, buckets: columns.length > 0 ? buckets : NO_BUCKETS });
    if (!Number.isFinite(logs)) continue;
    value[at] = logs / count;
    weight[at] = count * seconds;
  }
  return { value, weight };
};

export const observedShare = (column: Column): number => {
  let observed = 0;
  for (const value of column) if (!Number.isNaN(value)) observed += 1;
  return column.length === 0 ? 0 : observed / column.length;
};

/** Of what was observed. */
export const sumOf = (column: Column): number => column.reduce((sum, value) => (Number.isNaN(value) ? sum : sum + value), 0);
