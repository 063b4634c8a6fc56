import type { ServiceEntry, ServiceRegistry, SignalEmitter } from '../../red/index.ts';
import { bucketQuantile, mergeBuckets } from './histogram-reading.ts';
import type { MetricGroup, MetricGroups } from './metric-groups.ts';
import { createMetricResult, type MetricResult } from './metric-step.ts';

const observedSeconds = (result: MetricResult, stepMs: number): number => Math.min(stepMs, result.coveredMs) / 1_000;

interface ServerPart {
  readonly group: MetricGroup;
  readonly result: MetricResult;
}

/** Of the same metric under two spellings the current one counts. */
const withoutOldSpellings = (parts: readonly ServerPart[]): readonly ServerPart[] =>
  parts.filter(({ group }, at) => {
    const rivals = parts.filter((other) => other.group.metric === group.metric);
    const current = rivals.find((other) => other.group.canonicalSpelling) ?? rivals[0];
    return current === parts[at];
  });

/** HTTP and RPC of one service together. */
const mergeParts = (parts: readonly ServerPart[], objectives: number): MetricResult => {
  const merged = createMetricResult(objectives);
  for (const { result } of parts) {
    merged.level += result.level;
    merged.coveredMs = Math.max(merged.coveredMs, result.coveredMs);
    merged.events += result.events;
    merged.errors += result.errors;
    merged.sum += result.sum;
    merged.sumCount += result.sumCount;
    result.bad.forEach((bad, at) => {
      merged.bad[at] = (merged.bad[at] as number) + bad;
    });
    if (result.buckets !== undefined) merged.buckets = mergeBuckets(merged.buckets, result.buckets);
  }
  return merged;
};

/** The RED of a service that sends no server spans, from its server duration histograms. Fields are places in SERVICE_SPECS. */
const emitServer = (
  owner: ServiceEntry,
  parts: readonly ServerPart[],
  stepMs: number,
  registry: ServiceRegistry,
  emitter: SignalEmitter,
): void => {
  const result = mergeParts(withoutOldSpellings(parts), owner.objectives.length);
  const red = registry.serviceGroup(owner);
  emitter.put(red, 0, result.level, observedSeconds(result, stepMs));
  if (result.events <= 0) return;
  emitter.put(red, 1, result.errors / result.events, result.events);
  if (result.sumCount > 0) emitter.put(red, 3, result.sum / result.sumCount, result.sumCount);
  if (result.buckets !== undefined) {
    emitter.put(red, 5, bucketQuantile(result.buckets, 0.95), result.events);
    emitter.put(red, 6, bucketQuantile(result.buckets, 0.5), result.events);
  }
  for (const [at, { group }] of owner.objectives.entries()) {
    emitter.put(group, 0, Math.min(1, (result.bad[at] as number) / result.events), result.events);
  }
};

const emitGroup = (group: MetricGroup, result: MetricResult, stepMs: number, emitter: SignalEmitter): void => {
  switch (group.aggregation) {
    case 'mean':
      emitter.put(group, 0, result.sum / result.observations, result.observations);
      return;
    case 'sum':
      emitter.put(group, 0, result.level, result.observations);
      return;
    case 'rate':
      emitter.put(group, 0, result.level, observedSeconds(result, stepMs));
      return;
    case 'histogram':
      emitter.put(group, 0, result.level, observedSeconds(result, stepMs));
      if (result.sumCount > 0) emitter.put(group, 1, result.sum / result.sumCount, result.sumCount);
      return;
    case 'events':
      emitter.put(group, 0, (result.events * 1_000) / stepMs, observedSeconds(result, stepMs));
      return;
    case 'server':
  }
};

/** Which share of all payments was declined, and which failed; where there was no payment there is no share. */
const emitShares = (family: readonly MetricGroup[], results: ReadonlyMap<number, MetricResult>, emitter: SignalEmitter): void => {
  const eventsOf = (group: MetricGroup): number => results.get(group.index)?.events ?? 0;
  const total = family.reduce((sum, group) => sum + eventsOf(group), 0);
  if (total <= 0) return;
  for (const group of family) if (group.specs.length > 1) emitter.put(group, 1, eventsOf(group) / total, total);
};

/** The signals of all metrics of one step, by group index. */
export const emitMetrics = (
  results: ReadonlyMap<number, MetricResult>,
  groups: MetricGroups,
  stepMs: number,
  registry: ServiceRegistry,
  hasSpans: (owner: ServiceEntry) => boolean,
  emitter: SignalEmitter,
): void => {
  const servers = new Map<ServiceEntry, ServerPart[]>();
  const families = new Set<readonly MetricGroup[]>();
  for (const index of [...results.keys()].sort((a, b) => a - b)) {
    const group = groups.at(index);
    const result = results.get(index) as MetricResult;
    if (result.observations === 0) continue;
    if (group.aggregation === 'server') servers.set(group.owner, [...(servers.get(group.owner) ?? []), { group, result }]);
    else emitGroup(group, result, stepMs, emitter);
    if (group.family.length > 0) families.add(group.family);
  }
  for (const family of families) emitShares(family, results, emitter);
  for (const [owner, parts] of servers) if (!hasSpans(owner)) emitServer(owner, parts, stepMs, registry, emitter);
};
