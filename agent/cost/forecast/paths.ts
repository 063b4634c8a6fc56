import type { Random } from '../../../core/random.ts';
import type { ErrorPath } from './blend.ts';
import type { WalkedDriver } from './walk.ts';

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

/** Cost of each of `days` days along one drawn path, of all drivers together. */
export const costOfPath = (
  walked: readonly WalkedDriver[],
  medians: readonly Float64Array[],
  errors: readonly Float64Array[],
  origin: number,
  days: number,
): Float64Array => {
  const cost = new Float64Array(days);
  walked.forEach(({ driver }, index) => {
    const median = medians[index] as Float64Array;
    const error = errors[index] as Float64Array;
    for (let day = 0; day < days; day += 1) {
      const factor = Math.exp(error[day] as number);
      const end = Math.min(median.length, (day + 1) * HOURS_A_DAY);
      let sum = 0;
      for (let hour = day * HOURS_A_DAY; hour < end; hour += 1) {
        const value = median[hour] as number;
        if (!Number.isNaN(value)) sum += driver.costAt(origin + hour, value * factor, origin);
      }
      cost[day] = (cost[day] as number) + sum;
    }
  });
  return cost;
};
