import { modelKey } from '../../core/signal.ts';
import { calendarSteps, DAY_MS, HOUR_MS, type Instant, type TimeScale } from '../../core/time.ts';
import type { Finding } from '../finding.ts';
import { betaTail } from '../special-functions.ts';
import { BURN_RULES, type BurnRule } from './windows.ts';

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
}

export interface BurnStep {
  readonly index: number;
  readonly endsAt: Instant;
  readonly good: number;
  readonly bad: number;
}

/** One rule at the newest step. Burn is the bad share over the budgeted share; NaN where the window had no events. */
export interface BurnWindow {
  readonly rule: BurnRule;
  readonly longSteps: number;
  readonly shortSteps: number;
  readonly longBurn: number;
  readonly shortBurn: number;
  /** P(true bad share in the long window is above the rule's threshold). */
  readonly certainty: number;
  readonly firing: boolean;
}

/** Error budget of one objective. Opaque; a function of the steps given, in order. */
export interface BurnRate {
  readonly options: BurnRateOptions;
  /** Cumulative good and bad events at the end of each of the last steps, by index modulo length / 2. */
  readonly recent: Float64Array;
  /** Good and bad events by coarse bucket of the budget window. */
  readonly budget: Float64Array;
  readonly bucketSteps: number;
  /** Fields by position: newest index, cumulative good, bad, breached at, then per rule firing and burning since. */
  readonly scalars: Float64Array;
}

const NEWEST = 0;
const GOOD = 1;
const BAD = 2;
const BREACHED_AT = 3;
const NEWEST_END = 4;
const FIRING = 8;
const BURNING_SINCE = 16;

/** The past may count for at most so many events, so that it cannot outvote what is seen now. */
const PRIOR_EVENTS = 20;
const CERTAINTY = 0.95;
const DEFAULT_BUDGET_MS = 28 * DAY_MS;

export const createBurnRate = (options: BurnRateOptions): BurnRate => {
  const { target, scale } = options;
  if (!(target > 0 && target < 1)) throw new RangeError(`objective ${options.objective}: target must lie in (0, 1), got ${target}`);
  const longest = Math.max(...BURN_RULES.map((rule) => calendarSteps(rule.longMs, scale)));
  const bucketSteps = calendarSteps(HOUR_MS, scale);
  const buckets = Math.max(1, Math.ceil(calendarSteps(options.budgetMs ?? DEFAULT_BUDGET_MS, scale) / bucketSteps));
  const scalars = new Float64Array(24);
  scalars[NEWEST] = Number.NaN;
  scalars[BREACHED_AT] = Number.NaN;
  scalars.fill(Number.NaN, BURNING_SINCE);
  return { options, recent: new Float64Array(2 * (longest + 1)), budget: new Float64Array(2 * buckets), bucketSteps, scalars };
};

const at = (values: Float64Array, index: number): number => values[index] as number;

/** Counts one step and says whether the budget burns too fast. Steps left out had no events; a step seen before changes nothing. */
export const scoreBurn = (burn: BurnRate, step: BurnStep): Finding | undefined => {
  const { good, bad, index } = step;
  if (!(Number.isFinite(good) && Number.isFinite(bad) && good >= 0 && bad >= 0)) return findingOf(burn);
  if (index <= at(burn.scalars, NEWEST)) return findingOf(burn);
  count(burn, step);
  for (const [i, window] of burnWindows(burn).entries()) {
    const { scalars } = burn;
    // Burning since the short window first did; an empty short window says nothing either way.
    if (window.shortBurn >= window.rule.factor) {
      if (Number.isNaN(at(scalars, BURNING_SINCE + i))) scalars[BURNING_SINCE + i] = step.endsAt;
    } else if (!Number.isNaN(window.shortBurn)) scalars[BURNING_SINCE + i] = Number.NaN;
    scalars[FIRING + i] = window.firing ? 1 : 0;
  }
  const remaining = budgetRemaining(burn);
  if (remaining >= 0 || Number.isNaN(remaining)) burn.scalars[BREACHED_AT] = Number.NaN;
  else if (Number.isNaN(at(burn.scalars, BREACHED_AT))) burn.scalars[BREACHED_AT] = step.endsAt;
  return findingOf(burn);
};

const count = (burn: BurnRate, { index, endsAt, good, bad }: BurnStep): void => {
  const { scalars, recent, budget, bucketSteps } = burn;
  const slots = recent.length / 2;
  const buckets = budget.length / 2;
  const previous = at(scalars, NEWEST);
  if (Number.isNaN(previous)) recent.fill(0);
  else {
    for (let k = Math.max(previous + 1, index - slots); k < index; k += 1) {
      recent[2 * (k % slots)] = at(scalars, GOOD);
      recent[2 * (k % slots) + 1] = at(scalars, BAD);
    }
    const bucket = Math.floor(index / bucketSteps);
    for (let k = Math.max(Math.floor(previous / bucketSteps) + 1, bucket - buckets + 1); k <= bucket; k += 1)
      budget.fill(0, 2 * (k % buckets), 2 * (k % buckets) + 2);
  }
  scalars[GOOD] = at(scalars, GOOD) + good;
  scalars[BAD] = at(scalars, BAD) + bad;
  recent[2 * (index % slots)] = at(scalars, GOOD);
  recent[2 * (index % slots) + 1] = at(scalars, BAD);
  const bucket = 2 * (Math.floor(index / bucketSteps) % buckets);
  budget[bucket] = at(budget, bucket) + good;
  budget[bucket + 1] = at(budget, bucket + 1) + bad;
  scalars[NEWEST] = index;
  scalars[NEWEST_END] = endsAt;
};

/** Good and bad events of the last `steps` steps. */
const within = (burn: BurnRate, steps: number): { readonly good: number; readonly bad: number } => {
  const { scalars, recent } = burn;
  const slots = recent.length / 2;
  const before = at(scalars, NEWEST) - steps;
  const slot = 2 * (((before % slots) + slots) % slots);
  return { good: at(scalars, GOOD) - at(recent, slot), bad: at(scalars, BAD) - at(recent, slot + 1) };
};

const budgetCounts = (burn: BurnRate): { readonly good: number; readonly bad: number } => {
  let good = 0;
  let bad = 0;
  for (let i = 0; i < burn.budget.length; i += 2) {
    good += at(burn.budget, i);
    bad += at(burn.budget, i + 1);
  }
  return { good, bad };
};

/** Every rule at the newest step, pages first. Empty before the first step. */
export const burnWindows = (burn: BurnRate): readonly BurnWindow[] => {
  if (Number.isNaN(at(burn.scalars, NEWEST))) return [];
  const { target, scale } = burn.options;
  const allowed = 1 - target;
  const past = budgetCounts(burn);
  const seen = past.good + past.bad;
  const prior = Math.min(PRIOR_EVENTS, seen);
  // At least a hundredth of an event on each side, so that a clean past is not proof.
  const priorBad = Math.max(0.01, seen === 0 ? allowed * prior : (past.bad / seen) * prior);
  const priorGood = Math.max(0.01, prior - priorBad);
  return BURN_RULES.map((rule, i) => {
    const longSteps = calendarSteps(rule.longMs, scale);
    const shortSteps = calendarSteps(rule.shortMs, scale);
    const long = within(burn, longSteps);
    const short = within(burn, shortSteps);
    const longBurn = long.bad / (long.good + long.bad) / allowed;
    const shortBurn = short.bad / (short.good + short.bad) / allowed;
    const certainty = betaTail(rule.factor * allowed, priorBad + long.bad, priorGood + long.good);
    // An empty short window never opens, and never resolves: absent is not good.
    const shortHolds = Number.isNaN(shortBurn) ? at(burn.scalars, FIRING + i) === 1 : shortBurn >= rule.factor;
    const firing = shortHolds && certainty >= CERTAINTY && longBurn >= rule.factor;
    return { rule, longSteps, shortSteps, longBurn, shortBurn, certainty, firing };
  });
};

/** Share of the error budget that is left: 1 untouched, 0 spent, negative breached; NaN before any event. */
export const budgetRemaining = (burn: BurnRate): number => {
  const { good, bad } = budgetCounts(burn);
  return good + bad === 0 ? Number.NaN : 1 - bad / ((1 - burn.options.target) * (good + bad));
};

/** When the budget in force was spent; undefined while some is left. */
export const breachedAt = (burn: BurnRate): Instant | undefined => {
  const breached = at(burn.scalars, BREACHED_AT);
  return Number.isNaN(breached) ? undefined : breached;
};

/** What the strongest firing rule asks for; undefined while none fires. */
export const severityOf = (burn: BurnRate): BurnRule['severity'] | undefined => burnWindows(burn).find((w) => w.firing)?.rule.severity;

const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;

const findingOf = (burn: BurnRate): Finding | undefined => {
  const windows = burnWindows(burn);
  const i = windows.findIndex((window) => window.firing);
  const window = windows[i];
  if (window === undefined) return undefined;
  const { objective, service, tenant, target } = burn.options;
  const { rule } = window;
  const pValue = Math.max(1e-12, 1 - window.certainty);
  const evidence = -Math.log10(pValue) - 1;
  const ends = at(burn.scalars, NEWEST_END);
  const since = at(burn.scalars, BURNING_SINCE + i);
  const name = `slo:${objective}`;
  const observed = window.longBurn * (1 - target);
  return {
    detector: 'burn-rate',
    signal: modelKey({ tenant, service, name, scope: { kind: 'service' } }),
    tenant,
    service,
    name,
    at: ends,
    since: Number.isNaN(since) ? ends : since,
    direction: 'rise',
    harmful: true,
    harm: 'rise',
    observed,
    expected: 1 - target,
    lower: 0,
    upper: rule.factor * (1 - target),
    unit: '1',
    pValue,
    evidence,
    contributions: [{ name: `windows of ${rule.label}`, value: evidence }],
    because:
      `${objective} of ${service} fails ${percent(observed)} of its events, ${Number(window.longBurn.toPrecision(2))} times what its budget of ${percent(1 - target)} allows, ` +
      `in windows of ${rule.label}; ${percent(Math.max(0, budgetRemaining(burn)))} of the budget is left`,
  };
};
