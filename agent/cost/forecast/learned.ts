import { blended, type ErrorPath, errorPaths, learnBlend, type Outcome24 } from './blend.ts';
import { type Ahead, correctionOf } from './paths.ts';
import type { Opinions, WalkedDriver } from './walk.ts';

/** Everything that is learned from forecasts of the past whose outcome is known. */
export interface Learned {
  readonly errors: readonly ErrorPath[];
  /** The hours after an origin, from both opinions of each driver. */
  ahead(opinionsOf: (walked: WalkedDriver) => Opinions): readonly Ahead[];
}

/** `places` are those of the outcomes among all forecasts of the past. */
export const learnFrom = (walked: readonly WalkedDriver[], outcomes: readonly Outcome24[], places: readonly number[]): Learned => {
  const blend = learnBlend(outcomes, walked.length);
  const errors = errorPaths(outcomes, blend);
  const past = outcomes.map(({ origin }, index) => ({ origin, place: places[index] as number, errors: errors[index] as ErrorPath }));
  const sharesOf = (driver: number): readonly number[] => blend[driver] as readonly number[];
  const corrections = walked.map((one, driver) => correctionOf(one, driver, past, sharesOf(driver)));
  return {
    errors,
    ahead: (opinionsOf) =>
      walked.map((one, driver) => ({ median: blended(opinionsOf(one), sharesOf(driver)), correction: corrections[driver] as number })),
  };
};
