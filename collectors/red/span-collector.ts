import type { SpanBatch } from '../../core/batch.ts';
import type { Dictionary } from '../../core/dictionary.ts';
import type { ServiceGraph } from '../../core/graph.ts';
import { stepsPerDay, type TimeScale } from '../../core/time.ts';
import { emitGroup } from './emit-spans.ts';
import { type ChildState, createChildTable, createJoinTable, type JoinState } from './join/kernel.ts';
import {
  accumulateSpans,
  OUTCOME_DECLINED,
  OUTCOME_FAILED,
  OUTCOME_FINE,
  OUTCOME_NONE,
  type SettleContext,
  type SpanCounts,
  settleSpans,
} from './kernel.ts';
import { createPeerResolution } from './peer-resolution.ts';
import type { LearnedCallee, ServiceEntry } from './service-entry.ts';
import { describeGraph } from './service-graph.ts';
import type { ServiceRegistry } from './service-registry.ts';
import type { SignalEmitter } from './signal-emitter.ts';
import { createSpanRows, type SpanStep } from './span-step.ts';

export interface SpanCollectorOptions {
  readonly scale: TimeScale;
  /** Names of the columns of SpanBatch.dimension. */
  readonly dimensions: readonly string[];
  readonly sliceGroups: readonly (readonly string[])[];
  /** Business outcomes that are not success. */
  readonly adverseOutcomes: Readonly<Record<string, 'declined' | 'failed'>>;
  /** How long a span waits for its other half, in event time. */
  readonly joinTtlMs: number;
  /** Bound of each join table, in spans. */
  readonly maximumJoins: number;
}

export interface SpanState {
  readonly counts: { readonly consumed: number; readonly duplicates: number; readonly invalid: number; readonly joinOverflow: number };
  readonly servers: JoinState;
  readonly producers: JoinState;
  readonly children: ChildState;
  readonly learned: readonly (readonly [string, string, LearnedCallee])[];
}

export interface SpanCollector {
  /** `stepAt` gives the step that takes a span, or undefined (after counting it) when it came too late. */
  accumulate(spans: SpanBatch, tenant: string, stepAt: (index: number) => SpanStep | undefined): void;
  /** Decides the joins of a step that closes, or that got late spans after it had. */
  settle(step: SpanStep): void;
  emit(step: SpanStep, emitter: SignalEmitter): void;
  /** Lets go of joins, slices and edges that nothing has touched for too long; `open` still hold rows. */
  expire(closed: number, kept: number, open: Iterable<SpanStep>): void;
  graph(tenant: string, recent: readonly SpanStep[]): ServiceGraph;
  counts(): Readonly<SpanCounts>;
  state(): SpanState;
}

const SERVICE_VERSION = 'service.version';

const columnsOf = (sliceGroups: readonly (readonly string[])[], dimensions: readonly string[]): readonly Int32Array[] =>
  sliceGroups.map((group) =>
    Int32Array.from(group, (name) => {
      const column = dimensions.indexOf(name);
      if (column < 0 && name !== SERVICE_VERSION) throw new RangeError(`slice group [${group}] names ${name}, which is no dimension`);
      return column;
    }),
  );

const createOutcomes = (texts: Dictionary, adverse: SpanCollectorOptions['adverseOutcomes']): ((id: number) => number) => {
  const known = new Map<number, number>([[0, OUTCOME_NONE]]);
  return (id) => {
    let outcome = known.get(id);
    if (outcome === undefined) {
      const text = texts.textOf(id);
      const kind = Object.hasOwn(adverse, text) ? adverse[text] : undefined;
      outcome = kind === 'declined' ? OUTCOME_DECLINED : kind === 'failed' ? OUTCOME_FAILED : OUTCOME_FINE;
      known.set(id, outcome);
    }
    return outcome;
  };
};

const createEntryLookup = (texts: Dictionary, registry: ServiceRegistry): ((tenant: string, service: number) => ServiceEntry) => {
  const byTenant = new Map<string, Map<number, ServiceEntry>>();
  return (tenant, service) => {
    let entries = byTenant.get(tenant);
    if (entries === undefined) {
      entries = new Map();
      byTenant.set(tenant, entries);
    }
    let entry = entries.get(service);
    if (entry === undefined) {
      entry = registry.entry(tenant, texts.textOf(service));
      entries.set(service, entry);
    }
    return entry;
  };
};

/** Spans to RED (rate, errors, duration) per service, edge, slice and objective, and to the graph of who calls whom. */
export const createSpanCollector = (
  options: SpanCollectorOptions,
  texts: Dictionary,
  registry: ServiceRegistry,
  restored?: SpanState,
): SpanCollector => {
  const { scale, maximumJoins } = options;
  const day = stepsPerDay(scale);
  const joinSteps = Math.max(1, Math.ceil(options.joinTtlMs / scale.stepMs));
  const counts: SpanCounts = { ...(restored?.counts ?? { consumed: 0, duplicates: 0, invalid: 0, joinOverflow: 0 }) };
  const servers = createJoinTable(maximumJoins, restored?.servers);
  const producers = createJoinTable(maximumJoins, restored?.producers);
  const children = createChildTable(maximumJoins, restored?.children);
  const peers = createPeerResolution(registry, restored?.learned);
  const entryOf = createEntryLookup(texts, registry);
  const outcomeOf = createOutcomes(texts, options.adverseOutcomes);
  const sliceColumns = columnsOf(options.sliceGroups, options.dimensions);
  const accumulating = {
    stepMs: scale.stepMs,
    sliceColumns,
    dimensions: options.dimensions.length,
    counts,
    entryOf,
    outcomeOf,
    serviceGroup: registry.serviceGroup,
    sliceGroup: registry.sliceGroup,
  };
  const settling: SettleContext = {
    entries: registry.entries(),
    servers,
    producers,
    children,
    counts,
    serviceGroup: registry.serviceGroup,
    edgeGroup: registry.edgeGroup,
    learn: (caller, peer, callee, step) => peers.learn(caller, texts.textOf(peer), callee, step),
    resolve: (caller, peer) => (peer === 0 ? undefined : peers.resolve(caller, texts.textOf(peer))),
  };

  const noteSeen = (step: SpanStep): void => {
    const groups = registry.groups();
    for (let slot = 0; slot < step.table.length; slot++) {
      const group = groups[step.table.groups[slot] as number];
      if (group === undefined) continue;
      group.first = Math.min(group.first, step.index);
      group.last = Math.max(group.last, step.index);
    }
  };

  const stillOpen = (group: number, open: Iterable<SpanStep>): boolean => {
    for (const step of open) if ((step.table.slotOf[group] ?? 0) > 0) return true;
    return false;
  };

  return {
    accumulate(spans, tenant, stepAt) {
      accumulateSpans(spans, tenant, { ...accumulating, stepAt });
    },
    settle(step) {
      const entries = registry.entries();
      for (const index of step.reported) {
        const entry = entries[index] as ServiceEntry;
        entry.lastReport = Math.max(entry.lastReport, step.index);
      }
      settleSpans(step, settling);
      step.rows = createSpanRows(0);
      noteSeen(step);
    },
    emit(step, emitter) {
      const stepSeconds = scale.stepMs / 1_000;
      const entries = registry.entries();
      for (const index of step.reported) emitter.put((entries[index] as ServiceEntry).reporting, 0, 1, 1);
      for (const group of registry.groups()) {
        if (group !== undefined) emitGroup(group, step, stepSeconds, step.index - day, emitter);
      }
    },
    expire(closed, kept, open) {
      servers.expire(closed - joinSteps);
      producers.expire(closed - joinSteps);
      children.expire(closed - joinSteps);
      const idleBefore = closed - Math.max(day, kept + 1);
      for (const group of registry.groups()) {
        if (group !== undefined && Number.isFinite(group.last) && group.last < idleBefore && !stillOpen(group.index, open)) {
          registry.forget(group);
        }
      }
    },
    graph: (tenant, recent) => describeGraph(registry, tenant, recent, scale.stepMs / 1_000),
    counts: () => counts,
    state: () => ({
      counts: { ...counts },
      servers: servers.state(),
      producers: producers.state(),
      children: children.state(),
      learned: peers.state(),
    }),
  };
};
