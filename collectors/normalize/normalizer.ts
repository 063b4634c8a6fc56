import { DEFAULT_TENANT } from '../../core/names.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { ClosedStep, StepRevision } from '../../core/signal.ts';
import { type Instant, stepIndexAt, stepStart, stepsPerDay } from '../../core/time.ts';
import {
  createServiceRegistry,
  createSignalEmitter,
  createSpanCollector,
  type RegistryState,
  type ServiceEntry,
  type SpanState,
} from '../red/index.ts';
import type { Normalizer, NormalizerDependencies, NormalizerOptions } from './contract.ts';
import { createMetricCollector } from './metrics/metric-collector.ts';
import type { MetricState } from './metrics/metric-contract.ts';
import { createSignalBudget, type SignalBudgetState } from './signal-budget.ts';
import { packTree, type Tree, treeVersion, unpackTree } from './snapshot.ts';
import { createStep, restoreStep, revisionsBetween, type Step, type StepState, stepState } from './step.ts';

const FORMAT_VERSION = 1;
const DEFAULT_JOIN_TTL_MS = 60_000;
const DEFAULT_MAXIMUM_JOINS = 524_288;
/** Steps over which the graph's rates are taken. */
const GRAPH_STEPS = 6;

interface NormalizerState {
  readonly stepMs: number;
  readonly next: number | null;
  readonly floor: number | null;
  readonly position: number | null;
  readonly late: number;
  readonly lateTold: number;
  readonly amended: number;
  readonly budget: SignalBudgetState;
  readonly registry: RegistryState;
  readonly spans: SpanState;
  readonly metrics: MetricState;
  readonly open: readonly StepState[];
  readonly kept: readonly StepState[];
}

const assemble = (options: NormalizerOptions, deps: NormalizerDependencies, restored?: NormalizerState): Normalizer => {
  const { scale, graceMs } = options;
  const { stepMs } = scale;
  const day = stepsPerDay(scale);
  const keptSteps = Math.max(1, Math.ceil(options.latenessMs / stepMs));
  const budget = createSignalBudget(options.maximumSignals, deps.signals, restored?.budget);
  const textOf = (id: number): string => deps.texts.textOf(id);
  const { sliceGroups, objectives } = options;
  const registry = createServiceRegistry({ sliceGroups, objectives, textOf, admit: budget.admit }, restored?.registry);
  const spanOptions = {
    ...options,
    joinTtlMs: options.joinTtlMs ?? DEFAULT_JOIN_TTL_MS,
    maximumJoins: options.maximumJoins ?? DEFAULT_MAXIMUM_JOINS,
  };
  const spans = createSpanCollector(spanOptions, deps.texts, registry, restored?.spans);
  const metrics = createMetricCollector(scale, deps.streams, registry, budget.admit, restored?.metrics);
  const emitter = createSignalEmitter(deps.signals);

  const open = new Map<number, Step>((restored?.open ?? []).map((state) => [state.spans.index, restoreStep(state)]));
  /** Closed steps in order, the newest last, without holes. */
  let kept: Step[] = (restored?.kept ?? []).map(restoreStep);
  /** The step to close next; undefined until the first close. */
  let next = restored?.next ?? undefined;
  /** Before the first close: the oldest step the first batch allows. */
  let floor = restored?.floor ?? undefined;
  let position = restored?.position ?? undefined;
  let late = restored?.late ?? 0;
  let lateTold = restored?.lateTold ?? 0;
  let amended = restored?.amended ?? 0;

  const openStep = (index: number): Step => {
    let step = open.get(index);
    if (step === undefined) {
      step = createStep(index);
      open.set(index, step);
    }
    return step;
  };

  const stepFor = (index: number): Step | undefined => {
    const oldest = next ?? floor ?? Number.NEGATIVE_INFINITY;
    if (index >= oldest) return openStep(index);
    const step = next === undefined ? undefined : kept[kept.length - (next - index)];
    if (step === undefined) late += 1;
    else {
      step.touched = true;
      amended += 1;
    }
    return step;
  };

  const placeAt = (index: number): { readonly metrics: Step['metrics']; readonly reported: Set<number> } | undefined => {
    const step = stepFor(index);
    if (step === undefined) return undefined;
    step.rows += 1;
    return { metrics: step.metrics, reported: step.spans.reported };
  };

  const spanStepAt = (index: number): Step['spans'] | undefined => {
    const step = stepFor(index);
    if (step === undefined) return undefined;
    step.rows += 1;
    return step.spans;
  };

  /**
   * The first batch says where time begins: at its oldest row, but no further back from its newest than late data may
   * come, so that one stray row does not open hours of silence.
   */
  const fixFloor = (receivedAt: Instant): void => {
    if (open.size === 0) return;
    const newest = Math.min(Math.max(...open.keys()), stepIndexAt(receivedAt, stepMs));
    floor = newest - keptSteps;
    for (const step of [...open.values()]) {
      if (step.index >= floor) continue;
      late += step.rows;
      open.delete(step.index);
    }
  };

  const hasSpans =
    (index: number) =>
    (owner: ServiceEntry): boolean =>
      owner.red !== undefined && owner.red.first <= index && owner.red.last >= index - day;

  const emit = (step: Step): void => {
    spans.emit(step.spans, emitter);
    metrics.emit(step.metrics, hasSpans(step.index), emitter);
    step.emitted = emitter.take();
    step.touched = false;
  };

  const amend = (step: Step): readonly StepRevision[] => {
    const before = step.emitted;
    spans.settle(step.spans);
    metrics.settle(step.metrics, true);
    emit(step);
    return before === undefined || step.emitted === undefined ? [] : revisionsBetween(step.index, before, step.emitted);
  };

  const close = (index: number): ClosedStep => {
    const step = openStep(index);
    open.delete(index);
    spans.settle(step.spans);
    metrics.settle(step.metrics, false);
    emit(step);
    kept.push(step);
    if (kept.length > keptSteps) kept = kept.slice(kept.length - keptSteps);
    spans.expire(
      index,
      keptSteps,
      [...open.values()].map((waiting) => waiting.spans),
    );
    const { length, signal, value, weight } = step.emitted as NonNullable<Step['emitted']>;
    return { index, startsAt: stepStart(index, stepMs), endsAt: stepStart(index + 1, stepMs), length, signal, value, weight };
  };

  return {
    consume(batch, at) {
      position = at;
      if (batch.spans !== undefined) spans.accumulate(batch.spans, batch.tenant, spanStepAt);
      if (batch.samples !== undefined) metrics.accumulateSamples(batch.samples, placeAt);
      if (batch.histograms !== undefined) metrics.accumulateHistograms(batch.histograms, placeAt);
      if (next === undefined && floor === undefined) fixFloor(batch.receivedAt);
    },
    closeSteps(now) {
      const revisions = kept.filter((step) => step.touched).flatMap(amend);
      const steps: ClosedStep[] = [];
      let index = next ?? (open.size === 0 ? undefined : Math.min(...open.keys()));
      while (index !== undefined && stepStart(index + 1, stepMs) + graceMs <= now) {
        steps.push(close(index));
        index += 1;
        next = index;
      }
      const told = late - lateTold;
      lateTold = late;
      if (steps.length > 0) budget.settle();
      return { steps, revisions, late: told };
    },
    graph: (tenant = DEFAULT_TENANT) =>
      spans.graph(
        tenant,
        kept.slice(-GRAPH_STEPS).map((step) => step.spans),
      ),
    liveness: () =>
      registry
        .entries()
        .filter((entry) => entry.lastReport > Number.NEGATIVE_INFINITY)
        .map(({ tenant, name, lastReport }) => ({ tenant, service: name, lastReportedAt: stepStart(lastReport + 1, stepMs) }))
        .sort((a, b) => (a.tenant < b.tenant || (a.tenant === b.tenant && a.service < b.service) ? -1 : 1)),
    reportedIn(index, tenant = DEFAULT_TENANT) {
      const step = kept.find((candidate) => candidate.index === index);
      const entries = [...(step?.spans.reported ?? [])].map((at) => registry.entries()[at] as ServiceEntry);
      return entries
        .filter((entry) => entry.tenant === tenant)
        .map((entry) => entry.name)
        .sort();
    },
    stats: () => ({
      spans: { ...spans.counts() },
      points: { ...metrics.counts() },
      late,
      amended,
      folded: budget.folded(),
      openSteps: open.size,
    }),
    position: () => position,
    snapshot() {
      const state: NormalizerState = {
        stepMs,
        next: next ?? null,
        floor: floor ?? null,
        position: position ?? null,
        late,
        lateTold,
        amended,
        budget: budget.state(),
        registry: registry.state(),
        spans: spans.state(),
        metrics: metrics.state(),
        open: [...open.values()].sort((a, b) => a.index - b.index).map(stepState),
        kept: kept.map(stepState),
      };
      return packTree(state as unknown as Tree, FORMAT_VERSION);
    },
  };
};

/** Accepted batches in, closed steps of signals out. Pure: time comes from the data and as an argument. */
export const createNormalizer = (options: NormalizerOptions, deps: NormalizerDependencies): Normalizer => assemble(options, deps);

/**
 * The normalizer as it was when `snapshot` was taken. The signal table, stream table and dictionary must be the restored
 * ones, since the snapshot refers to their ids.
 */
export const restoreNormalizer = (
  options: NormalizerOptions,
  deps: NormalizerDependencies,
  snapshot: Uint8Array,
): Outcome<Normalizer, Failure<'SNAPSHOT_UNREADABLE'>> => {
  const version = treeVersion(snapshot);
  if (version !== FORMAT_VERSION) {
    const found = version === undefined ? 'bytes that are none' : `format ${version}`;
    return fail('SNAPSHOT_UNREADABLE', `normalizer snapshot: expected format ${FORMAT_VERSION}, found ${found}`);
  }
  try {
    const state = unpackTree(snapshot) as NormalizerState;
    if (state.stepMs !== options.scale.stepMs) {
      return fail('SNAPSHOT_UNREADABLE', `normalizer snapshot: its steps are ${state.stepMs} ms long, now ${options.scale.stepMs} ms`);
    }
    return succeed(assemble(options, deps, state));
  } catch (cause) {
    return fail('SNAPSHOT_UNREADABLE', 'normalizer snapshot: cut short or of other tables', { cause });
  }
};
