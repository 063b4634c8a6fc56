import type { Labels, PrometheusClient, PrometheusFailure, RangeChunk } from '../../collectors/prometheus/index.ts';
import { type Outcome, succeed } from '../../core/outcome.ts';
import { AUTOSCALER_SOURCES, REPLICA_SOURCES, type ReplicaSource } from './aliases.ts';
import { type Column, emptyColumn, type Grid } from './columns.ts';
import { maxBy, selector } from './promql.ts';
import { type Reading, runReadings } from './read-services.ts';
import { isSameWorkload, type ServiceName } from './service-names.ts';

/** What a HorizontalPodAutoscaler was set to at the end of the history. */
export interface Autoscaler {
  readonly name: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** As it is written: "cpu utilization 70". */
  readonly targets: readonly string[];
}

/** A workload's replicas over the history. */
export interface WorkloadHistory {
  readonly kind: ReplicaSource['kind'];
  readonly name: ServiceName;
  readonly ready: Column;
  readonly ordered: Column;
  readonly autoscaler: Autoscaler | undefined;
}

const put = (column: Column, grid: Grid, chunk: RangeChunk, values: Float64Array): void => {
  const first = Math.round((chunk.from - grid.firstEnd) / grid.stepMs);
  values.forEach((value, index) => {
    if (!Number.isNaN(value)) column[first + index] = value;
  });
};

const readReplicas = async (
  client: PrometheusClient,
  source: ReplicaSource,
  names: ReadonlySet<string>,
  grid: Grid,
  signal: AbortSignal | undefined,
): Promise<
  Outcome<
    {
      readonly found: ReadonlyMap<string, Omit<WorkloadHistory, 'autoscaler'>>;
      readonly notes: readonly string[];
      readonly queries: readonly string[];
    },
    PrometheusFailure
  >
> => {
  const found = new Map<string, Omit<WorkloadHistory, 'autoscaler'>>();
  const workload = (labels: Labels): Omit<WorkloadHistory, 'autoscaler'> | undefined => {
    const name = labels[source.name] ?? '';
    if (name === '') return undefined;
    const namespace = labels[source.namespace] ?? '';
    const key = `${namespace}/${name}`;
    const known = found.get(key) ?? { kind: source.kind, name: { name, namespace }, ready: emptyColumn(grid), ordered: emptyColumn(grid) };
    found.set(key, known);
    return known;
  };
  const reading = (metric: string, field: 'ready' | 'ordered'): Reading => ({
    what: field === 'ready' ? 'ready replicas' : 'ordered replicas',
    query: maxBy([source.namespace, source.name], selector(metric, [])),
    series: 200,
    consume(chunk) {
      for (const { labels, values } of chunk.series) {
        const entry = workload(labels);
        if (entry !== undefined) put(entry[field], grid, chunk, values);
      }
    },
    gaps: () => undefined,
  });
  const readings = [reading(source.ready, 'ready'), ...(names.has(source.ordered) ? [reading(source.ordered, 'ordered')] : [])];
  const ran = await runReadings(client, readings, grid, () => undefined, signal);
  return ran.ok ? succeed({ found, notes: ran.value.notes, queries: readings.map(({ query }) => query) }) : ran;
};

/** Settings of all autoscalers, by the workload they scale. */
const readAutoscalers = async (
  client: PrometheusClient,
  names: ReadonlySet<string>,
  grid: Grid,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Autoscaler>> => {
  const source = AUTOSCALER_SOURCES.find(({ prefix }) => names.has(`${prefix}_spec_max_replicas`));
  if (source === undefined) return new Map();
  const at = grid.firstEnd + (grid.steps - 1) * grid.stepMs;
  // The newest value of the last hour: an autoscaler that was replaced meanwhile has no value now.
  const latest = async (suffix: string): Promise<readonly { readonly labels: Labels; readonly value: number }[]> => {
    if (!names.has(`${source.prefix}_${suffix}`)) return [];
    const read = await client.instant(`last_over_time(${selector(`${source.prefix}_${suffix}`, [])}[1h])`, at, signal);
    return read.ok ? read.value : [];
  };
  const keyOf = (labels: Labels): string => `${labels.namespace ?? ''}/${labels[source.name] ?? ''}`;
  const [minimum, maximum, targets, info] = [
    await latest('spec_min_replicas'),
    await latest('spec_max_replicas'),
    await latest('spec_target_metric'),
    await latest('info'),
  ];
  const scaled = new Map<string, Autoscaler>();
  for (const { labels, value } of maximum) {
    const key = keyOf(labels);
    const own = <Sample extends { readonly labels: Labels }>(samples: readonly Sample[]): readonly Sample[] =>
      samples.filter((sample) => keyOf(sample.labels) === key);
    const name = labels[source.name] ?? '';
    const target = own(info)[0]?.labels.scaletargetref_name ?? name;
    scaled.set(`${labels.namespace ?? ''}/${target}`, {
      name,
      minReplicas: own(minimum)[0]?.value ?? 1,
      maxReplicas: value,
      targets: own(targets).map((sample) =>
        `${sample.labels.metric_name ?? 'metric'} ${sample.labels.metric_target_type ?? ''} ${sample.value}`.replace(/\s+/g, ' '),
      ),
    });
  }
  return scaled;
};

export interface WorkloadsRead {
  readonly workloads: readonly WorkloadHistory[];
  readonly notes: readonly string[];
  readonly queries: readonly string[];
}

/** Replicas of everything kube-state-metrics or the OpenTelemetry cluster receiver saw. */
export const readWorkloads = async (
  client: PrometheusClient,
  names: ReadonlySet<string>,
  grid: Grid,
  signal?: AbortSignal,
): Promise<Outcome<WorkloadsRead, PrometheusFailure>> => {
  const workloads = new Map<string, Omit<WorkloadHistory, 'autoscaler'>>();
  const notes: string[] = [];
  const queries: string[] = [];
  for (const source of REPLICA_SOURCES.filter(({ ready }) => names.has(ready))) {
    const read = await readReplicas(client, source, names, grid, signal);
    if (!read.ok) return read;
    notes.push(...read.value.notes);
    queries.push(...read.value.queries);
    for (const [key, entry] of read.value.found) if (!workloads.has(key)) workloads.set(key, entry);
  }
  const autoscalers = workloads.size === 0 ? new Map<string, Autoscaler>() : await readAutoscalers(client, names, grid, signal);
  return succeed({ workloads: [...workloads].map(([key, entry]) => ({ ...entry, autoscaler: autoscalers.get(key) })), notes, queries });
};

/** The workload whose replicas carry a service's load. */
export const workloadOf = (service: ServiceName, workloads: readonly WorkloadHistory[]): WorkloadHistory | undefined =>
  workloads.find(({ name }) => name.name === service.name && isSameWorkload(service, name)) ??
  workloads.find(({ name }) => isSameWorkload(service, name));
