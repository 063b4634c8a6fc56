import type { Labels, PrometheusClient, PrometheusFailure, RangeChunk } from '../../collectors/prometheus/index.ts';
import { type Outcome, succeed } from '../../core/outcome.ts';
import { type DurationMs, type Instant, MINUTE_MS } from '../../core/time.ts';
import { type ErrorLabel, KNOWN_NAMES, REQUEST_SOURCES, type RequestSource, type ServiceLabels } from './aliases.ts';
import { matches, oneOf, rateOf, selector, sumBy } from './promql.ts';
import { displayName, isSameService, type ServiceName, serviceOf } from './service-names.ts';

/** A way of counting requests that this history has, with the labels it uses for it. */
export interface FoundSource {
  readonly source: RequestSource;
  readonly service: ServiceLabels;
  /** Absent where no label says how a request ended: then there is no error ratio. */
  readonly error: ErrorLabel | undefined;
  readonly durations: 'buckets' | 'sum' | 'none';
  /** Time series behind the counter now: what a query has to open. */
  readonly bounds: number;
  readonly services: readonly FoundService[];
}

export interface FoundService {
  readonly name: ServiceName;
  /** Requests a second, mean over some looks at the history. */
  readonly rate: number;
}

export interface Discovery {
  readonly names: ReadonlySet<string>;
  readonly sources: readonly FoundSource[];
  readonly notes: readonly string[];
}

/** The history is looked at so many times to learn who was there: an odd number, so that the looks fall on different hours. */
const LOOKS = 13;
const LOOK_WINDOW_MS = 10 * MINUTE_MS;
/** A label names the service when it is set on nearly all of the traffic. */
const NEARLY_ALL = 0.9;

interface Combination {
  readonly labels: Labels;
  readonly rate: number;
}

const meanOf = (values: Float64Array): number => {
  let sum = 0;
  for (const value of values) if (Number.isFinite(value)) sum += value;
  return sum / values.length;
};

const rateOfAll = (combinations: readonly Combination[]): number => combinations.reduce((sum, { rate }) => sum + rate, 0);

/** Share of the traffic on which a label is set. */
const shareWith = (combinations: readonly Combination[], label: string): number => {
  let all = 0;
  let set = 0;
  for (const { labels, rate } of combinations) {
    all += rate;
    if ((labels[label] ?? '') !== '') set += rate;
  }
  return all === 0 ? 0 : set / all;
};

/** A collector that passes everything on under its own name says nothing of who was called. */
const namesServices = (combinations: readonly Combination[], candidate: ServiceLabels): boolean =>
  shareWith(combinations, candidate.name) >= NEARLY_ALL;

/** The label that says how a request ended. One that is set on failures alone is known by being set at all. */
const errorLabelOf = (combinations: readonly Combination[], candidates: readonly ErrorLabel[]): ErrorLabel | undefined =>
  candidates.find(({ label, values, known }) => {
    const like = combinations.filter(({ labels }) => known.test(labels[label] ?? '') && (labels[label] ?? '') !== '');
    return values === '.+' ? like.length > 0 : like.length > 0 && rateOfAll(like) >= NEARLY_ALL * rateOfAll(combinations);
  });

const servicesOf = (combinations: readonly Combination[], labels: ServiceLabels): readonly FoundService[] => {
  const rates = new Map<string, { name: ServiceName; rate: number }>();
  for (const combination of combinations) {
    const name = serviceOf(combination.labels, labels);
    if (name === undefined) continue;
    const key = displayName(name);
    const known = rates.get(key);
    if (known === undefined) rates.set(key, { name, rate: combination.rate });
    else known.rate += combination.rate;
  }
  return [...rates.values()].sort((a, b) => b.rate - a.rate || (displayName(a.name) < displayName(b.name) ? -1 : 1));
};

const distinct = (labels: readonly (string | undefined)[]): readonly string[] => [...new Set(labels.flatMap((label) => label ?? []))];

export interface History {
  readonly from: Instant;
  readonly to: Instant;
}

const lookStep = ({ from, to }: History): DurationMs => Math.max(MINUTE_MS, Math.floor((to - from) / LOOKS / MINUTE_MS) * MINUTE_MS);

const lookAt = async (
  client: PrometheusClient,
  source: RequestSource,
  history: History,
  signal: AbortSignal | undefined,
): Promise<Outcome<readonly Combination[], PrometheusFailure>> => {
  const labels = distinct([
    ...source.services.flatMap(({ name, namespace }) => [name, namespace]),
    ...source.errors.map(({ label }) => label),
  ]);
  // Labels outside the old alphabet are a syntax error to servers before Prometheus 3, which cannot hold them either.
  const readable = labels.filter((label) => /^[a-zA-Z_]\w*$/.test(label) || source.counter.includes('.'));
  const query = sumBy(readable, rateOf(source.counter, [source.matchers], LOOK_WINDOW_MS));
  const stepMs = lookStep(history);
  const rates = new Map<string, { labels: Labels; sum: number }>();
  const consume = (chunk: RangeChunk): void => {
    for (const series of chunk.series) {
      const key = JSON.stringify(series.labels);
      const known = rates.get(key) ?? { labels: series.labels, sum: 0 };
      known.sum += meanOf(series.values) * (chunk.steps / LOOKS);
      rates.set(key, known);
    }
  };
  const read = await client.range({ query, from: history.to - (LOOKS - 1) * stepMs, to: history.to, stepMs }, consume, signal);
  if (!read.ok) return read;
  return succeed([...rates.values()].map(({ labels: seen, sum }) => ({ labels: seen, rate: sum })));
};

const boundsOf = async (
  client: PrometheusClient,
  base: string,
  matchers: string,
  at: Instant,
  signal: AbortSignal | undefined,
): Promise<number> => {
  const counted = await client.instant(`count(count by (le) (${selector(`${base}_bucket`, [matchers])}))`, at, signal);
  return counted.ok ? (counted.value[0]?.value ?? 0) : 0;
};

const describe = async (
  client: PrometheusClient,
  source: RequestSource,
  names: ReadonlySet<string>,
  history: History,
  signal: AbortSignal | undefined,
): Promise<Outcome<FoundSource | undefined, PrometheusFailure>> => {
  const looked = await lookAt(client, source, history, signal);
  if (!looked.ok) return looked;
  const combinations = looked.value;
  const service = source.services.find((candidate) => namesServices(combinations, candidate)) ?? source.services.at(-1);
  if (service === undefined) return succeed(undefined);
  const services = servicesOf(combinations, service);
  if (services.length === 0) return succeed(undefined);
  const base = source.duration?.base;
  const hasBuckets = base !== undefined && names.has(`${base}_bucket`);
  const hasSum = base !== undefined && names.has(`${base}_sum`) && names.has(`${base}_count`);
  const bounds = hasBuckets ? await boundsOf(client, base, source.matchers, history.to - lookStep(history), signal) : 0;
  return succeed({
    source,
    service,
    error: errorLabelOf(combinations, source.errors),
    durations: hasBuckets && hasSum ? 'buckets' : hasSum ? 'sum' : 'none',
    bounds,
    services,
  });
};

const CANNOT_LIST = new Set(['PROMETHEUS_LIMIT', 'PROMETHEUS_NO_API', 'PROMETHEUS_QUERY_REFUSED']);

/** Names that exist; asked for by name where the server does not list them. */
const namesOf = async (
  client: PrometheusClient,
  history: History,
  signal: AbortSignal | undefined,
): Promise<Outcome<ReadonlySet<string>, PrometheusFailure>> => {
  const listed = await client.metricNames(history.from, history.to, signal);
  if (listed.ok) return succeed(new Set(listed.value));
  if (!CANNOT_LIST.has(listed.error.code)) return listed;
  const asked = await client.instant(`group by (__name__) ({${matches('__name__', oneOf(KNOWN_NAMES))}})`, history.to, signal);
  return asked.ok ? succeed(new Set(asked.value.map(({ labels }) => labels.__name__ ?? ''))) : listed;
};

/** What of the things we can read this history holds. Fails only when the server cannot be read at all. */
export const discover = async (
  client: PrometheusClient,
  history: History,
  signal?: AbortSignal,
): Promise<Outcome<Discovery, PrometheusFailure>> => {
  const listed = await namesOf(client, history, signal);
  if (!listed.ok) return listed;
  const names = listed.value;
  const notes: string[] = [];
  const sources: FoundSource[] = [];
  for (const source of REQUEST_SOURCES.filter(({ counter }) => names.has(counter))) {
    const described = await describe(client, source, names, history, signal);
    if (!described.ok) {
      if (described.error.code === 'PROMETHEUS_ABORTED' || described.error.code === 'PROMETHEUS_UNAUTHORIZED') return described;
      notes.push(`${source.counter} was left out: ${described.error.message}`);
    } else if (described.value === undefined) notes.push(`${source.counter} exists and counted nothing that names a service in this time`);
    else sources.push(described.value);
  }
  return succeed({ names, sources, notes });
};

export interface ChosenService {
  readonly name: ServiceName;
  readonly rate: number;
  readonly requests: FoundSource;
  readonly durations: FoundSource | undefined;
}

export interface Choice {
  readonly services: readonly ChosenService[];
  readonly signals: number;
  /** Names of what did not fit, busiest first. */
  readonly leftOut: readonly string[];
}

const signalsOf = ({ requests, durations }: ChosenService): number =>
  1 + Number(requests.error !== undefined) + Number(durations !== undefined);

/**
 * One source a service: the first that counts it and tells errors, else the first that counts it; durations from the same
 * where it has them. The busiest services first, until their signals reach the bound.
 */
export const chooseServices = (sources: readonly FoundSource[], seriesMax: number): Choice => {
  const services: ChosenService[] = [];
  for (const found of sources) {
    for (const { name, rate } of found.services) {
      if (services.some((known) => isSameService(known.name, name))) continue;
      const holders = sources.filter((other) => other.services.some((service) => isSameService(service.name, name)));
      const requests = holders.find((other) => other.error !== undefined) ?? found;
      const timed = (other: FoundSource): boolean => other.durations !== 'none';
      const durations = timed(requests) ? requests : holders.find(timed);
      services.push({ name, rate, requests, durations });
    }
  }
  services.sort((a, b) => b.rate - a.rate || (displayName(a.name) < displayName(b.name) ? -1 : 1));
  const chosen: ChosenService[] = [];
  let signals = 0;
  for (const service of services) {
    if (signals + signalsOf(service) > seriesMax) break;
    signals += signalsOf(service);
    chosen.push(service);
  }
  return { services: chosen, signals, leftOut: services.slice(chosen.length).map(({ name }) => displayName(name)) };
};

/** Matchers for just these services; none when the source has no others. */
export const onlyServices = (found: FoundSource, wanted: readonly ServiceName[]): readonly string[] => {
  const all = found.services.every(({ name }) => wanted.some((other) => isSameService(name, other)));
  if (all) return [];
  // A value may carry its namespace before and its provider behind the name.
  return [matches(found.service.name, `(.+/)?(${oneOf([...new Set(wanted.map(({ name }) => name))].sort())})(@[a-z]+)?`)];
};
