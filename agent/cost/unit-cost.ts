import { linearRegression, linearRegressionLine, rSquared } from 'simple-statistics';
import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';
import type { Ledger } from './ledger.ts';
import { divideRounded, type Micros, toUnits } from './money.ts';

const IN_ONE_UNIT = 1_000;
/** A line through fewer days is no statement. */
const REGRESSION_DAYS_MIN = 10;

export interface UnitDay {
  readonly day: Instant;
  readonly payments: number;
  readonly cost: Micros;
  /** Cost of 1,000 payments; undefined on a day without any. */
  readonly perThousand: Micros | undefined;
}

export interface UnitCost {
  readonly payments: number;
  readonly perThousand: Micros | undefined;
  readonly days: readonly UnitDay[];
  /** From a line through the days: what 1,000 more payments cost, in units of the currency, and how much of the movement it explains. */
  readonly marginal: { readonly perThousand: number; readonly rSquared: number; readonly days: number } | undefined;
}

const perThousand = (cost: Micros, payments: number): Micros | undefined =>
  payments >= 1 ? divideRounded(cost * BigInt(IN_ONE_UNIT), BigInt(Math.round(payments))) : undefined;

/** Payments counted in a span of hours; NaN when none of them has a count. */
export const paymentsIn = (ledger: Ledger, from: Instant, until: Instant): number => {
  const [first, last] = [Math.round((from - ledger.from) / HOUR_MS), Math.round((until - ledger.from) / HOUR_MS)];
  let sum = Number.NaN;
  for (const { payments } of ledger.series.values()) {
    for (let hour = Math.max(0, first); hour < Math.min(last, payments.length); hour += 1) {
      const count = payments[hour] as number;
      if (!Number.isNaN(count)) sum = (Number.isNaN(sum) ? 0 : sum) + count;
    }
  }
  return sum;
};

const marginalOf = (days: readonly UnitDay[]): UnitCost['marginal'] => {
  const points = days
    .filter(({ perThousand: known }) => known !== undefined)
    .map(({ payments, cost }) => [payments / IN_ONE_UNIT, toUnits(cost)]);
  if (points.length < REGRESSION_DAYS_MIN) return undefined;
  const line = linearRegression(points);
  if (!Number.isFinite(line.m)) return undefined;
  return { perThousand: line.m, rSquared: rSquared(points, linearRegressionLine(line)), days: points.length };
};

/** Undefined when payments were not counted. */
export const unitCostOf = (ledger: Ledger, from: Instant, until: Instant): UnitCost | undefined => {
  const payments = paymentsIn(ledger, from, until);
  if (Number.isNaN(payments)) return undefined;
  const byDay = new Map<Instant, Micros>();
  for (const { day, cost } of ledger.lines) byDay.set(day, (byDay.get(day) ?? 0n) + cost);
  const days: UnitDay[] = [];
  let cost = 0n;
  for (let day = from; day < until; day += DAY_MS) {
    const dayCost = byDay.get(day) ?? 0n;
    cost += dayCost;
    // A day that is not over yet would show a cost per payment of half a day.
    const counted = day + DAY_MS <= until ? paymentsIn(ledger, day, day + DAY_MS) : Number.NaN;
    if (!Number.isNaN(counted)) days.push({ day, payments: counted, cost: dayCost, perThousand: perThousand(dayCost, counted) });
  }
  return { payments, perThousand: perThousand(cost, payments), days, marginal: marginalOf(days) };
};
