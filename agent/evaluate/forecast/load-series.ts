import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import { type DurationMs, type Instant, SECOND_MS } from '../../../core/time.ts';
import { stepSecondsOf } from '../contender.ts';
import { isTableFile, type ReadFailure, readTable } from '../data/read.ts';
import type { Table } from '../data/table.ts';

/** A recorded load, one value a step; NaN where the file says nothing. */
export interface LoadSeries {
  readonly name: string;
  readonly startsAt: Instant;
  readonly stepMs: DurationMs;
  readonly values: Float64Array;
}

export type LoadFailure = ReadFailure | Failure<'NO_DATA' | 'NO_LOAD'>;

/** Steps between first and last row for each row there is: beyond it the file is mostly holes, or its clock is broken. */
const STEPS_A_ROW_MAX = 20;
/** Fewer than this and nothing is left to judge. */
const LEAST_STEPS = 200;

/** The first column of values on an even grid. Of two rows for one step the later one counts; a load below zero is none. */
export const loadOf = (table: Table, name: string): Outcome<LoadSeries, LoadFailure> => {
  const { timestamps } = table;
  const loads = table.values[0] as Float64Array;
  const stepMs = Math.max(1, Math.round(stepSecondsOf(timestamps) * SECOND_MS));
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const at of timestamps) {
    if (at < first) first = at;
    if (at > last) last = at;
  }
  const startsAt = Math.round(first * SECOND_MS);
  const stepOf = (seconds: number): number => Math.round((seconds * SECOND_MS - startsAt) / stepMs);
  const steps = stepOf(last) + 1;
  if (steps < LEAST_STEPS) return fail('NO_LOAD', `${name}: ${steps} steps are too few: at least ${LEAST_STEPS} are needed`);
  if (steps > STEPS_A_ROW_MAX * loads.length)
    return fail('NO_LOAD', `${name}: its ${loads.length} rows are spread over ${steps} steps of ${stepMs / SECOND_MS} s`);
  const values = new Float64Array(steps).fill(Number.NaN);
  timestamps.forEach((at, row) => {
    const load = loads[row] as number;
    values[stepOf(at)] = load >= 0 ? load : Number.NaN;
  });
  return succeed({ name, startsAt, stepMs, values });
};

/** Load files of a data folder: those of its folder `load`, else its own. */
const loadFiles = async (folder: string): Promise<readonly string[]> => {
  for (const place of [join(folder, 'load'), folder]) {
    const names = await readdir(place).catch(() => []);
    const found = names.filter(isTableFile).sort();
    if (found.length > 0) return found.map((name) => join(place, name));
  }
  return [];
};

export const readLoads = async (folder: string): Promise<Outcome<readonly LoadSeries[], LoadFailure>> => {
  const paths = await loadFiles(folder);
  if (paths.length === 0) return fail('NO_DATA', `${folder}: no csv or csv.gz in it nor in its folder load`);
  const series: LoadSeries[] = [];
  for (const path of paths) {
    const table = await readTable(path);
    if (!table.ok) return table;
    const load = loadOf(table.value, basename(path).replace(/\.csv(\.gz)?$/i, ''));
    if (!load.ok) return load;
    series.push(load.value);
  }
  return succeed(series);
};
