import { seededRandom } from '../../../core/random.ts';
import { fitForest, scoreRows } from '../../../detectors/isolation-forest/index.ts';
import type { UnivariateContender, UnivariateSeries, UnivariateVerdicts } from '../contender.ts';
import { embed, embeddingOf, filled, habitOf } from './embedding.ts';
import { deviations, type Expectations, rollingExpectations, seasonalExpectations } from './robust.ts';
import { fitPrincipal, residualOf } from './subspace.ts';
import { alertAt, DEFAULT_THRESHOLD } from './threshold.ts';

const verdictsOf = (evidence: Float64Array, { center, scale }: Expectations): UnivariateVerdicts => ({
  expected: center,
  lower: center.map((value, row) => value - DEFAULT_THRESHOLD * (scale[row] as number)),
  upper: center.map((value, row) => value + DEFAULT_THRESHOLD * (scale[row] as number)),
  score: evidence.map((size) => size / (1 + size)),
  evidence,
  alert: alertAt(evidence, DEFAULT_THRESHOLD),
});

const byExpectation = (name: string, expect: (series: UnivariateSeries) => Expectations): UnivariateContender => ({
  name,
  run: (series) => {
    const expectations = expect(series);
    return verdictsOf(deviations(series.values, expectations), expectations);
  },
});

const WIDTH_OF_FOREST = 4;
const WIDTH_OF_SUBSPACE = 16;
/** The first fit; anew whenever the history has doubled, so that every row is judged by earlier rows alone. */
const FIRST_FIT_SHARE = 0.15;
const FIRST_FIT_LEAST = 64;
const FOREST_SEED = 17;

type Scorer = (rows: Float64Array) => Float64Array;

/** Judges the vectors of the last values by a model of all earlier ones, fitted anew whenever there are twice as many. */
const byVectors = (name: string, width: number, learn: (rows: Float64Array) => Scorer): UnivariateContender => ({
  name,
  run: (series) => {
    const values = filled(series.values);
    const count = values.length;
    const evidence = new Float64Array(count);
    let from = Math.min(count, Math.max(FIRST_FIT_LEAST, Math.floor(FIRST_FIT_SHARE * count)));
    while (from < count) {
      const until = Math.min(count, 2 * from);
      const embedding = embeddingOf(values, from, width);
      const rows = new Float64Array(until * width);
      for (let row = 0; row < until; row += 1) embed(values, row, embedding, rows, row * width);
      const scores = learn(rows.subarray(0, from * width))(rows);
      const habit = habitOf(scores.slice(0, from));
      for (let row = from; row < until; row += 1) evidence[row] = Math.max(0, ((scores[row] as number) - habit.center) / habit.scale);
      from = until;
    }
    const unknown = new Float64Array(count).fill(Number.NaN);
    return verdictsOf(evidence, { center: unknown, scale: unknown });
  },
});

const forestScorer =
  (width: number) =>
  (history: Float64Array): Scorer => {
    const forest = fitForest(history, width, seededRandom(FOREST_SEED));
    return (rows) => {
      const scores = new Float64Array(rows.length / width);
      scoreRows(forest, rows, scores);
      return scores;
    };
  };

const subspaceScorer =
  (width: number) =>
  (history: Float64Array): Scorer => {
    const subspace = fitPrincipal(history, width);
    const residual = new Float64Array(width);
    return (rows) => Float64Array.from({ length: rows.length / width }, (_, row) => residualOf(subspace, rows, row * width, residual));
  };

export const UNIVARIATE_BASELINES: readonly UnivariateContender[] = [
  byExpectation('rolling robust z', ({ timestamps, values }) => rollingExpectations(timestamps, values)),
  byExpectation('seasonal median + MAD', ({ timestamps, values }) => seasonalExpectations(timestamps, values)),
  byVectors('isolation forest', WIDTH_OF_FOREST, forestScorer(WIDTH_OF_FOREST)),
  byVectors('PCA', WIDTH_OF_SUBSPACE, subspaceScorer(WIDTH_OF_SUBSPACE)),
];
