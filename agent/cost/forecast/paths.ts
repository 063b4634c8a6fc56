import type { Random } from '../../../core/random.ts';
import { blended, type ErrorPath } from './blend.ts';
import type { Opinions, WalkedDriver } from './walk.ts';

const HOURS_A_DAY = 24;

/**
 * One possible error of each driver for each of `days` days: the path that a real forecast of the past took, drawn at
 * random, and where it ends the steps of another one from there on.
 */
export const drawErrors = (known: readonly ErrorPath[], drivers: number, days: number, random: Random): readonly Float64Array[] => {
  const drawn = Array.from({ length: drivers }, () => new Float64Array(days));
  if (known.length === 0) return drawn;
  const level = new Float64Array(drivers);
  let day = 0;
  while (day < days) {
    const path = known[Math.floor(random() * known.length)] as ErrorPath;
    const length = path.byDriver[0]?.length ?? 0;
    // The first day of a later piece is where the piece before it ended.
    const skip = day === 0 ? 0 : 1;
    if (length <= skip) break;
    const steps = Math.min(length - skip, days - day);
    path.byDriver.forEach((errors, driver) => {
      const target = drawn[driver] as Float64Array;
      const base = day === 0 ? 0 : (level[driver] as number) - (errors[0] as number);
      for (let step = 0; step < steps; step += 1) target[day + step] = base + (errors[skip + step] as number);
      level[driver] = target[day + steps - 1] as number;
    });
    day += steps;
  }
  return drawn;
};

/** What one driver's hours ahead are, and how what really was paid compares with what a path costs. */
export interface Ahead {
  readonly median: Float64Array;
  readonly correction: number;
}

const costOfDay = ({ driver }: WalkedDriver, { median, correction }: Ahead, origin: number, day: number, factor: number): number => {
  const end = Math.min(median.length, (day + 1) * HOURS_A_DAY);
  let sum = 0;
  for (let hour = day * HOURS_A_DAY; hour < end; hour += 1) {
    const value = median[hour] as number;
    if (!Number.isNaN(value)) sum += driver.costAt(origin + hour, value * factor, origin);
  }
  return sum * correction;
};

/** What days cost without any error, where an error only scales them; undefined where a plan stands between load and cost. */
export const scalableDays = (one: WalkedDriver, ahead: Ahead, origin: number, days: number): Float64Array | undefined =>
  one.driver.kind === 'load through the plan'
    ? undefined
    : Float64Array.from({ length: days }, (_, day) => costOfDay(one, ahead, origin, day, 1));

/** Cost of each of `days` days along one drawn path, of all drivers together. */
export const costOfPath = (
  walked: readonly WalkedDriver[],
  ahead: readonly Ahead[],
  errors: readonly Float64Array[],
  origin: number,
  days: number,
  scalable: readonly (Float64Array | undefined)[],
): Float64Array => {
  const cost = new Float64Array(days);
  walked.forEach((one, index) => {
    const error = errors[index] as Float64Array;
    for (let day = 0; day < days; day += 1) {
      const factor = Math.exp(error[day] as number);
      const base = scalable[index]?.[day];
      const paid = base === undefined ? costOfDay(one, ahead[index] as Ahead, origin, day, factor) : base * factor;
      cost[day] = (cost[day] as number) + paid;
    }
  });
  return cost;
};

/** Past forecasts that a correction looks back on. */
const CORRECTED_BY = 8;

/**
 * What was paid over what the plan makes of the forecast with its load errors taken away. A forecast is smoother than a
 * load, and replicas are whole: the plan of a mean day is not the mean of the plans.
 */
export const correctionOf = (one: WalkedDriver, index: number, past: readonly PastPath[], shares: readonly number[]): number => {
  if (one.driver.kind !== 'load through the plan') return 1;
  let paid = 0;
  let planned = 0;
  for (const { origin, place, errors } of past.slice(-CORRECTED_BY)) {
    const ahead = { median: blended(one.past[place] as Opinions, shares), correction: 1 };
    (errors.byDriver[index] as Float64Array).forEach((error, day) => {
      const hours = one.driver.cost.slice(origin + day * HOURS_A_DAY, origin + (day + 1) * HOURS_A_DAY);
      const sum = hours.reduce((total, cost) => total + cost, 0);
      if (Number.isNaN(sum)) return;
      paid += sum;
      planned += costOfDay(one, ahead, origin, day, Math.exp(error));
    });
  }
  return planned > 0 ? paid / planned : 1;
};

/** A forecast of the past with its place among all of them. */
export interface PastPath {
  readonly origin: number;
  readonly place: number;
  readonly errors: ErrorPath;
}
