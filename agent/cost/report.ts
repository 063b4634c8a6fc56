import { canonicalJson, type Json, sha256Hex } from '../../core/hash.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';
import type { ScalingPolicy } from '../../scaler/recommendation.ts';
import { type Bridge, bridgeSpans } from './bridge.ts';
import { type Accuracy, judgeForecasts } from './forecast/accuracy.ts';
import { outcomesOf } from './forecast/blend.ts';
import { type Driver, driversOf } from './forecast/drivers.ts';
import { learnFrom } from './forecast/learned.ts';
import { type FanPoint, ORIGINS_MIN, type Quantiles, sampleCost } from './forecast/month-end.ts';
import { followedDays, walkDriver } from './forecast/walk.ts';
import { IDLE_SERVICE, keepLedger, type Ledger, type LedgerFailure, spentIn } from './ledger.ts';
import { type Micros, parseMicros, roundToMicros, toUnits } from './money.ts';
import { dayOf, type Month, monthBefore, monthTitle } from './month.ts';
import { createPriceBook, type PriceBook, type PriceEntry } from './price-book.ts';
import { type DataQuality, judgeQuality } from './quality.ts';
import { type Savings, savingsIn } from './savings.ts';
import type { CostConfig } from './schema.ts';
import { paymentsIn, type UnitCost, unitCostOf } from './unit-cost.ts';
import { settleUsage, type UsageSource } from './usage.ts';

export type MonthEnd =
  | { readonly kind: 'complete' }
  | { readonly kind: 'unknown'; readonly because: string }
  | {
      readonly kind: 'forecast';
      /** Of the whole month: spent, estimated gaps and what is to come. */
      readonly total: Quantiles;
      /** Share of sampled months that end above the budget; undefined without one. */
      readonly overBudgetShare: number | undefined;
      /** Cumulated since the first of the month. */
      readonly fan: readonly FanPoint[];
      /** Each 24 hours ahead by themselves. */
      readonly days: readonly FanPoint[];
      readonly pastForecasts: number;
      /** How much wider than sampled the band is, because past bands were too narrow. */
      readonly widening: number;
      readonly drivers: readonly Pick<Driver, 'name' | 'kind'>[];
    };

export interface ServiceCost {
  readonly service: string;
  readonly team: string | undefined;
  readonly spent: Micros;
  /** The same days of the month before; undefined when there is nothing to compare with. */
  readonly before: Micros | undefined;
  /** One a day of the month. */
  readonly daily: readonly Micros[];
}

export interface CostReport {
  readonly month: Month;
  readonly title: string;
  readonly currency: string;
  readonly provider: string;
  readonly billingAccount: string;
  /** End of the newest data: what is later is forecast. */
  readonly asOf: Instant;
  readonly spent: Micros;
  readonly budget: Micros | undefined;
  readonly monthEnd: MonthEnd;
  readonly accuracy: Accuracy | undefined;
  readonly bridge: Bridge | undefined;
  readonly bridgeMissing: string | undefined;
  readonly unitCost: UnitCost | undefined;
  readonly unitCostBefore: UnitCost | undefined;
  readonly ownService: string;
  readonly savings: Savings | undefined;
  /** The dearest first. */
  readonly services: readonly ServiceCost[];
  readonly quality: DataQuality & { readonly late: number; readonly restated: number; readonly rows: number; readonly unpriced: number };
  readonly entries: readonly PriceEntry[];
  readonly source: { readonly kind: UsageSource['kind']; readonly label: string; readonly sha256: string };
  /** SHA-256 of everything the figures are a function of. */
  readonly inputsHash: string;
  readonly version: string;
  readonly ledger: Ledger;
}

export interface CostQuestion {
  readonly month: Month;
  readonly now: Instant;
  readonly cost: CostConfig;
  readonly source: UsageSource;
  /** By target, as in `scaling`. */
  readonly policies: ReadonlyMap<string, ScalingPolicy>;
  readonly version: string;
}

export type CostFailure = LedgerFailure | Failure<'MONTH_IN_FUTURE' | 'MONTH_EMPTY'>;

const rangeOf = (source: UsageSource): string => {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { from, until } of source.rows) {
    first = Math.min(first, from);
    last = Math.max(last, until);
  }
  return source.rows.length === 0 ? 'it has no rows at all' : `its rows are from ${dayOf(first)} to ${dayOf(last - 1)}`;
};

const forecastMonth = (
  ledger: Ledger,
  book: PriceBook,
  question: CostQuestion,
  spent: number,
  budget: number | undefined,
  seed: number,
): { readonly monthEnd: MonthEnd; readonly accuracy: Accuracy | undefined } => {
  const { month, cost, policies } = question;
  const policyOf = (service: string): ScalingPolicy | undefined =>
    policies.get(cost.services.find((one) => one.service === service)?.target ?? '');
  const drivers = driversOf(ledger, book, policyOf);
  const origin = drivers[0]?.values.length ?? 0;
  const instant = ledger.from + origin * HOUR_MS;
  const hours = Math.max(0, Math.round((month.until - instant) / HOUR_MS));
  const begin = Math.min(
    ...drivers.map(({ values }) => values.findIndex((value) => !Number.isNaN(value))).filter((hour) => hour >= 0),
    origin,
  );
  const followed = followedDays(origin - begin, hours);
  const walked = drivers.map((driver) => walkDriver(driver, ledger.from, { begin, hoursAhead: hours, followed }));
  const outcomes = outcomesOf(walked);
  const complete = outcomes.filter((one) => one.origin + followed * 24 <= origin);
  const accuracy = followed < 1 ? undefined : judgeForecasts(walked, outcomes, ledger.from, followed, seed);
  if (hours === 0) return { monthEnd: { kind: 'complete' }, accuracy };
  if (complete.length < ORIGINS_MIN || followed < 2) {
    const because = `there are ${Math.floor((origin - begin) / 24)} days of data; a spread needs about two weeks, so that forecasts of the past can be held against what came`;
    return { monthEnd: { kind: 'unknown', because }, accuracy };
  }
  const learned = learnFrom(
    walked,
    complete,
    complete.map((one) => outcomes.indexOf(one)),
  );
  const sampled = sampleCost(
    walked,
    learned.ahead(({ ahead }) => ahead),
    learned.errors,
    { origin, instant, hours, seed },
  );
  const widening = accuracy?.widening ?? 1;
  const widen = (point: Quantiles, value: number): number => point.p50 + (value - point.p50) * widening;
  const lift = (point: Quantiles): Quantiles => ({
    p10: Math.max(0, widen(point, point.p10)) + spent,
    p50: point.p50 + spent,
    p90: widen(point, point.p90) + spent,
  });
  return {
    monthEnd: {
      kind: 'forecast',
      total: lift(sampled.total),
      overBudgetShare:
        budget === undefined
          ? undefined
          : sampled.totals.filter((total) => widen(sampled.total, total) + spent > budget).length / sampled.totals.length,
      fan: sampled.fan.map((point) => ({ ...point, ...lift(point) })),
      days: sampled.days,
      pastForecasts: complete.length,
      widening,
      drivers: drivers.map(({ name, kind }) => ({ name, kind })),
    },
    accuracy,
  };
};

/** The whole days that both months have: a month is compared with as much of the one before. */
const compare = (ledger: Ledger, month: Month, before: Month): { readonly bridge?: Bridge; readonly missing?: string } => {
  const isComplete = ledger.asOf >= month.until;
  const days = isComplete
    ? undefined
    : Math.min(Math.floor((ledger.asOf - month.from) / DAY_MS), Math.round((before.until - before.from) / DAY_MS));
  if (days === 0) return { missing: 'no day of this month is over yet' };
  if (ledger.unpriced > 0)
    return { missing: `the price book does not reach back to ${dayOf(before.from)}, so ${before.name} has no price` };
  const span = (of: Month) => {
    const until = days === undefined ? of.until : of.from + days * DAY_MS;
    return { from: of.from, until, payments: paymentsIn(ledger, of.from, until) };
  };
  const bridge = bridgeSpans(ledger.lines, span(before), span(month));
  return bridge.before === 0n ? { missing: `there is no data of ${before.name}` } : { bridge };
};

const servicesOf = (ledger: Ledger, month: Month, cost: CostConfig, bridge: Bridge | undefined): readonly ServiceCost[] => {
  const days = Math.ceil((Math.min(ledger.asOf, month.until) - month.from) / DAY_MS);
  const daily = new Map<string, bigint[]>();
  for (const line of ledger.lines) {
    if (line.day < month.from) continue;
    const costs = daily.get(line.service) ?? new Array<bigint>(days).fill(0n);
    daily.set(line.service, costs);
    const day = Math.round((line.day - month.from) / DAY_MS);
    costs[day] = (costs[day] ?? 0n) + line.cost;
  }
  const teams = new Map(cost.services.map(({ service, team }) => [service, team]));
  const before = new Map(bridge?.services.map((one) => [one.service, one.before]));
  return [...daily]
    .map(([service, costs]) => ({
      service,
      team: teams.get(service),
      spent: costs.reduce((sum, value) => sum + value, 0n),
      before: before.get(service),
      daily: costs,
    }))
    .sort((a, b) => (a.spent === b.spent ? (a.service < b.service ? -1 : 1) : a.spent > b.spent ? -1 : 1));
};

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

/** Everything a FinOps reviewer is told of one month, as a function of its arguments. */
export const assembleCostReport = (question: CostQuestion): Outcome<CostReport, CostFailure> => {
  const { month, cost, source, now } = question;
  if (month.from > now)
    return fail('MONTH_IN_FUTURE', `${month.name} has not begun; the newest month that can be reported is ${dayOf(now).slice(0, 7)}`);
  const settled = settleUsage(source.rows);
  if (!settled.ok) return settled;
  const book = createPriceBook(cost);
  const before = monthBefore(month);
  const kept = keepLedger(settled.value.rows, book, month, before);
  if (!kept.ok) return kept;
  const ledger = kept.value;
  if (!ledger.lines.some(({ day }) => day >= month.from))
    return fail('MONTH_EMPTY', `the ${source.kind} has nothing for ${month.name}: ${rangeOf(source)}`);

  const until = Math.min(ledger.asOf, month.until);
  const policies = [...question.policies.values()].sort((a, b) => (a.target < b.target ? -1 : 1));
  const inputsHash = sha256Hex(
    canonicalJson(asJson({ month: month.name, cost, policies, source: source.sha256, version: question.version })),
  );
  const seed = Number.parseInt(inputsHash.slice(0, 8), 16);
  const spent = spentIn(ledger.lines, month.from, month.until);
  const quality = judgeQuality(ledger, month);
  const spentAndGaps = Number(spent + roundToMicros(quality.estimatedGapCost)) / 1_000_000;
  const written = cost.budgets.find((one) => one.month === month.name)?.amount;
  const budget = written === undefined ? undefined : parseMicros(written);
  const { monthEnd, accuracy } = forecastMonth(
    ledger,
    book,
    question,
    spentAndGaps,
    budget === undefined ? undefined : toUnits(budget),
    seed,
  );
  const { bridge, missing } = compare(ledger, month, before);
  const services = servicesOf(ledger, month, cost, bridge);
  return succeed({
    month,
    title: monthTitle(month),
    currency: cost.currency,
    provider: cost.provider,
    billingAccount: cost.billingAccount,
    asOf: ledger.asOf,
    spent,
    budget,
    monthEnd,
    accuracy,
    bridge,
    bridgeMissing: missing,
    unitCost: unitCostOf(ledger, month.from, until),
    unitCostBefore: bridge === undefined ? undefined : unitCostOf(ledger, bridge.spans.before.from, bridge.spans.before.until),
    ownService: cost.ownService,
    savings: savingsIn(ledger, book, month.from, until),
    services,
    quality: {
      ...quality,
      late: settled.value.late,
      restated: settled.value.restated,
      rows: source.rows.length,
      unpriced: ledger.unpriced,
    },
    entries: book.entries.filter((entry) => entry.from < until && entry.until > before.from),
    source: { kind: source.kind, label: source.label, sha256: source.sha256 },
    inputsHash,
    version: question.version,
    ledger,
  });
};

export const isIdle = (service: string): boolean => service === IDLE_SERVICE;
