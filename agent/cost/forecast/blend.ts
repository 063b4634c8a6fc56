import type { Opinions, WalkedDriver } from './walk.ts';

const HOURS_A_DAY = 24;
/** A day whose load was a twentieth, or twenty times, of what was forecast says no more than that. */
const BOUND = 3;
/** Shares of the forecaster that are tried; the rest is what is typical. */
const SHARES = [0, 0.25, 0.5, 0.75, 1];
/** Nothing is known yet: half and half. */
const EVEN = 0.5;

/** Days ahead that share a weight: tomorrow, the two days after, all later ones. */
const bucketOf = (day: number): number => (day === 0 ? 0 : day <= 2 ? 1 : 2);
const BUCKETS = 3;

/** Share of the forecaster by bucket of days ahead, one list a driver. */
export type Blend = readonly (readonly number[])[];

/** What came after one origin beside what both opinions had said, in sums of 24 hours over the hours that are known. */
export interface Outcome24 {
  readonly origin: number;
  readonly byDriver: readonly { readonly came: Float64Array; readonly forecaster: Float64Array; readonly typical: Float64Array }[];
}

const sumsOf = (values: Float64Array, origin: number, { forecaster, typical }: Opinions): Outcome24['byDriver'][number] => {
  const days = Math.floor(forecaster.length / HOURS_A_DAY);
  const sums = { came: new Float64Array(days), forecaster: new Float64Array(days), typical: new Float64Array(days) };
  for (let ahead = 0; ahead < days * HOURS_A_DAY; ahead += 1) {
    const value = values[origin + ahead] ?? Number.NaN;
    if (Number.isNaN(value) || Number.isNaN(forecaster[ahead] as number) || Number.isNaN(typical[ahead] as number)) continue;
    const day = Math.floor(ahead / HOURS_A_DAY);
    sums.came[day] = (sums.came[day] as number) + value;
    sums.forecaster[day] = (sums.forecaster[day] as number) + (forecaster[ahead] as number);
    sums.typical[day] = (sums.typical[day] as number) + (typical[ahead] as number);
  }
  return sums;
};

export const outcomesOf = (walked: readonly WalkedDriver[]): readonly Outcome24[] =>
  (walked[0]?.past ?? []).map(({ origin }, index) => ({
    origin,
    byDriver: walked.map(({ driver, past }) => sumsOf(driver.values, origin, past[index] as Opinions)),
  }));

const logError = (one: Outcome24['byDriver'][number], day: number, share: number): number => {
  const came = one.came[day] as number;
  const said = share * (one.forecaster[day] as number) + (1 - share) * (one.typical[day] as number);
  return came > 0 && said > 0 ? Math.max(-BOUND, Math.min(BOUND, Math.log(came / said))) : Number.NaN;
};

/** The shares that were least wrong in the past, by driver and by how far ahead. */
export const learnBlend = (outcomes: readonly Outcome24[], drivers: number): Blend =>
  Array.from({ length: drivers }, (_, driver) =>
    Array.from({ length: BUCKETS }, (_unused, bucket) => {
      let best = EVEN;
      let least = Number.POSITIVE_INFINITY;
      for (const share of SHARES) {
        let wrong = 0;
        for (const { byDriver } of outcomes) {
          const one = byDriver[driver] as Outcome24['byDriver'][number];
          one.came.forEach((_came, day) => {
            if (bucketOf(day) === bucket) wrong += Math.abs(logError(one, day, share) || 0);
          });
        }
        if (wrong < least) {
          least = wrong;
          best = share;
        }
      }
      return outcomes.length === 0 ? EVEN : best;
    }),
  );

export const blended = ({ forecaster, typical }: Opinions, shares: readonly number[]): Float64Array =>
  forecaster.map((value, ahead) => {
    const share = shares[bucketOf(Math.floor(ahead / HOURS_A_DAY))] as number;
    const usual = typical[ahead] as number;
    if (Number.isNaN(usual)) return value;
    return Number.isNaN(value) ? usual : share * value + (1 - share) * usual;
  });

/** How wrong a blended forecast was, day by day after its making: the logarithm of what came over what was forecast. */
export interface ErrorPath {
  /** One list of days a driver. */
  readonly byDriver: readonly Float64Array[];
}

/** Errors of all drivers together, by origin: what goes wrong together stays together. */
export const errorPaths = (outcomes: readonly Outcome24[], blend: Blend): readonly ErrorPath[] =>
  outcomes.map(({ byDriver }) => ({
    byDriver: byDriver.map((one, driver) => {
      let last = 0;
      return one.came.map((_, day) => {
        const error = logError(one, day, blend[driver]?.[bucketOf(day)] ?? EVEN);
        // A day without data repeats the error of the day before: nothing is known that would change it.
        if (!Number.isNaN(error)) last = error;
        return last;
      });
    }),
  }));
