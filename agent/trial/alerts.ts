import type { Labels, PrometheusClient, PrometheusFailure, RangeChunk } from '../../collectors/prometheus/index.ts';
import { type Outcome, succeed } from '../../core/outcome.ts';
import { type DurationMs, type Instant, MINUTE_MS } from '../../core/time.ts';
import { ALERT_SERVICE_LABELS, ALERTS_FOR_NOBODY, PAGING_SEVERITIES } from './aliases.ts';
import type { History } from './discover.ts';
import { displayName, isSameWorkload, type ServiceName } from './service-names.ts';

/** One alert of theirs, from its first firing to its last. */
export interface TheirAlert {
  readonly alertname: string;
  readonly severity: string;
  /** Whether it is one that by convention wakes somebody. */
  readonly pages: boolean;
  /** One of the watched services, as its labels say; absent when they name none. */
  readonly service: string | undefined;
  readonly labels: Labels;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** Still firing when the history ends. */
  readonly open: boolean;
  /** Label sets that fired together. */
  readonly instances: number;
}

export const ALERTS_QUERY = 'ALERTS{alertstate="firing"}';
/** Rules are evaluated every minute or more often; a gap of a few evaluations is one alert. */
const ALERT_STEP_MS = MINUTE_MS;
const MERGE_GAP_MS = 5 * MINUTE_MS;
const VALUES_PER_REQUEST = 1_440;

interface Firing {
  readonly labels: Labels;
  readonly times: Instant[];
}

interface Interval {
  readonly from: Instant;
  readonly to: Instant;
}

const intervalsOf = (times: readonly Instant[]): readonly Interval[] => {
  const intervals: { from: Instant; to: Instant }[] = [];
  for (const at of [...times].sort((a, b) => a - b)) {
    const last = intervals.at(-1);
    if (last !== undefined && at - last.to <= MERGE_GAP_MS) last.to = at;
    else intervals.push({ from: at, to: at });
  }
  return intervals;
};

/** The watched service that an alert's labels name; pods carry their workload's name and two random words. */
export const serviceOfAlert = (labels: Labels, services: readonly ServiceName[]): string | undefined => {
  for (const label of ALERT_SERVICE_LABELS) {
    const given = labels[label] ?? '';
    if (given === '') continue;
    const slash = given.lastIndexOf('/');
    const bare = given.slice(slash + 1);
    const namespace = slash > 0 ? given.slice(0, slash) : (labels.service_namespace ?? labels.exported_namespace ?? labels.namespace ?? '');
    const names = label === 'pod' ? [bare.replace(/-[a-z0-9]+$/, ''), bare.replace(/-[a-z0-9]+-[a-z0-9]+$/, '')] : [bare];
    // A service without a namespace of its own may stand in any, and the namespace of a rule is often that of the rule.
    const found =
      services.find((service) => names.some((name) => isSameWorkload(service, { name, namespace }))) ??
      services.find((service) => names.includes(service.name));
    if (found !== undefined) return displayName(found);
  }
  return undefined;
};

interface Group {
  readonly alertname: string;
  readonly severity: string;
  readonly service: string | undefined;
  readonly labels: Labels;
  readonly intervals: (Interval & { readonly instance: number })[];
}

/** Firing label sets as episodes: one an alert name, severity and service, as one person would be told of them. */
export const episodesOf = (firings: readonly Firing[], services: readonly ServiceName[], history: History): readonly TheirAlert[] => {
  const groups = new Map<string, Group>();
  for (const [instance, { labels, times }] of firings.entries()) {
    const alertname = labels.alertname ?? '';
    const severity = (labels.severity ?? labels.priority ?? labels.level ?? '').toLowerCase();
    if (ALERTS_FOR_NOBODY.has(alertname) || severity === 'none') continue;
    const service = serviceOfAlert(labels, services);
    const key = JSON.stringify([alertname, severity, service]);
    const group = groups.get(key) ?? { alertname, severity, service, labels, intervals: [] };
    groups.set(key, group);
    for (const interval of intervalsOf(times)) group.intervals.push({ ...interval, instance });
  }
  const alerts: TheirAlert[] = [];
  for (const { intervals, ...head } of groups.values()) {
    let current: { from: Instant; to: Instant; instances: Set<number> } | undefined;
    const close = (): void => {
      if (current === undefined) return;
      alerts.push({
        ...head,
        pages: PAGING_SEVERITIES.has(head.severity),
        startedAt: current.from,
        endedAt: current.to,
        open: current.to > history.to - MERGE_GAP_MS,
        instances: current.instances.size,
      });
    };
    for (const { from, to, instance } of intervals.sort((a, b) => a.from - b.from)) {
      if (current !== undefined && from - current.to <= MERGE_GAP_MS) {
        current.to = Math.max(current.to, to);
        current.instances.add(instance);
        continue;
      }
      close();
      current = { from, to, instances: new Set([instance]) };
    }
    close();
  }
  return alerts.sort((a, b) => a.startedAt - b.startedAt || (a.alertname < b.alertname ? -1 : 1));
};

export interface AlertsRead {
  readonly alerts: readonly TheirAlert[];
  /** Whether any alert state was recorded at all. */
  readonly recorded: boolean;
  readonly notes: readonly string[];
}

export const readAlerts = async (
  client: PrometheusClient,
  history: History,
  services: readonly ServiceName[],
  progress: (done: number, of: number) => void,
  signal?: AbortSignal,
): Promise<Outcome<AlertsRead, PrometheusFailure>> => {
  const firings = new Map<string, Firing>();
  const stepMs: DurationMs = ALERT_STEP_MS;
  const from = Math.ceil(history.from / stepMs) * stepMs;
  const to = Math.floor(history.to / stepMs) * stepMs;
  const requests = Math.ceil((to - from) / stepMs / VALUES_PER_REQUEST);
  let done = 0;
  const consume = (chunk: RangeChunk): void => {
    done += 1;
    progress(done, requests);
    for (const { labels, values } of chunk.series) {
      const { __name__: _name, alertstate: _state, ...rest } = labels;
      const key = JSON.stringify(Object.entries(rest).sort());
      const firing = firings.get(key) ?? { labels: rest, times: [] };
      firings.set(key, firing);
      values.forEach((value, index) => {
        if (value > 0) firing.times.push(chunk.from + index * stepMs);
      });
    }
  };
  const read = await client.range({ query: ALERTS_QUERY, from, to, stepMs, pointsPerRequest: VALUES_PER_REQUEST }, consume, signal);
  if (!read.ok) {
    if (read.error.code === 'PROMETHEUS_ABORTED') return read;
    return succeed({ alerts: [], recorded: false, notes: [`ALERTS could not be read: ${read.error.message}`] });
  }
  const notes = read.value.gaps.length === 0 ? [] : [`ALERTS: parts could not be read (${read.value.gaps[0]?.because ?? ''})`];
  return succeed({ alerts: episodesOf([...firings.values()], services, history), recorded: firings.size > 0, notes });
};
