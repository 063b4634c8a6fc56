import { calendarSteps, DAY_MS, type DurationMs, HOUR_MS, type Instant, type TimeScale } from '../../core/time.ts';
import { BURN_RULES, type BurnRule } from './windows.ts';

/** What one event of the budget is. Durations are of the calendar. */
export type Budgeting =
  | { readonly kind: 'occurrences' }
  /** One slice is good when at least `target` of its events are. */
  | { readonly kind: 'timeslices'; readonly sliceMs: DurationMs; readonly target: number }
  /** One slice counts as much as any other, and is as good as the share of its good events. */
  | { readonly kind: 'ratio-timeslices'; readonly sliceMs: DurationMs };

export interface BurnRateOptions {
  /** Of the objective, for example 'checkout-latency'; the signal is named slo:<objective>. */
  readonly objective: string;
  readonly service: string;
  readonly tenant: string;
  /** Share of good events promised, for example 0.99. */
  readonly target: number;
  readonly scale: TimeScale;
  /** Calendar length of the error budget; 28 days unless said, so that every budget holds the same weekdays. */
  readonly budgetMs?: number;
  /** For a budget that begins anew with a period of the calendar: when the period of an instant began. */
  readonly periodStart?: (at: Instant) => Instant;
  readonly budgeting?: Budgeting;
  /** Instead of those of the workbook. */
  readonly rules?: readonly BurnRule[];
}

export interface BurnStep {
  readonly index: number;
  readonly endsAt: Instant;
  readonly good: number;
  readonly bad: number;
}

export interface EventCounts {
  readonly good: number;
  readonly bad: number;
}

/** Error budget of one objective. Opaque; a function of the steps given, in order. */
export interface BurnRate {
  readonly options: BurnRateOptions;
  readonly rules: readonly BurnRule[];
  /** Share of bad events allowed. */
  readonly allowed: number;
  /** Cumulative good and bad events at the end of each of the last steps, by index modulo length / 2. */
  readonly recent: Float64Array;
  /** Good and bad events by bucket of an hour, over the budget window and at least 28 days. */
  readonly budget: Float64Array;
  readonly bucketSteps: number;
  /** Fields by position, see below; then per rule: firing, burning since, holding since. */
  readonly scalars: Float64Array;
}

export const NEWEST = 0;
const GOOD = 1;
const BAD = 2;
export const BREACHED_AT = 3;
export const NEWEST_END = 4;
export const LAST_BAD_END = 5;
const SLICE = 6;
const SLICE_GOOD = 7;
const SLICE_BAD = 8;
const RULES_FROM = 12;

export const firingField = (rule: number): number => RULES_FROM + 3 * rule;
/** Since when the short window burns. */
export const burningField = (rule: number): number => RULES_FROM + 3 * rule + 1;
/** Since when everything the rule asks for holds. */
export const holdingField = (rule: number): number => RULES_FROM + 3 * rule + 2;

export const at = (values: Float64Array, index: number): number => values[index] as number;

/** What is known of the past for windows of few requests. */
const PAST_MS = 28 * DAY_MS;

/** Decimal targets as they were written: 1 - 0.99999 is not 0.00001 in binary, and thresholds must not hang on that. */
const allowedShare = (target: number): number => Math.max(1e-12, Math.round((1 - target) * 1e12) / 1e12);

export const createBurnRate = (options: BurnRateOptions): BurnRate => {
  const { target, scale, objective } = options;
  if (!(target > 0 && target < 1)) throw new RangeError(`objective ${objective}: target must lie in (0, 1), got ${target}`);
  const rules = options.rules ?? BURN_RULES;
  const longest = Math.max(1, ...rules.map((rule) => calendarSteps(Math.max(rule.longMs, rule.shortMs), scale)));
  const bucketSteps = calendarSteps(HOUR_MS, scale);
  const buckets = Math.max(1, Math.ceil(calendarSteps(Math.max(options.budgetMs ?? PAST_MS, PAST_MS), scale) / bucketSteps));
  const scalars = new Float64Array(RULES_FROM + 3 * rules.length);
  for (const field of [NEWEST, BREACHED_AT, NEWEST_END, LAST_BAD_END, SLICE]) scalars[field] = Number.NaN;
  rules.forEach((_rule, i) => {
    scalars[burningField(i)] = Number.NaN;
    scalars[holdingField(i)] = Number.NaN;
  });
  return {
    options,
    rules,
    allowed: allowedShare(target),
    recent: new Float64Array(2 * (longest + 1)),
    budget: new Float64Array(2 * buckets),
    bucketSteps,
    scalars,
  };
};

const settledSlice = (budgeting: Exclude<Budgeting, { readonly kind: 'occurrences' }>, { good, bad }: EventCounts): EventCounts => {
  const total = good + bad;
  if (total === 0) return { good: 0, bad: 0 };
  if (budgeting.kind === 'ratio-timeslices') return { good: good / total, bad: bad / total };
  return good >= budgeting.target * total * (1 - 1e-12) ? { good: 1, bad: 0 } : { good: 0, bad: 1 };
};

/** What a step adds to the budget: its events, or the slice that ends in it. */
const budgeted = (burn: BurnRate, step: BurnStep): EventCounts => {
  const { budgeting, scale } = burn.options;
  if (budgeting === undefined || budgeting.kind === 'occurrences') return step;
  const { scalars } = burn;
  const sliceSteps = calendarSteps(budgeting.sliceMs, scale);
  const slice = Math.floor(step.index / sliceSteps);
  let settled: EventCounts = { good: 0, bad: 0 };
  const settle = (): void => {
    const more = settledSlice(budgeting, { good: at(scalars, SLICE_GOOD), bad: at(scalars, SLICE_BAD) });
    settled = { good: settled.good + more.good, bad: settled.bad + more.bad };
    scalars[SLICE_GOOD] = 0;
    scalars[SLICE_BAD] = 0;
  };
  if (slice !== at(scalars, SLICE)) settle();
  scalars[SLICE] = slice;
  scalars[SLICE_GOOD] = at(scalars, SLICE_GOOD) + step.good;
  scalars[SLICE_BAD] = at(scalars, SLICE_BAD) + step.bad;
  if ((step.index + 1) % sliceSteps === 0) settle();
  return settled;
};

/** Takes a step into the windows. Steps left out had no events. */
export const count = (burn: BurnRate, step: BurnStep): void => {
  const { scalars, recent, budget, bucketSteps } = burn;
  const { index, endsAt } = step;
  const slots = recent.length / 2;
  const buckets = budget.length / 2;
  const previous = at(scalars, NEWEST);
  const bucket = Math.floor(index / bucketSteps);
  if (!Number.isNaN(previous)) {
    for (let k = Math.max(previous + 1, index - slots); k < index; k += 1) {
      recent[2 * (k % slots)] = at(scalars, GOOD);
      recent[2 * (k % slots) + 1] = at(scalars, BAD);
    }
    for (let k = Math.max(Math.floor(previous / bucketSteps) + 1, bucket - buckets + 1); k <= bucket; k += 1)
      budget.fill(0, 2 * (k % buckets), 2 * (k % buckets) + 2);
  }
  const { good, bad } = budgeted(burn, step);
  scalars[GOOD] = at(scalars, GOOD) + good;
  scalars[BAD] = at(scalars, BAD) + bad;
  recent[2 * (index % slots)] = at(scalars, GOOD);
  recent[2 * (index % slots) + 1] = at(scalars, BAD);
  const place = 2 * (bucket % buckets);
  budget[place] = at(budget, place) + good;
  budget[place + 1] = at(budget, place + 1) + bad;
  scalars[NEWEST] = index;
  scalars[NEWEST_END] = endsAt;
  if (bad > 0) scalars[LAST_BAD_END] = endsAt;
};

/** Events of the last `steps` steps. */
export const within = (burn: BurnRate, steps: number): EventCounts => {
  const { scalars, recent } = burn;
  const slots = recent.length / 2;
  const before = at(scalars, NEWEST) - steps;
  const slot = 2 * (((before % slots) + slots) % slots);
  return { good: at(scalars, GOOD) - at(recent, slot), bad: at(scalars, BAD) - at(recent, slot + 1) };
};

/** Events of the last `steps` steps, or of as many more as it takes to hold `least` events, if the windows hold so many. */
export const withinAtLeast = (burn: BurnRate, steps: number, least: number): EventCounts => {
  const holds = (length: number): boolean => {
    const { good, bad } = within(burn, length);
    return good + bad >= least;
  };
  const longest = burn.recent.length / 2 - 1;
  if (holds(steps) || !holds(longest)) return within(burn, holds(steps) ? steps : longest);
  let short = steps;
  let long = longest;
  while (long - short > 1) {
    const middle = Math.floor((short + long) / 2);
    if (holds(middle)) long = middle;
    else short = middle;
  }
  return within(burn, long);
};

const hoursBack = (burn: BurnRate, calendarMs: DurationMs): EventCounts => {
  const { budget, bucketSteps, scalars } = burn;
  const buckets = budget.length / 2;
  const newest = Math.floor(at(scalars, NEWEST) / bucketSteps);
  const length = Math.min(buckets, Math.ceil(calendarSteps(calendarMs, burn.options.scale) / bucketSteps));
  let good = 0;
  let bad = 0;
  let place = (newest - length + 1 + buckets) % buckets;
  for (let bucket = 0; bucket < length; bucket += 1) {
    good += at(budget, 2 * place);
    bad += at(budget, 2 * place + 1);
    place = place + 1 === buckets ? 0 : place + 1;
  }
  return { good, bad };
};

/** Events of the last 28 days. */
export const pastCounts = (burn: BurnRate): EventCounts => hoursBack(burn, PAST_MS);

/** Events of the budget in force. */
export const budgetCounts = (burn: BurnRate): EventCounts => {
  const { budgetMs, periodStart, scale } = burn.options;
  const newest = at(burn.scalars, NEWEST_END);
  if (Number.isNaN(newest)) return { good: 0, bad: 0 };
  if (periodStart === undefined) return hoursBack(burn, budgetMs ?? PAST_MS);
  // The newest step ends in the period it belongs to, unless it is the first instant of the next.
  const elapsedMs = newest - periodStart(newest - 1);
  return hoursBack(burn, Math.max(scale.stepMs, elapsedMs) * (DAY_MS / scale.dayLengthMs));
};
