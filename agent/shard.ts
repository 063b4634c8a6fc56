import type { EventMemory } from '../collectors/nats/index.ts';
import type { Batch } from '../core/batch.ts';
import type { ChangeEvent } from '../core/change.ts';
import type { ServiceGraph } from '../core/graph.ts';
import type { LogPosition } from '../core/ports.ts';
import type { ClosedStep, Signal, SignalTable, StepRevision } from '../core/signal.ts';
import type { Instant, TimeScale } from '../core/time.ts';
import type { DeployVerdict } from '../detectors/deploy-verdict/index.ts';
import type { Finding } from '../detectors/finding.ts';
import type { PlannedScale } from './act/plans.ts';
import { observeWorkload, planWorkload, type Workload } from './act/workload.ts';
import type { ScalingInProgress } from './incident/decide.ts';
import { type DeskOptions, type DeskOutcome, type DeskState, emptyDesk, workDesk } from './incident/desk.ts';
import type { Detection } from './models/detection.ts';
import type { Silence } from './models/silence.ts';

/** What the shard needs of collectors/normalize. */
export interface StepSource {
  consume(batch: Batch, position: LogPosition): void;
  closeSteps(now: Instant): { readonly steps: readonly ClosedStep[]; readonly revisions: readonly StepRevision[]; readonly late: number };
  graph(): ServiceGraph;
  snapshot(): Uint8Array;
  /** False when the bytes are not of this version. */
  restore(bytes: Uint8Array): boolean;
}

/** Memory of changes: longer than any window that looks back for causes. */
export const CHANGES_KEPT = 200;
/** Windows of changes an incident is shown: some time passes between its onset and its end. */
const CHANGES_CONSIDERED = 3;
/** Our own scaling answers load and is no cause to show. */
const OWN_CHANGES = 'foreshock';

export interface ShardOptions {
  readonly scale: TimeScale;
  /** Names of the columns of SpanBatch.dimension. */
  readonly dimensions: readonly string[];
  readonly desk: DeskOptions;
}

export interface ShardParts {
  readonly signals: SignalTable;
  readonly source: StepSource;
  readonly detection: Detection;
  readonly silence: Silence;
  readonly workloads: readonly Workload[];
  readonly events: EventMemory;
}

/**
 * All state of one shard and its only writer. It holds no clock, no disk and no network: batches and instants come
 * in, findings, incidents and plans go out, so that the whole agent runs in simulated time.
 */
export interface Shard {
  consume(batch: Batch, position: LogPosition): void;
  closeSteps(now: Instant): { readonly steps: readonly ClosedStep[]; readonly revisions: readonly StepRevision[] };
  /** History: levels, seasons and loads are learned, nothing is told. */
  learn(step: ClosedStep): void;
  detect(step: ClosedStep): readonly Finding[];
  correlate(step: ClosedStep, findings: readonly Finding[]): DeskOutcome;
  plan(step: ClosedStep): readonly PlannedScale[];
  addChange(change: ChangeEvent): void;
  /** Verdicts on rollouts that were due with the newest step. */
  newVerdicts(): readonly DeployVerdict[];
  freeze(frozen: boolean): void;
  readonly scale: TimeScale;
  readonly dimensions: readonly string[];
  readonly frozen: boolean;
  readonly position: LogPosition;
  readonly newestStep: number;
  readonly lateTotal: number;
  readonly desk: DeskState;
  readonly changes: readonly ChangeEvent[];
  readonly parts: ShardParts;
  /** The record that told of an incident. */
  attachDecision(incidentId: string, decisionId: string): void;
  restoreDesk(desk: DeskState, changes: readonly ChangeEvent[], newestStep: number, position: LogPosition): void;
}

/**
 * The signal that is a workload's load: the service's own, else one of a pool or queue of that name. Calls to its
 * callees are called `requests` too, but they are no load of the service.
 */
const loadSignal = (signals: SignalTable, workload: Workload): Signal | undefined => {
  const named = signals.all().filter((signal) => signal.service === workload.loadService && signal.name === workload.signal);
  return named.find((signal) => signal.scope.kind === 'service') ?? named.find((signal) => signal.scope.kind === 'resource');
};

export const createShard = (options: ShardOptions, parts: ShardParts): Shard => {
  const { scale } = options;
  const { changeWindowMs } = options.desk.policy;
  const { signals, source, detection, silence, workloads, events } = parts;
  const loadIds = new Map<Workload, number>();
  let desk = emptyDesk;
  let changes: readonly ChangeEvent[] = [];
  let position: LogPosition = 0;
  let newestStep = -1;
  let lateTotal = 0;
  let frozen = false;

  /** NaN when the load was absent in this step. */
  const loadIn = (step: ClosedStep, workload: Workload): number => {
    let id = loadIds.get(workload);
    if (id === undefined) {
      id = loadSignal(signals, workload)?.id;
      if (id === undefined) return Number.NaN;
      loadIds.set(workload, id);
    }
    const row = step.signal.subarray(0, step.length).indexOf(id);
    return row < 0 ? Number.NaN : (step.value[row] as number);
  };

  const scalingInProgress = (): readonly ScalingInProgress[] =>
    workloads.flatMap(({ policy, service, status, load, recommendation }) => {
      if (status.kind === 'absent' || load.kind === 'absent') return [];
      const { ready, replicas } = status.value;
      return [
        {
          service,
          load: load.value,
          readyCapacity: ready * policy.loadPerReplica,
          desired: Math.max(replicas, recommendation?.desired ?? replicas),
          ready,
          leadMs: policy.leadMs,
        },
      ];
    });

  const learnLoads = (step: ClosedStep): void => {
    for (const workload of workloads) observeWorkload(workload, step.index, step.endsAt, loadIn(step, workload), scale.stepMs);
  };

  return {
    consume(batch, at) {
      // First: what was taken in stays taken in, even where a bug of ours keeps it from being normalized.
      events.consume(batch);
      source.consume(batch, at);
      position = at;
    },
    closeSteps(now) {
      const closed = source.closeSteps(now);
      lateTotal += closed.late;
      return closed;
    },
    learn(step) {
      detection.learn(step);
      learnLoads(step);
      newestStep = step.index;
    },
    detect(step) {
      newestStep = step.index;
      silence.observe(step, source.graph());
      return [...detection.detect(step), ...silence.findings(step)];
    },
    correlate(step, findings) {
      const outcome = workDesk(
        desk,
        {
          now: step.endsAt,
          findings,
          graph: source.graph(),
          silent: silence.silent(),
          changes: changes.filter(
            (change) => change.source !== OWN_CHANGES && change.at >= step.endsAt - CHANGES_CONSIDERED * changeWindowMs,
          ),
          scaling: scalingInProgress(),
          evidenceSince: detection.evidenceSince,
          callTimes: detection.callTimes,
        },
        options.desk,
      );
      desk = outcome.desk;
      return outcome;
    },
    plan(step) {
      learnLoads(step);
      return workloads.map((workload) => ({ workload, ...planWorkload(workload, step.endsAt, scale, frozen) }));
    },
    addChange(change) {
      if (changes.some((known) => known.id === change.id)) return;
      changes = [...changes, change].sort((a, b) => a.at - b.at).slice(-CHANGES_KEPT);
      detection.watchChange(change);
    },
    newVerdicts: () => detection.newVerdicts(),
    freeze(next) {
      frozen = next;
    },
    scale,
    dimensions: options.dimensions,
    get frozen() {
      return frozen;
    },
    get position() {
      return position;
    },
    get newestStep() {
      return newestStep;
    },
    get lateTotal() {
      return lateTotal;
    },
    get desk() {
      return desk;
    },
    get changes() {
      return changes;
    },
    parts,
    attachDecision(incidentId, decisionId) {
      const incidents = desk.book.incidents.map((incident) => (incident.id === incidentId ? { ...incident, decisionId } : incident));
      desk = { ...desk, book: { ...desk.book, incidents } };
    },
    restoreDesk(restored, restoredChanges, step, at) {
      desk = restored;
      changes = restoredChanges;
      newestStep = step;
      position = at;
    },
  };
};
