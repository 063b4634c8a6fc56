import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';
import { costOf, type Micros, roundToMicros, sumOf, toUnits } from './money.ts';
import { dayOf, hoursIn, type Month } from './month.ts';
import { type CostBasis, nodeSku, type PriceBook, type PriceEntry, type Quantities, type Resource } from './price-book.ts';
import type { UsageRow } from './usage.ts';

/** The part of whole nodes that no replica requested: it is paid all the same. */
export const IDLE_SERVICE = '__idle__';
/** Version in the ledger of money that came ready from its source. */
const GIVEN_VERSION = 'as given by the source';

/** What one service paid on one day for one thing at one price: the atom that every table and the export are sums of. */
export interface LedgerLine {
  readonly service: string;
  readonly day: Instant;
  readonly resource: Resource;
  readonly sku: string;
  readonly version: string;
  readonly basis: CostBasis;
  quantity: bigint;
  cost: Micros;
}

/** A service hour by hour; NaN where there is no row. Money here is floating: for curves, never for totals. */
export interface HourlySeries {
  readonly service: string;
  readonly covered: Float64Array;
  readonly cost: Float64Array;
  readonly replicas: Float64Array;
  readonly load: Float64Array;
  readonly peakLoad: Float64Array;
  readonly payments: Float64Array;
  readonly desired: Float64Array;
  readonly baseline: Float64Array;
  readonly acted: Uint8Array;
}

export interface Ledger {
  /** First hour of all series, and the hours that follow. */
  readonly from: Instant;
  readonly hours: number;
  readonly lines: readonly LedgerLine[];
  readonly series: ReadonlyMap<string, HourlySeries>;
  /** End of the newest row. */
  readonly asOf: Instant;
  /** Rows of the month before that the price book does not reach. */
  readonly unpriced: number;
}

const emptySeries = (service: string, hours: number): HourlySeries => {
  const absent = (): Float64Array => new Float64Array(hours).fill(Number.NaN);
  return {
    service,
    covered: new Float64Array(hours),
    cost: absent(),
    replicas: absent(),
    load: absent(),
    peakLoad: absent(),
    payments: absent(),
    desired: absent(),
    baseline: absent(),
    acted: new Uint8Array(hours),
  };
};

const plus = (values: Float64Array, hour: number, value: number): void => {
  if (!Number.isNaN(value)) values[hour] = (Number.isNaN(values[hour] as number) ? 0 : (values[hour] as number)) + value;
};

/** Several rows of one hour: means are weighted by how long each row is. */
const addToSeries = (series: HourlySeries, row: UsageRow, hour: number, cost: Micros): void => {
  const share = (row.until - row.from) / HOUR_MS;
  const before = series.covered[hour] as number;
  const mean = (values: Float64Array, value: number): void => {
    if (Number.isNaN(value)) return;
    const old = values[hour] as number;
    values[hour] = Number.isNaN(old) ? value : (old * before + value * share) / (before + share);
  };
  mean(series.replicas, row.replicas);
  mean(series.load, row.load);
  mean(series.desired, row.desiredReplicas);
  mean(series.baseline, row.baselineReplicas);
  if (!Number.isNaN(row.peakLoad))
    series.peakLoad[hour] = Math.max(row.peakLoad, Number.isNaN(series.peakLoad[hour] as number) ? 0 : (series.peakLoad[hour] as number));
  plus(series.payments, hour, row.payments);
  plus(series.cost, hour, toUnits(cost));
  series.covered[hour] = before + share;
  if (row.acted) series.acted[hour] = 1;
};

/** From replicas to what they requested, by the requests that the configuration states. */
const quantitiesOf = (row: UsageRow, book: PriceBook): Outcome<Quantities, Failure<'REQUESTS_MISSING'>> => {
  if (row.quantities !== undefined) return succeed(row.quantities);
  const requests = book.requestsOf(row.service);
  if (requests === undefined) {
    return fail(
      'REQUESTS_MISSING',
      `${JSON.stringify(row.service)} has replicas but no requests: add it to cost.services with cpuCores and memoryGib`,
    );
  }
  const hours = (row.until - row.from) / HOUR_MS;
  const { cpuCores, memoryGib, storageGib } = requests;
  return succeed({
    cpu: roundToMicros(cpuCores * row.replicas * hours),
    memory: roundToMicros(memoryGib * row.replicas * hours),
    storage: roundToMicros(storageGib * hours),
  });
};

interface Books {
  readonly lines: Map<string, LedgerLine>;
  /** Node-hours by hour and type, in millionths. */
  readonly nodes: Map<string, { readonly hour: number; readonly type: string; sum: bigint; readonly covered: Map<string, number> }>;
}

const post = (books: Books, line: LedgerLine): void => {
  const key = `${line.day}\u0000${line.service}\u0000${line.sku}\u0000${line.version}`;
  const known = books.lines.get(key);
  if (known === undefined) books.lines.set(key, line);
  else {
    known.quantity += line.quantity;
    known.cost += line.cost;
  }
};

const MICRO = 1_000_000n;

/** Nodes are bought whole: for each hour and type as many as the requests need, the rest idle. */
const postIdle = (books: Books, from: Instant, book: PriceBook, series: (service: string) => HourlySeries): void => {
  for (const { hour, type, sum, covered: byService } of books.nodes.values()) {
    // Services share the hour: the one that is covered longest says how much of it is known.
    const covered = Math.min(1, Math.max(...byService.values()));
    const share = roundToMicros(covered);
    if (share === 0n) continue;
    const full = (sum * MICRO + share - 1n) / share;
    const whole = (full + MICRO - 1n) / MICRO;
    const quantity = whole * share - sum;
    const entry = book.at(from + hour * HOUR_MS);
    const price = entry?.prices.get(nodeSku(type));
    if (entry === undefined || price === undefined || quantity <= 0n) continue;
    const cost = costOf(quantity, price);
    const { version, basis } = entry;
    const day = Math.floor((from + hour * HOUR_MS) / DAY_MS) * DAY_MS;
    post(books, { service: IDLE_SERVICE, day, resource: 'node', sku: nodeSku(type), version, basis, quantity, cost });
    const idle = series(IDLE_SERVICE);
    idle.covered[hour] = Math.max(idle.covered[hour] as number, covered);
    plus(idle.cost, hour, toUnits(cost));
  }
};

export type LedgerFailure = Failure<'PRICE_MISSING' | 'REQUESTS_MISSING' | 'USAGE_INVALID'>;

/** replicas -> requests -> nodes -> money, for the month and the one before it. */
export const keepLedger = (rows: readonly UsageRow[], book: PriceBook, month: Month, history: Month): Outcome<Ledger, LedgerFailure> => {
  const { from } = history;
  const hours = hoursIn({ from, until: month.until });
  const books: Books = { lines: new Map(), nodes: new Map() };
  const all = new Map<string, HourlySeries>();
  const series = (service: string): HourlySeries => {
    let found = all.get(service);
    if (found === undefined) {
      found = emptySeries(service, hours);
      all.set(service, found);
    }
    return found;
  };
  let asOf = Number.NEGATIVE_INFINITY;
  let unpriced = 0;
  for (const row of rows) {
    if (row.from < from || row.from >= month.until) continue;
    const entry = book.at(row.from);
    if (entry === undefined && row.given.length === 0) {
      if (row.from >= month.from)
        return fail('PRICE_MISSING', `no price is valid on ${dayOf(row.from)}; add an entry to cost.prices that covers it`);
      unpriced += 1;
      continue;
    }
    asOf = Math.max(asOf, row.until);
    const posted = postRow(books, row, entry, book, from);
    if (!posted.ok) return posted;
    addToSeries(series(row.service), row, Math.floor((row.from - from) / HOUR_MS), posted.value);
  }
  postIdle(books, from, book, series);
  return succeed({ from, hours, lines: [...books.lines.values()], series: all, asOf, unpriced });
};

const postRow = (
  books: Books,
  row: UsageRow,
  entry: PriceEntry | undefined,
  book: PriceBook,
  from: Instant,
): Outcome<Micros, LedgerFailure> => {
  const { service } = row;
  const day = Math.floor(row.from / DAY_MS) * DAY_MS;
  if (row.given.length > 0) {
    for (const { resource, quantity, cost } of row.given) {
      post(books, { service, day, resource, sku: resource, version: GIVEN_VERSION, basis: entry?.basis ?? 'list', quantity, cost });
    }
    return succeed(sumOf(row.given.map(({ cost }) => cost)));
  }
  if (entry === undefined) return succeed(0n);
  const quantities = quantitiesOf(row, book);
  if (!quantities.ok) return quantities;
  const charged = book.charge(service, quantities.value, entry);
  if (!charged.ok) return charged;
  const { version, basis } = entry;
  for (const { resource, sku, quantity, cost } of charged.value) {
    post(books, { service, day, resource, sku, version, basis, quantity, cost });
    if (resource === 'node') noteNodes(books, row, from, sku, quantity);
  }
  return succeed(sumOf(charged.value.map(({ cost }) => cost)));
};

const noteNodes = (books: Books, row: UsageRow, from: Instant, sku: string, quantity: bigint): void => {
  const hour = Math.floor((row.from - from) / HOUR_MS);
  const type = sku.slice(nodeSku('').length);
  const key = `${hour} ${type}`;
  const known = books.nodes.get(key) ?? { hour, type, sum: 0n, covered: new Map<string, number>() };
  known.sum += quantity;
  known.covered.set(row.service, (known.covered.get(row.service) ?? 0) + (row.until - row.from) / HOUR_MS);
  books.nodes.set(key, known);
};

/** Money of the lines that are asked for. Exact, in whatever order they come. */
export const spentIn = (lines: readonly LedgerLine[], from: Instant, until: Instant): Micros =>
  sumOf(lines.filter(({ day }) => day >= from && day < until).map(({ cost }) => cost));
