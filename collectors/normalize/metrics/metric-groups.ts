import { OUTCOME } from '../../../core/business.ts';
import type { SignalScope } from '../../../core/signal.ts';
import type { StreamDescriptor } from '../../../core/stream.ts';
import { OVERFLOW, type ServiceEntry, type ServiceRegistry, type SignalHolder, type SignalSpec } from '../../red/index.ts';
import {
  canonicalMetric,
  eventHarm,
  isErrorStream,
  isServerDuration,
  modelAttributes,
  secondsPerUnit,
  shareOf,
  sumsOverInstances,
} from './naming.ts';

export type MetricAggregation = 'mean' | 'sum' | 'rate' | 'histogram' | 'server' | 'events';

/** One model key of metrics: the streams of all instances of a service that differ in nothing that outlives a pod. */
export interface MetricGroup extends SignalHolder {
  readonly index: number;
  readonly owner: ServiceEntry;
  readonly aggregation: MetricAggregation;
  /** Today's name of the metric, and whether its streams spell it so. */
  readonly metric: string;
  readonly canonicalSpelling: boolean;
  /** A histogram of durations: its points are read in seconds. */
  readonly timed: boolean;
  readonly folded: boolean;
  /** Streams with points within the last day, in order of first sight at a close. */
  members: number[];
  /** Events that differ in their outcome alone; empty for everything else. */
  readonly family: readonly MetricGroup[];
}

/** What the reader of a stream must know about it besides its group. */
export interface StreamTraits {
  readonly error: boolean;
  /** Factor that turns a histogram's unit into seconds; 1 when it measures no time. */
  readonly secondsPerUnit: number;
}

export interface MetricGroups {
  all(): readonly MetricGroup[];
  at(index: number): MetricGroup;
  /** The group of a stream, made on first sight. `folded`, when a restart knows it, says whether it is the overflow group of its metric. */
  groupOf(stream: StreamDescriptor, folded?: boolean): MetricGroup;
}

const secondsOf = (stream: StreamDescriptor): number | undefined =>
  stream.type === 'histogram' ? secondsPerUnit(stream.metric, stream.unit) : undefined;

export const traitsOf = (stream: StreamDescriptor): StreamTraits => ({
  error: isErrorStream(modelAttributes(stream.attributes)),
  secondsPerUnit: secondsOf(stream) ?? 1,
});

const gauge = (name: string, unit: string): SignalSpec => ({ name, kind: 'gauge', unit, harm: 'none' });
const rate = (name: string, unit: string): SignalSpec => ({ name, kind: 'rate', unit: `${unit === '' ? '1' : unit}/s`, harm: 'none' });

/** Events per second, and their share of all outcomes where that hurts by rising. */
const eventSpecs = (metric: string, unit: string, attributes: Readonly<Record<string, string>>): readonly SignalSpec[] => {
  const events: SignalSpec = { ...rate(metric, unit), harm: eventHarm(metric, attributes) };
  const share = shareOf(metric, attributes);
  return share === undefined ? [events] : [events, { name: share, kind: 'ratio', unit: '1', harm: 'rise' }];
};

const specsOf = (
  metric: string,
  unit: string,
  aggregation: MetricAggregation,
  timed: boolean,
  attributes: Readonly<Record<string, string>>,
): readonly SignalSpec[] => {
  switch (aggregation) {
    case 'mean':
    case 'sum':
      return [gauge(metric, unit)];
    case 'rate':
      return [rate(metric, unit)];
    case 'histogram':
      return [rate(`${metric}.count`, ''), timed ? { name: metric, kind: 'duration', unit: 's', harm: 'none' } : gauge(metric, unit)];
    case 'events':
      return eventSpecs(metric, unit, attributes);
    case 'server':
      return [];
  }
};

const aggregationOf = (stream: StreamDescriptor, canonical: string): MetricAggregation => {
  switch (stream.type) {
    case 'histogram':
      return isServerDuration(canonical) ? 'server' : 'histogram';
    case 'counter':
      return 'rate';
    case 'events':
      return 'events';
    case 'gauge':
    case 'sum':
      return sumsOverInstances(canonical, stream.type) ? 'sum' : 'mean';
  }
};

/** How many signals a new group of the stream needs. */
const signalsOf = (stream: StreamDescriptor, metric: string, attributes: Readonly<Record<string, string>>): number =>
  stream.type === 'histogram' || (stream.type === 'events' && shareOf(metric, attributes) !== undefined) ? 2 : 1;

const attributesKey = (attributes: Readonly<Record<string, string>>): string =>
  JSON.stringify(
    Object.keys(attributes)
      .sort()
      .map((name) => [name, attributes[name]]),
  );

export const createMetricGroups = (registry: ServiceRegistry, admit: (signals: number, what: () => string) => boolean): MetricGroups => {
  const groups: MetricGroup[] = [];
  const byKey = new Map<string, MetricGroup>();
  const families = new Map<string, MetricGroup[]>();

  const familyOf = (
    stream: StreamDescriptor,
    metric: string,
    aggregation: MetricAggregation,
    attributes: Readonly<Record<string, string>>,
  ): MetricGroup[] => {
    if (aggregation !== 'events') return [];
    const { [OUTCOME]: _, ...shared } = attributes;
    const key = [stream.tenant, stream.service, metric, attributesKey(shared)].join('\u0000');
    const known = families.get(key) ?? [];
    families.set(key, known);
    return known;
  };

  const create = (
    stream: StreamDescriptor,
    metric: string,
    aggregation: MetricAggregation,
    attributes: Readonly<Record<string, string>>,
    folded: boolean,
  ): MetricGroup => {
    const timed = aggregation === 'server' || secondsOf(stream) !== undefined;
    const specs = specsOf(metric, stream.unit, aggregation, timed, attributes);
    const scope: SignalScope = { kind: 'resource', attributes };
    const group: MetricGroup = {
      index: groups.length,
      owner: registry.entry(stream.tenant, stream.service),
      aggregation,
      metric,
      canonicalSpelling: stream.metric === metric,
      timed,
      folded,
      members: [],
      family: familyOf(stream, metric, aggregation, attributes),
      ids: new Int32Array(specs.length).fill(-1),
      tenant: stream.tenant,
      service: stream.service,
      scope,
      specs,
    };
    groups.push(group);
    if (aggregation === 'events') (group.family as MetricGroup[]).push(group);
    return group;
  };

  const groupOf = (stream: StreamDescriptor, decided?: boolean): MetricGroup => {
    const folded = decided === true;
    const metric = canonicalMetric(stream.metric);
    const aggregation = aggregationOf(stream, metric);
    const attributes = folded ? { [OVERFLOW]: 'true' } : aggregation === 'server' ? {} : modelAttributes(stream.attributes);
    // A service may send a metric under its old and its new name at once: kept apart, so that nothing counts twice.
    const key = [stream.tenant, stream.service, metric, stream.metric, aggregation, attributesKey(attributes)].join('\u0000');
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const name = (): string => `metric ${stream.service} ${metric} ${attributesKey(attributes)}`;
    const room = decided !== undefined || aggregation === 'server' || admit(signalsOf(stream, metric, attributes), name);
    if (!room) return groupOf(stream, true);
    const group = create(stream, metric, aggregation, attributes, folded);
    byKey.set(key, group);
    return group;
  };

  return { all: () => groups, at: (index) => groups[index] as MetricGroup, groupOf };
};
