import type { MultivariateContender, MultivariateSeries } from '../contender.ts';
import { compare, type Hearing, randomOf, type Standing } from './contest.ts';
import type { Grid } from './drawing.ts';
import { type Draws, STRESS_EPOCH_SECONDS } from './series-contest.ts';
import type { ServiceShape } from './service-shapes.ts';

const WEEK_SECONDS = 7 * 86_400;

const part = (name: string, grid: Grid, startsAt: number, values: readonly Float64Array[]): MultivariateSeries => ({
  name,
  columns: values.map((_, j) => `m${j + 1}`),
  timestamps: Float64Array.from({ length: grid.rows }, (_, row) => startsAt + row * grid.stepSeconds),
  values,
});

/** A standing, and of the events found how often one of the three names blamed first was right. */
export interface ServiceStanding extends Standing {
  readonly blamedRight: number;
}

/** Ours against the rivals on one shape. */
export const contestServices = (
  shape: ServiceShape,
  ours: MultivariateContender,
  rivals: readonly MultivariateContender[],
  draws: Draws,
): ServiceStanding => {
  const drawn = Array.from({ length: draws.faulty + draws.clean }, (_, k) =>
    shape.draw(randomOf(draws.seed, shape.name, k), k < draws.faulty),
  );
  const testStartsAt = STRESS_EPOCH_SECONDS + shape.train.rows * shape.train.stepSeconds;
  let blamedRight = 0;
  const hear = (contender: MultivariateContender, isOurs: boolean): readonly Hearing[] =>
    drawn.map((one, k) => {
      const name = `${shape.name} ${k}`;
      const verdicts = contender.run(
        part(name, shape.train, STRESS_EPOCH_SECONDS, one.train),
        part(name, shape.test, testStartsAt, one.test),
      );
      if (isOurs) blamedRight += countBlamedRight(one, verdicts);
      return {
        score: verdicts.score,
        alert: verdicts.alert,
        events: one.events,
        excused: one.excused,
        weeks: (shape.test.rows * shape.test.stepSeconds) / WEEK_SECONDS,
      };
    });
  const standing = compare(
    shape,
    hear(ours, true),
    rivals.map((rival) => ({ name: rival.name, hearings: hear(rival, false) })),
  );
  return { ...standing, blamedRight };
};

const countBlamedRight = (
  drawn: ReturnType<ServiceShape['draw']>,
  verdicts: { readonly alert: Uint8Array; readonly top: readonly (readonly string[])[] },
): number =>
  drawn.events.filter((event, e) => {
    for (let row = Math.max(0, event.first - 1); row <= event.last; row += 1) {
      const opens = verdicts.alert[row] === 1 && (row === 0 || verdicts.alert[row - 1] === 0);
      if (opens) return (verdicts.top[row] ?? []).slice(0, 3).some((name) => drawn.moved[e]?.some((j) => name === `m${j + 1}`));
    }
    return false;
  }).length;
