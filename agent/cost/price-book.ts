import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { Instant } from '../../core/time.ts';
import { costOf, divideRounded, type Micros, type Nanos, parseNanos, roundToMicros, toUnits } from './money.ts';
import type { CostConfig, CostServiceConfig } from './schema.ts';

export type CostBasis = 'list' | 'negotiated' | 'billed';

/** What is paid for. `other` is cost that came ready from its source, without a quantity we could price. */
export type Resource = 'cpu' | 'memory' | 'storage' | 'node' | 'other';

export interface PriceEntry {
  readonly version: string;
  readonly basis: CostBasis;
  readonly from: Instant;
  /** Exclusive; Infinity for the last. */
  readonly until: Instant;
  readonly prices: ReadonlyMap<string, Nanos>;
}

/** Requested over some time, each in millionths of a core-hour, a GiB-hour, a GiB-hour. */
export interface Quantities {
  readonly cpu: bigint;
  readonly memory: bigint;
  readonly storage: bigint;
}

export interface Charge {
  readonly resource: Resource;
  /** `cpuCoreHour`, `nodeHour.general-4x16`, ... */
  readonly sku: string;
  /** Millionths of what the price is for. */
  readonly quantity: bigint;
  readonly cost: Micros;
}

export const CPU_SKU = 'cpuCoreHour';
export const MEMORY_SKU = 'memoryGibHour';
export const STORAGE_SKU = 'storageGibHour';
const NODE_SKU = 'nodeHour.';
export const nodeSku = (type: string): string => `${NODE_SKU}${type}`;

const startOf = (day: string): Instant => Date.parse(`${day}T00:00:00Z`);

const entriesOf = (cost: CostConfig): readonly PriceEntry[] =>
  cost.prices.map((entry, index) => {
    const prices = new Map<string, Nanos>();
    const put = (sku: string, written: string | undefined): void => {
      const nanos = written === undefined ? undefined : parseNanos(written);
      if (nanos !== undefined) prices.set(sku, nanos);
    };
    put(CPU_SKU, entry.cpuCoreHour);
    put(MEMORY_SKU, entry.memoryGibHour);
    put(STORAGE_SKU, entry.storageGibHour);
    for (const [type, written] of Object.entries(entry.nodeHour)) put(nodeSku(type), written);
    const next = cost.prices[index + 1];
    const end = entry.to ?? next?.from;
    return {
      version: entry.version,
      basis: entry.basis,
      from: startOf(entry.from),
      until: end === undefined ? Number.POSITIVE_INFINITY : startOf(end),
      prices,
    };
  });

interface NodeShape {
  readonly type: string;
  readonly cpuCores: number;
  readonly memoryGib: number;
}

export interface PriceBook {
  readonly entries: readonly PriceEntry[];
  readonly nodeOf: (service: string) => NodeShape | undefined;
  readonly requestsOf: (service: string) => CostServiceConfig | undefined;
  at(instant: Instant): PriceEntry | undefined;
  /** What quantities of a service cost at an entry; a failure names the price that is missing. */
  charge(service: string, quantities: Quantities, entry: PriceEntry): Outcome<readonly Charge[], Failure<'PRICE_MISSING'>>;
}

/** Share of nodes that requests take: of cores or of memory, whichever is larger, because that is what no other pod can have. */
const nodeHours = (shape: NodeShape, { cpu, memory }: Quantities): bigint => {
  const byCpu = divideRounded(cpu * 1_000_000n, roundToMicros(shape.cpuCores));
  const byMemory = divideRounded(memory * 1_000_000n, roundToMicros(shape.memoryGib));
  return byCpu > byMemory ? byCpu : byMemory;
};

export const createPriceBook = (cost: CostConfig): PriceBook => {
  const entries = entriesOf(cost);
  const services = new Map(cost.services.map((service) => [service.service, service]));
  const shapes = new Map(cost.nodeTypes.map(({ name, cpuCores, memoryGib }) => [name, { type: name, cpuCores, memoryGib }]));
  const nodeOf = (service: string): NodeShape | undefined => shapes.get(services.get(service)?.nodeType ?? '');
  return {
    entries,
    nodeOf,
    requestsOf: (service) => services.get(service),
    at: (instant) => entries.find(({ from, until }) => instant >= from && instant < until),
    charge(service, quantities, entry) {
      const shape = nodeOf(service);
      const wanted: (readonly [Resource, string, bigint])[] =
        shape === undefined
          ? [
              ['cpu', CPU_SKU, quantities.cpu],
              ['memory', MEMORY_SKU, quantities.memory],
            ]
          : [['node', nodeSku(shape.type), nodeHours(shape, quantities)]];
      wanted.push(['storage', STORAGE_SKU, quantities.storage]);
      const charges: Charge[] = [];
      for (const [resource, sku, quantity] of wanted) {
        if (quantity === 0n) continue;
        const price = entry.prices.get(sku);
        if (price === undefined)
          return fail('PRICE_MISSING', `price book \`${entry.version}\` has no \`${sku}\`, which ${service} needs; add it to cost.prices`);
        charges.push({ resource, sku, quantity, cost: costOf(quantity, price) });
      }
      return succeed(charges);
    },
  };
};

/** One replica-hour of a service at an entry, in units of the currency: for forecasts, which are no accounts. */
export const replicaHourPrice = (book: PriceBook, service: string, entry: PriceEntry): number | undefined => {
  const requests = book.requestsOf(service);
  if (requests === undefined) return undefined;
  const charged = book.charge(
    service,
    { cpu: roundToMicros(requests.cpuCores), memory: roundToMicros(requests.memoryGib), storage: 0n },
    entry,
  );
  return charged.ok ? charged.value.reduce((sum, { cost }) => sum + toUnits(cost), 0) : undefined;
};
