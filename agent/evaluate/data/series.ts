import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { MultivariateSeries, UnivariateSeries } from '../contender.ts';
import type { Table } from './table.ts';

const truthOf = (table: Table): { readonly labels?: Uint8Array } => (table.labels === undefined ? {} : { labels: table.labels });

export const univariateOf = (table: Table, name: string): UnivariateSeries => ({
  name,
  timestamps: table.timestamps,
  values: table.values[0] as Float64Array,
  ...truthOf(table),
});

export const multivariateOf = (table: Table, name: string): MultivariateSeries => ({
  name,
  columns: table.columns,
  timestamps: table.timestamps,
  values: table.values,
  ...truthOf(table),
});

/** The earlier part with its columns in the order of the later one; both must have the same. */
export const alignTrain = (train: MultivariateSeries, test: MultivariateSeries): Outcome<MultivariateSeries, Failure<'COLUMNS_DIFFER'>> => {
  const place = new Map(train.columns.map((name, index) => [name, index]));
  const missing = test.columns.find((name) => !place.has(name));
  if (missing !== undefined || train.columns.length !== test.columns.length)
    return fail(
      'COLUMNS_DIFFER',
      `${train.name} and ${test.name} must have the same columns: ${train.columns.length} and ${test.columns.length}${missing === undefined ? '' : `, and "${missing}" is only in the second`}`,
    );
  return succeed({
    ...train,
    columns: test.columns,
    values: test.columns.map((name) => train.values[place.get(name) as number] as Float64Array),
  });
};
