import type { UnivariateContender, UnivariateSeries } from '../contender.ts';
import { compare, type Hearing, randomOf, type Standing } from './contest.ts';
import type { DrawnSeries, SeriesShape } from './series-shapes.ts';

const WEEK_SECONDS = 7 * 86_400;

/** Of each shape: draws with faults, and draws without. */
export interface Draws {
  readonly seed: number;
  readonly faulty: number;
  readonly clean: number;
}

/** Monday, 1 January 2024, midnight UTC: drawn weekends are weekends. */
export const STRESS_EPOCH_SECONDS = 1_704_067_200;

const seriesOf = (shape: SeriesShape, drawn: DrawnSeries, draw: number): UnivariateSeries => ({
  name: `${shape.name} ${draw}`,
  timestamps: Float64Array.from({ length: shape.grid.rows }, (_, row) => STRESS_EPOCH_SECONDS + row * shape.grid.stepSeconds),
  values: drawn.values,
});

/** Ours against the rivals on one shape. */
export const contestSeries = (
  shape: SeriesShape,
  ours: UnivariateContender,
  rivals: readonly UnivariateContender[],
  draws: Draws,
): Standing => {
  const drawn = Array.from({ length: draws.faulty + draws.clean }, (_, k) =>
    shape.draw(randomOf(draws.seed, shape.name, k), k < draws.faulty),
  );
  const hear = (contender: UnivariateContender): readonly Hearing[] =>
    drawn.map((one, k) => {
      const { score, alert } = contender.run(seriesOf(shape, one, k));
      return { score, alert, events: one.events, excused: one.excused, weeks: (shape.grid.rows * shape.grid.stepSeconds) / WEEK_SECONDS };
    });
  return compare(
    shape,
    hear(ours),
    rivals.map((rival) => ({ name: rival.name, hearings: hear(rival) })),
  );
};
