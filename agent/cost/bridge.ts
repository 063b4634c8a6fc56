import { DAY_MS, type Instant } from '../../core/time.ts';
import type { LedgerLine } from './ledger.ts';
import { divideRounded, type Micros, sumOf } from './money.ts';

/** Why money moved between two spans. The five effects add up to the difference, to the last millionth. */
export interface Effects {
  /** More or fewer payments, at the cost that a payment had before. */
  readonly volume: Micros;
  /** Other prices, at what is used now. */
  readonly rate: Micros;
  /** More or less used for the same payments, at the prices of before. */
  readonly efficiency: Micros;
  /** Services that were not there before, and those that are gone. */
  readonly appeared: Micros;
  readonly gone: Micros;
}

interface Movement extends Effects {
  readonly before: Micros;
  readonly after: Micros;
}

export interface ServiceBridge extends Movement {
  readonly service: string;
}

export interface Span {
  readonly from: Instant;
  readonly until: Instant;
  /** NaN when they were not counted. */
  readonly payments: number;
}

export interface Bridge extends Movement {
  readonly spans: { readonly before: Span; readonly after: Span };
  /** The largest movement first. */
  readonly services: readonly ServiceBridge[];
  /** False when payments were not counted in both spans: what is volume then counts as efficiency. */
  readonly volumeKnown: boolean;
}

interface Posted {
  quantity: bigint;
  cost: Micros;
}

const bySku = (lines: readonly LedgerLine[], { from, until }: Span): Map<string, Map<string, Posted>> => {
  const services = new Map<string, Map<string, Posted>>();
  for (const line of lines) {
    if (line.day < from || line.day >= until) continue;
    const skus = services.get(line.service) ?? new Map<string, Posted>();
    services.set(line.service, skus);
    const posted = skus.get(line.sku) ?? { quantity: 0n, cost: 0n };
    posted.quantity += line.quantity;
    posted.cost += line.cost;
    skus.set(line.sku, posted);
  }
  return services;
};

const costOfAll = (skus: ReadonlyMap<string, Posted> | undefined): Micros => sumOf([...(skus?.values() ?? [])].map(({ cost }) => cost));

/** What the quantities of now would have cost at the mean price of before, over all that had a price then. */
const rateOf = (before: ReadonlyMap<string, Posted>, after: ReadonlyMap<string, Posted>): Micros => {
  let rate = 0n;
  for (const [sku, now] of after) {
    const then = before.get(sku);
    if (then !== undefined && then.quantity > 0n && now.quantity > 0n)
      rate += now.cost - divideRounded(now.quantity * then.cost, then.quantity);
  }
  return rate;
};

const NONE: Effects = { volume: 0n, rate: 0n, efficiency: 0n, appeared: 0n, gone: 0n };

const bridgeOf = (
  service: string,
  skusBefore: ReadonlyMap<string, Posted> | undefined,
  skusAfter: ReadonlyMap<string, Posted> | undefined,
  volumeOf: (before: Micros) => Micros,
): ServiceBridge => {
  const before = costOfAll(skusBefore);
  const after = costOfAll(skusAfter);
  if (skusBefore === undefined || skusAfter === undefined) return { ...NONE, service, before, after, appeared: after, gone: -before };
  const rate = rateOf(skusBefore, skusAfter);
  const volume = volumeOf(before);
  return { ...NONE, service, before, after, rate, volume, efficiency: after - before - rate - volume };
};

const magnitude = ({ before, after }: ServiceBridge): Micros => (after > before ? after - before : before - after);

/** Rows that add up across, and columns that add up down. */
export const addUp = (services: readonly ServiceBridge[]): Movement => {
  const total = (pick: (one: ServiceBridge) => Micros): Micros => sumOf(services.map(pick));
  return {
    before: total((one) => one.before),
    after: total((one) => one.after),
    volume: total((one) => one.volume),
    rate: total((one) => one.rate),
    efficiency: total((one) => one.efficiency),
    appeared: total((one) => one.appeared),
    gone: total((one) => one.gone),
  };
};

/** From what the span before cost to what this one does. */
export const bridgeSpans = (lines: readonly LedgerLine[], before: Span, after: Span): Bridge => {
  const skusBefore = bySku(lines, before);
  const skusAfter = bySku(lines, after);
  const volumeKnown = before.payments > 0 && after.payments >= 0;
  const [countBefore, countAfter] = volumeKnown ? [BigInt(Math.round(before.payments)), BigInt(Math.round(after.payments))] : [1n, 1n];
  const volumeOf = (cost: Micros): Micros => divideRounded(cost * (countAfter - countBefore), countBefore);
  const services = [...new Set([...skusBefore.keys(), ...skusAfter.keys()])]
    .map((service) => bridgeOf(service, skusBefore.get(service), skusAfter.get(service), volumeOf))
    .sort((a, b) => (magnitude(a) === magnitude(b) ? (a.service < b.service ? -1 : 1) : magnitude(a) > magnitude(b) ? -1 : 1));
  return { ...addUp(services), spans: { before, after }, services, volumeKnown };
};

export const daysOf = ({ from, until }: Span): number => Math.round((until - from) / DAY_MS);
