import { modelKey } from '../../core/signal.ts';
import { calendarSteps, DAY_MS, type DurationMs, HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import type { Finding } from '../finding.ts';
import { betaTail } from '../special-functions.ts';
import {
  at,
  BREACHED_AT,
  type BurnRate,
  type BurnStep,
  budgetCounts,
  burningField,
  count,
  type EventCounts,
  firingField,
  holdingField,
  LAST_BAD_END,
  NEWEST,
  NEWEST_END,
  pastCounts,
  within,
  withinAtLeast,
} from './counts.ts';
import { exhaustionOf } from './exhaustion.ts';
import { BURN_CONSTANTS, type BurnRule } from './windows.ts';

/** One rule at the newest step. Burn is the bad share over the budgeted share; NaN where the window had no events. */
export interface BurnWindow {
  readonly rule: BurnRule;
  readonly longSteps: number;
  readonly shortSteps: number;
  readonly longBurn: number;
  readonly shortBurn: number;
  /** 'counted' where the long window holds enough requests to compare shares, 'posterior' where it holds few. */
  readonly basis: 'counted' | 'posterior';
  /** Requests judged: of the long window, or further back where it holds very few. */
  readonly judged: EventCounts;
  /** P(true bad share is above the rule's line), with the past as prior. */
  readonly certainty: number;
  readonly firing: boolean;
}

const C = BURN_CONSTANTS;
/** Shares that are equal as decimals are equal here, whatever binary makes of them. */
const ROUNDING = 1e-12;

const totalOf = ({ good, bad }: EventCounts): number => good + bad;
const isAbove = (events: EventCounts, line: number): boolean => events.bad > line * totalOf(events) * (1 + ROUNDING);

/** P(true bad share > line): Beta prior from the past without what is judged, a few requests strong. */
const certaintyOf = (burn: BurnRate, line: number, judged: EventCounts, past: EventCounts): number => {
  const bad = Math.max(0, past.bad - judged.bad);
  const total = bad + Math.max(0, past.good - judged.good);
  // The promise itself counts as one request, so that a past without failures, or without requests, is no proof.
  const share = (bad + burn.allowed) / (total + 1);
  const strength = Math.min(C.priorEvents, total + 1);
  return betaTail(line, share * strength + judged.bad, (1 - share) * strength + judged.good);
};

interface Verdict extends Omit<BurnWindow, 'firing'> {
  readonly shortAbove: boolean | undefined;
  readonly longHolds: boolean;
}

/**
 * The long window and the last dozen requests, which reach further back than it where it holds fewer. Where it holds more
 * they are a second look at the same requests, and have to be surer.
 */
const judgedOf = (burn: BurnRate, line: number, long: EventCounts): Pick<Verdict, 'judged' | 'certainty' | 'longHolds'> => {
  const past = pastCounts(burn);
  const look = (judged: EventCounts, needed: number): Pick<Verdict, 'judged' | 'certainty' | 'longHolds'> => {
    const certainty = certaintyOf(burn, line, judged, past);
    return { judged, certainty, longHolds: judged.bad >= C.leastBad && certainty >= needed && isAbove(judged, line) };
  };
  const ofWindow = look(long, C.certainty);
  if (ofWindow.longHolds) return ofWindow;
  const last = look(withinAtLeast(burn, 1, C.leastLongEvents), totalOf(long) > C.leastLongEvents ? C.certaintyOfFewer : C.certainty);
  return last.longHolds ? last : ofWindow;
};

const verdictOf = (burn: BurnRate, rule: BurnRule): Verdict => {
  const { allowed } = burn;
  const { scale } = burn.options;
  const line = rule.factor * allowed;
  const longSteps = calendarSteps(rule.longMs, scale);
  const shortSteps = calendarSteps(rule.shortMs, scale);
  const long = within(burn, longSteps);
  const short = within(burn, shortSteps);
  const burns = { longBurn: long.bad / totalOf(long) / allowed, shortBurn: short.bad / totalOf(short) / allowed };
  const facts = { rule, longSteps, shortSteps, ...burns };
  if (line * totalOf(long) >= C.countedFromBadAtLine) {
    const shortAbove = totalOf(short) === 0 ? undefined : isAbove(short, line);
    return { ...facts, basis: 'counted', judged: long, certainty: Number.NaN, shortAbove, longHolds: isAbove(long, line) };
  }
  const looked = judgedOf(burn, line, long);
  const recent = withinAtLeast(burn, shortSteps, C.leastShortEvents);
  const shortAbove = totalOf(recent) === 0 ? undefined : isAbove(recent, line);
  return { ...facts, basis: 'posterior', ...looked, shortAbove };
};

const isStale = (burn: BurnRate, rule: BurnRule): boolean => {
  const { scale } = burn.options;
  const limit = Math.max(calendarSteps(C.staleAfterDays * DAY_MS, scale), calendarSteps(rule.shortMs, scale)) * scale.stepMs;
  return !(at(burn.scalars, NEWEST_END) - at(burn.scalars, LAST_BAD_END) < limit);
};

const judgeRule = (burn: BurnRate, verdict: Verdict, i: number, endsAt: Instant): void => {
  const { scalars } = burn;
  const { rule, shortAbove, longHolds } = verdict;
  const { scale } = burn.options;
  // Burning since the short window first did; an empty short window says nothing either way.
  if (shortAbove === false) scalars[burningField(i)] = Number.NaN;
  else if (shortAbove && Number.isNaN(at(scalars, burningField(i)))) scalars[burningField(i)] = endsAt;
  // An empty short window never opens, and never resolves: absent is not good.
  const shortHolds = shortAbove ?? at(scalars, firingField(i)) === 1;
  const holds = shortHolds && longHolds && !isStale(burn, rule);
  if (!holds) scalars[holdingField(i)] = Number.NaN;
  else if (Number.isNaN(at(scalars, holdingField(i)))) scalars[holdingField(i)] = endsAt;
  const afterMs = rule.afterMs === undefined || rule.afterMs === 0 ? 0 : calendarSteps(rule.afterMs, scale) * scale.stepMs;
  scalars[firingField(i)] = holds && endsAt - at(scalars, holdingField(i)) >= afterMs ? 1 : 0;
};

/** Counts one step and says whether the budget burns too fast. Steps left out had no events; a step seen before changes nothing. */
export const scoreBurn = (burn: BurnRate, step: BurnStep): Finding | undefined => {
  const { good, bad, index } = step;
  const countable = Number.isFinite(good) && Number.isFinite(bad) && good >= 0 && bad >= 0;
  if (!countable || index <= at(burn.scalars, NEWEST)) return findingOf(burn);
  count(burn, step);
  burn.rules.forEach((rule, i) => {
    judgeRule(burn, verdictOf(burn, rule), i, step.endsAt);
  });
  const remaining = budgetRemaining(burn);
  if (remaining >= 0 || Number.isNaN(remaining)) burn.scalars[BREACHED_AT] = Number.NaN;
  else if (Number.isNaN(at(burn.scalars, BREACHED_AT))) burn.scalars[BREACHED_AT] = step.endsAt;
  return findingOf(burn);
};

/** Whether any step has been counted. */
export const isBegun = (burn: BurnRate): boolean => !Number.isNaN(at(burn.scalars, NEWEST));

/** Every rule at the newest step, in the order of the rules. Empty before the first step. */
export const burnWindows = (burn: BurnRate): readonly BurnWindow[] => {
  if (!isBegun(burn)) return [];
  return burn.rules.map((rule, i) => {
    const { shortAbove: _short, longHolds: _long, ...verdict } = verdictOf(burn, rule);
    return { ...verdict, firing: at(burn.scalars, firingField(i)) === 1 };
  });
};

/** Share of the error budget that is left: 1 untouched, 0 spent, negative breached; NaN before any event. */
export const budgetRemaining = (burn: BurnRate): number => {
  const counts = budgetCounts(burn);
  return totalOf(counts) === 0 ? Number.NaN : 1 - counts.bad / (burn.allowed * totalOf(counts));
};

/** When the budget in force was spent; undefined while some is left. */
export const breachedAt = (burn: BurnRate): Instant | undefined => {
  const breached = at(burn.scalars, BREACHED_AT);
  return Number.isNaN(breached) ? undefined : breached;
};

/** The rule that speaks: of those that fire a page before a ticket, then the first. */
const strongest = (burn: BurnRate): number => {
  const firing = burn.rules.map((_rule, i) => i).filter((i) => at(burn.scalars, firingField(i)) === 1);
  return firing.find((i) => burn.rules[i]?.severity === 'page') ?? firing[0] ?? -1;
};

/** What the strongest firing rule asks for; undefined while none fires. */
export const severityOf = (burn: BurnRate): BurnRule['severity'] | undefined => burn.rules[strongest(burn)]?.severity;

const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;

const spoken = (duration: DurationMs): string => {
  const [unit, name] = (
    [
      [DAY_MS, 'd'],
      [HOUR_MS, 'h'],
      [MINUTE_MS, 'min'],
    ] as const
  ).find(([length]) => duration >= 2 * length) ?? [SECOND_MS, 's'];
  return `${Number((duration / unit).toPrecision(2))} ${name}`;
};

/** What is left of the budget, and how long it lasts where the window says at what pace it goes. */
const leftOf = (burn: BurnRate, { judged, basis, longSteps }: Verdict): string => {
  const left = `${percent(Math.max(0, budgetRemaining(burn)))} of the budget is left`;
  const lasts = basis === 'counted' ? exhaustionOf(burn, judged, longSteps) : undefined;
  return lasts === undefined ? left : `${left}, spent at this pace in ${spoken(lasts.q50)} (${spoken(lasts.q10)} to ${spoken(lasts.q90)})`;
};

const sentenceOf = (burn: BurnRate, verdict: Verdict): string => {
  const { rule, basis, judged, certainty } = verdict;
  const { objective, service } = burn.options;
  const observed = judged.bad / totalOf(judged);
  const times = Number((observed / burn.allowed).toPrecision(2));
  const left = leftOf(burn, verdict);
  if (basis === 'counted')
    return `${objective} of ${service} fails ${percent(observed)} of its events, ${times} times what its budget of ${percent(burn.allowed)} allows, in windows of ${rule.label}; ${left}`;
  return (
    `${objective} of ${service} failed ${judged.bad} of its last ${totalOf(judged)} events: with so few it is ${percent(certainty)} sure that ` +
    `more than ${rule.factor} times its budget of ${percent(burn.allowed)} fails, in windows of ${rule.label}; ${left}`
  );
};

const findingOf = (burn: BurnRate): Finding | undefined => {
  const i = strongest(burn);
  const rule = burn.rules[i];
  if (rule === undefined) return undefined;
  const verdict = verdictOf(burn, rule);
  const { judged } = verdict;
  const { objective, service, tenant } = burn.options;
  // The chance of so many failures or more in a service that just keeps its promise: a binomial tail, as a Beta.
  const pValue = judged.bad === 0 ? 1 : Math.max(1e-12, betaTail(1 - burn.allowed, judged.good + 1, judged.bad));
  const evidence = Math.max(0, -Math.log10(pValue) - 1);
  const ends = at(burn.scalars, NEWEST_END);
  const since = at(burn.scalars, burningField(i));
  const name = `slo:${objective}`;
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
    observed: judged.bad / totalOf(judged),
    expected: burn.allowed,
    lower: 0,
    upper: rule.factor * burn.allowed,
    unit: '1',
    pValue,
    evidence,
    contributions: [{ name: `windows of ${rule.label}`, value: evidence }],
    because: sentenceOf(burn, verdict),
  };
};
