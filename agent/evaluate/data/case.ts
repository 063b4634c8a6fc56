import { type Failure, type Outcome, succeed } from '../../../core/outcome.ts';
import type { MultivariateSeries, UnivariateSeries } from '../contender.ts';
import { flagsOf, type RowRange, runsOf } from '../score/ranges.ts';
import { readTable } from './read.ts';
import { alignTrain, multivariateOf, univariateOf } from './series.ts';

/** Metrics that whoever labeled the event holds responsible. */
export interface Blame {
  readonly rows: RowRange;
  readonly metrics: readonly string[];
}

/** One series and the truth about it. */
export type EvaluationCase =
  | {
      readonly kind: 'univariate';
      readonly name: string;
      readonly series: UnivariateSeries;
      readonly events: readonly RowRange[];
    }
  | {
      readonly kind: 'multivariate';
      readonly name: string;
      readonly train?: MultivariateSeries;
      readonly test: MultivariateSeries;
      readonly events: readonly RowRange[];
      readonly blamed: readonly Blame[];
    };

/** Where a case comes from. Plain data: it travels to the thread that works on it. */
export type CaseSource =
  | { readonly kind: 'held'; readonly name: string; readonly held: EvaluationCase }
  | {
      readonly kind: 'univariate-file';
      readonly name: string;
      readonly path: string;
      /** First and last second of each event, where they are not in a `label` column. */
      readonly windows?: readonly (readonly [number, number])[];
    }
  | {
      readonly kind: 'multivariate-files';
      readonly name: string;
      readonly train?: string;
      readonly test: string;
      readonly blamed: readonly Blame[];
    };

/** Rows of a window given as times: those of the first rows that carry exactly these times, else those just inside. */
export const rowsOfWindow = (timestamps: Float64Array, [from, to]: readonly [number, number]): RowRange | undefined => {
  const exactFirst = timestamps.indexOf(from);
  const exactLast = timestamps.indexOf(to);
  const first = exactFirst >= 0 ? exactFirst : timestamps.findIndex((at) => at >= from);
  const last = exactLast >= 0 ? exactLast : timestamps.findLastIndex((at) => at <= to);
  return first < 0 || last < first ? undefined : { first, last };
};

export const loadCase = async (source: CaseSource): Promise<Outcome<EvaluationCase, Failure>> => {
  if (source.kind === 'held') return succeed(source.held);
  if (source.kind === 'univariate-file') {
    const table = await readTable(source.path);
    if (!table.ok) return table;
    const series = univariateOf(table.value, source.name);
    if (source.windows === undefined)
      return succeed({ kind: 'univariate', name: source.name, series, events: runsOf(series.labels ?? []) });
    const events = source.windows.flatMap((window) => rowsOfWindow(series.timestamps, window) ?? []);
    return succeed({
      kind: 'univariate',
      name: source.name,
      series: { ...series, labels: flagsOf(events, series.timestamps.length) },
      events,
    });
  }
  const table = await readTable(source.test);
  if (!table.ok) return table;
  const test = multivariateOf(table.value, source.name);
  const truth = { kind: 'multivariate', name: source.name, test, events: runsOf(test.labels ?? []), blamed: source.blamed } as const;
  if (source.train === undefined) return succeed(truth);
  const before = await readTable(source.train);
  if (!before.ok) return before;
  const train = alignTrain(multivariateOf(before.value, `${source.name} (train)`), test);
  return train.ok ? succeed({ ...truth, train: train.value }) : train;
};
