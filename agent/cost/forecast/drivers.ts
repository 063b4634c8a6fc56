import { HOUR_MS } from '../../../core/time.ts';
import { plan } from '../../../scaler/plan/index.ts';
import type { ScalingPolicy } from '../../../scaler/recommendation.ts';
import type { HourlySeries, Ledger, LedgerLine } from '../ledger.ts';
import { costOf, toUnits } from '../money.ts';
import { type PriceBook, type PriceEntry, replicaHourPrice } from '../price-book.ts';

/** A series that is forecast, and what an hour of it costs. */
export interface Driver {
  readonly name: string;
  readonly kind: 'load through the plan' | 'cost at constant prices';
  /** One value an hour up to now; NaN where absent. */
  readonly values: Float64Array;
  /** What these hours did cost. */
  readonly cost: Float64Array;
  /** What an hour costs at a value of the series, knowing the hours before `knownHours` only. */
  costAt(hour: number, value: number, knownHours: number): number;
}

/** Services forecast one by one, the dearest first; the rest together. */
const SERVICES_APART = 12;
export const OTHERS = 'all other services';

/** Replicas that the planner wants for an hour of this load, whose largest step is `peak`. */
const plannedReplicas = (policy: ScalingPolicy, load: number, peak: number): number => {
  const current = Math.max(policy.minReplicas, Math.min(policy.maxReplicas, Math.ceil(load / policy.loadPerReplica)));
  const { raw = current } = plan({
    now: 0,
    policy,
    status: { kind: 'observed', at: 0, value: { replicas: current, ready: current, uid: policy.target, generation: 1 } },
    load: { kind: 'observed', at: 0, value: load },
    forecast: {
      madeAt: 0,
      startsAt: HOUR_MS,
      stepMs: HOUR_MS,
      levels: [0.5, 1 - policy.risk],
      quantiles: [Float64Array.of(load), Float64Array.of(Math.max(load, peak))],
      coverage: [Number.NaN, Number.NaN],
      seasonSteps: 0,
      because: 'one hour of a sampled load',
    },
    history: [],
    frozen: false,
  });
  // Over a whole hour neither stabilization nor rate limits bind, so what the load asks for is what stands.
  return Math.max(policy.minReplicas, Math.min(policy.maxReplicas, raw));
};

/** Loads this close, as a share of a replica, are planned once. */
const PLANNED_GRAIN = 32;

const planner = (policy: ScalingPolicy, peakFactor: number): ((load: number) => number) => {
  const known = new Map<number, number>();
  return (load) => {
    const key = Math.round((Math.max(0, load) / policy.loadPerReplica) * PLANNED_GRAIN);
    let replicas = known.get(key);
    if (replicas === undefined) {
      const rounded = (key / PLANNED_GRAIN) * policy.loadPerReplica;
      replicas = plannedReplicas(policy, rounded, rounded * peakFactor);
      known.set(key, replicas);
    }
    return replicas;
  };
};

const median = (values: number[]): number => {
  if (values.length === 0) return 1;
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] as number;
};

const peakFactorOf = (series: HourlySeries): number => {
  const factors: number[] = [];
  series.load.forEach((load, hour) => {
    const peak = series.peakLoad[hour] as number;
    if (load > 0 && peak >= load) factors.push(peak / load);
  });
  return median(factors);
};

/** Sums from the beginning: [hour] is the sum of all hours before it. */
const runningSum = (values: ArrayLike<number>): Float64Array => {
  const sums = new Float64Array(values.length + 1);
  for (let hour = 0; hour < values.length; hour += 1) sums[hour + 1] = (sums[hour] as number) + (values[hour] as number);
  return sums;
};

/** What a service's own mix of resources costs at an entry: its price index, up to a factor. */
const mixCost = (lines: readonly LedgerLine[], entry: PriceEntry): number =>
  lines.reduce((sum, { sku, quantity }) => sum + toUnits(costOf(quantity, entry.prices.get(sku) ?? 0n)), 0);

/** Prices of an hour over those of the newest known hour, by the mix of these lines. 1 where nothing is priced by the book. */
const priceIndex = (lines: readonly LedgerLine[], ledger: Ledger, book: PriceBook): ((hour: number) => number) => {
  const reference = book.at(ledger.asOf - 1);
  const base = reference === undefined ? 0 : mixCost(lines, reference);
  const byEntry = new Map<PriceEntry, number>(base > 0 ? book.entries.map((entry) => [entry, mixCost(lines, entry) / base]) : []);
  return (hour) => {
    const entry = book.at(ledger.from + hour * HOUR_MS);
    const index = entry === undefined ? undefined : byEntry.get(entry);
    return index === undefined || index === 0 ? 1 : index;
  };
};

const rateDriver = (name: string, cost: Float64Array, lines: readonly LedgerLine[], ledger: Ledger, book: PriceBook): Driver => {
  const index = priceIndex(lines, ledger, book);
  return {
    name,
    kind: 'cost at constant prices',
    values: cost.map((value, hour) => value / index(hour)),
    cost,
    costAt: (hour, value) => value * index(hour),
  };
};

const planDriver = (series: HourlySeries, policy: ScalingPolicy, known: number, ledger: Ledger, book: PriceBook): Driver | undefined => {
  const prices = new Map(book.entries.map((entry) => [entry, replicaHourPrice(book, series.service, entry)]));
  if ([...prices.values()].some((price) => price === undefined)) return undefined;
  const replicas = planner(policy, peakFactorOf(series));
  const both = (pick: (hour: number) => number): Float64Array =>
    runningSum(
      Float64Array.from({ length: known }, (_, hour) =>
        Number.isNaN(series.load[hour] as number) || Number.isNaN(series.replicas[hour] as number) ? 0 : pick(hour),
      ),
    );
  const observed = both((hour) => series.replicas[hour] as number);
  const planned = both((hour) => replicas(series.load[hour] as number));
  const storage = book.requestsOf(series.service)?.storageGib ?? 0;
  const priceAt = (hour: number): PriceEntry | undefined => book.at(ledger.from + hour * HOUR_MS) ?? book.at(ledger.asOf - 1);
  return {
    name: series.service,
    kind: 'load through the plan',
    values: series.load.slice(0, known),
    cost: series.cost.slice(0, known),
    costAt(hour, load, knownHours) {
      const entry = priceAt(hour);
      if (entry === undefined) return 0;
      // What stood over what was planned: whatever the plan of a whole hour leaves out.
      const ratio = (planned[knownHours] as number) > 0 ? (observed[knownHours] as number) / (planned[knownHours] as number) : 1;
      const volume = toUnits(costOf(BigInt(Math.round(storage * 1_000_000)), entry.prices.get('storageGibHour') ?? 0n));
      return replicas(load) * ratio * (prices.get(entry) ?? 0) + volume;
    },
  };
};

/** What is forecast: planned services by their load, the dearest others by their cost, the rest together. */
export const driversOf = (ledger: Ledger, book: PriceBook, policyOf: (service: string) => ScalingPolicy | undefined): readonly Driver[] => {
  const known = Math.floor((ledger.asOf - ledger.from) / HOUR_MS);
  const linesOf = new Map<string, LedgerLine[]>();
  const spent = new Map<string, bigint>();
  for (const line of ledger.lines) {
    const lines = linesOf.get(line.service);
    if (lines === undefined) linesOf.set(line.service, [line]);
    else lines.push(line);
    spent.set(line.service, (spent.get(line.service) ?? 0n) + line.cost);
  }
  const drivers: Driver[] = [];
  const byCost: HourlySeries[] = [];
  for (const series of ledger.series.values()) {
    const policy = policyOf(series.service);
    const hasLoad = series.load.some((load) => !Number.isNaN(load)) && series.replicas.some((replicas) => !Number.isNaN(replicas));
    const planned = policy === undefined || !hasLoad ? undefined : planDriver(series, policy, known, ledger, book);
    if (planned === undefined) byCost.push(series);
    else drivers.push(planned);
  }
  const spentOn = ({ service }: HourlySeries): bigint => spent.get(service) ?? 0n;
  byCost.sort((a, b) => (spentOn(a) === spentOn(b) ? (a.service < b.service ? -1 : 1) : spentOn(a) > spentOn(b) ? -1 : 1));
  const apart = byCost.slice(0, SERVICES_APART);
  for (const { service, cost } of apart) drivers.push(rateDriver(service, cost.slice(0, known), linesOf.get(service) ?? [], ledger, book));
  const rest = byCost.slice(SERVICES_APART);
  if (rest.length > 0) {
    const pooled = new Float64Array(known).fill(Number.NaN);
    for (const { cost } of rest) {
      for (let hour = 0; hour < known; hour += 1) {
        const value = cost[hour] as number;
        if (!Number.isNaN(value)) pooled[hour] = (Number.isNaN(pooled[hour] as number) ? 0 : (pooled[hour] as number)) + value;
      }
    }
    drivers.push(
      rateDriver(
        OTHERS,
        pooled,
        rest.flatMap(({ service }) => linesOf.get(service) ?? []),
        ledger,
        book,
      ),
    );
  }
  return drivers;
};
