import { seededRandom } from '../../../core/random.ts';
import { fitForest, scoreRows } from '../../../detectors/isolation-forest/index.ts';
import type { MultivariateContender, MultivariateSeries, MultivariateVerdicts } from '../contender.ts';
import { filled, habitOf } from './embedding.ts';
import { largestPlaces } from './kernel.ts';
import { deviations, fixedExpectations, rollingExpectations, seasonalExpectations } from './robust.ts';
import { fitPrincipal, residualOf } from './subspace.ts';
import { alertAt, DEFAULT_THRESHOLD, LEAST_EVIDENCE } from './threshold.ts';

/** Columns that have to be odd together, and how far one may stand out: one broken sensor is not the service. */
const AVERAGED = 3;
const COLUMN_AT_MOST = 50;
const NAMED = 5;
const FOREST_SEED = 17;
/** Share of a series without an earlier part that stands in for one, and is not judged. */
const WARM_UP_SHARE = 0.3;

/** `sizes` holds how odd each column is, a column each. */
const verdictsOf = (test: MultivariateSeries, evidence: Float64Array, sizes: readonly Float64Array[]): MultivariateVerdicts => {
  const row = new Float64Array(sizes.length);
  const places = new Int32Array(Math.min(NAMED, sizes.length));
  // Names at any threshold that is tried later: whoever would open an alert here would blame these.
  const top = Array.from(evidence, (size, at): readonly string[] => {
    if (size < LEAST_EVIDENCE) return [];
    for (const [place, column] of sizes.entries()) row[place] = column[at] as number;
    largestPlaces(row, places);
    return Array.from(places, (place) => test.columns[place] as string);
  });
  return { score: evidence.map((size) => size / (1 + size)), evidence, alert: alertAt(evidence, DEFAULT_THRESHOLD), top };
};

const meanOfLargest = (sizes: readonly Float64Array[], rows: number): Float64Array => {
  const row = new Float64Array(sizes.length);
  const places = new Int32Array(Math.min(AVERAGED, sizes.length));
  return Float64Array.from({ length: rows }, (_, at) => {
    for (const [place, column] of sizes.entries()) row[place] = Math.min(COLUMN_AT_MOST, column[at] as number);
    largestPlaces(row, places);
    let sum = 0;
    for (const place of places) sum += row[place] as number;
    return sum / places.length;
  });
};

const byColumns = (
  name: string,
  sizesOf: (train: MultivariateSeries | undefined, test: MultivariateSeries) => readonly Float64Array[],
): MultivariateContender => ({
  name,
  run: (train, test) => {
    const sizes = sizesOf(train, test);
    const evidence = meanOfLargest(sizes, test.timestamps.length);
    return verdictsOf(test, evidence, sizes);
  },
});

/** Rows of all columns side by side, standardized by the mean and deviation of the first `known` rows. */
const standardized = (columns: readonly Float64Array[], known: number): Float64Array => {
  const width = columns.length;
  const count = columns[0]?.length ?? 0;
  const rows = new Float64Array(count * width);
  for (const [place, column] of columns.entries()) {
    let mean = 0;
    let square = 0;
    for (let row = 0; row < known; row += 1) mean += (column[row] as number) / known;
    for (let row = 0; row < known; row += 1) square += (((column[row] as number) - mean) * ((column[row] as number) - mean)) / known;
    const deviation = Math.sqrt(square);
    if (deviation < 1e-9) continue; // It never moved: nothing to measure a move by.
    for (let row = 0; row < count; row += 1) rows[row * width + place] = ((column[row] as number) - mean) / deviation;
  }
  return rows;
};

const joined = (
  train: MultivariateSeries | undefined,
  test: MultivariateSeries,
): { readonly columns: readonly Float64Array[]; readonly known: number } => {
  const earlier = train?.timestamps.length ?? 0;
  const columns = test.values.map((column, place) => {
    const whole = new Float64Array(earlier + column.length);
    if (train !== undefined) whole.set(train.values[place] as Float64Array);
    whole.set(column, earlier);
    return filled(whole);
  });
  return { columns, known: earlier > 0 ? earlier : Math.max(2, Math.floor(WARM_UP_SHARE * test.timestamps.length)) };
};

type Fitted = (rows: Float64Array) => { readonly scores: Float64Array; readonly sizes: (row: number) => readonly number[] };

/** A model of the earlier part judges every row of the later one by itself. */
const byRows = (name: string, learn: (history: Float64Array, width: number) => Fitted): MultivariateContender => ({
  name,
  run: (train, test) => {
    const { columns, known } = joined(train, test);
    const width = columns.length;
    const rows = standardized(columns, known);
    const { scores, sizes } = learn(rows.subarray(0, known * width), width)(rows);
    const habit = habitOf(scores.slice(0, known));
    const earlier = train?.timestamps.length ?? 0;
    const evidence = Float64Array.from(test.timestamps, (_, row) =>
      earlier + row < known ? 0 : Math.max(0, ((scores[earlier + row] as number) - habit.center) / habit.scale),
    );
    const byColumn = columns.map(() => new Float64Array(evidence.length));
    for (let row = 0; row < evidence.length; row += 1) {
      if ((evidence[row] as number) < LEAST_EVIDENCE) continue;
      for (const [place, size] of sizes(earlier + row).entries()) (byColumn[place] as Float64Array)[row] = size;
    }
    return verdictsOf(test, evidence, byColumn);
  },
});

const forest = (history: Float64Array, width: number): Fitted => {
  const fitted = fitForest(history, width, seededRandom(FOREST_SEED));
  return (rows) => {
    const scores = new Float64Array(rows.length / width);
    scoreRows(fitted, rows, scores);
    return { scores, sizes: (row) => Array.from(rows.subarray(row * width, (row + 1) * width), Math.abs) };
  };
};

const principal = (history: Float64Array, width: number): Fitted => {
  const subspace = fitPrincipal(history, width);
  const residual = new Float64Array(width);
  return (rows) => ({
    scores: Float64Array.from({ length: rows.length / width }, (_, row) => residualOf(subspace, rows, row * width, residual)),
    sizes: (row) => {
      residualOf(subspace, rows, row * width, residual);
      return Array.from(residual, Math.abs);
    },
  });
};

export const MULTIVARIATE_BASELINES: readonly MultivariateContender[] = [
  byColumns('rolling robust z', (_, test) => test.values.map((values) => deviations(values, rollingExpectations(test.timestamps, values)))),
  byColumns('seasonal median + MAD', (train, test) =>
    test.values.map((values, place) =>
      deviations(
        values,
        train === undefined
          ? seasonalExpectations(test.timestamps, values)
          : fixedExpectations({ timestamps: train.timestamps, values: train.values[place] as Float64Array }, test.timestamps),
      ),
    ),
  ),
  byRows('isolation forest', forest),
  byRows('PCA', principal),
];
