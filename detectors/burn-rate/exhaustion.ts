import type { DurationMs } from '../../core/time.ts';
import { betaTail } from '../special-functions.ts';
import { type BurnRate, budgetCounts, type EventCounts } from './counts.ts';

/** How long the rest of a budget lasts at the pace of a window: early, median and late. */
export interface Exhaustion {
  readonly q10: DurationMs;
  readonly q50: DurationMs;
  readonly q90: DurationMs;
}

/** The share below which the true one lies with probability `q`, by bisection: Jeffreys' prior, half an event on each side. */
const shareQuantile = ({ good, bad }: EventCounts, q: number): number => {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 40; i += 1) {
    const middle = (low + high) / 2;
    if (betaTail(middle, bad + 0.5, good + 0.5) > 1 - q) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

/**
 * Failures that are left in the budget, divided by those a step brings. Only the share of failures is uncertain here:
 * how many requests come is taken as in the window. Undefined where nothing is left, or nothing fails.
 */
export const exhaustionOf = (burn: BurnRate, judged: EventCounts, steps: number): Exhaustion | undefined => {
  const budget = budgetCounts(burn);
  const left = burn.allowed * (budget.good + budget.bad) - budget.bad;
  const perStep = (judged.good + judged.bad) / steps;
  if (!(left > 0 && perStep > 0 && judged.bad > 0)) return undefined;
  const lasts = (q: number): DurationMs => (left / (perStep * shareQuantile(judged, q))) * burn.options.scale.stepMs;
  return { q10: lasts(0.9), q50: lasts(0.5), q90: lasts(0.1) };
};
