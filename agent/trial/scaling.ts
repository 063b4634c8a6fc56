import { quantileSorted } from '../../core/math.ts';
import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import { HPA_DEFAULT_BEHAVIOR, HPA_DEFAULT_TOLERANCE } from '../../scaler/simulation/hpa.ts';
import { createLoadForecaster } from '../../scaler/simulation/load-forecaster.ts';
import { hpaPolicy, planPolicy } from '../../scaler/simulation/policies.ts';
import { type SimulatedPolicy, type SimulatedWorld, simulate } from '../../scaler/simulation/simulate.ts';
import type { Capacity } from './capacity.ts';
import { estimateCapacity } from './capacity.ts';
import { type Column, emptyColumn, errorRatio, type Grid, logDuration } from './columns.ts';
import { type Lead, learnLead } from './lead.ts';
import { type MonthAhead, monthAhead, weeklyDrift } from './month-ahead.ts';
import type { ReadService } from './read-services.ts';
import { displayName } from './service-names.ts';
import type { Autoscaler, WorkloadHistory } from './workloads.ts';

/** What a number of replicas, step by step, costs and harms. */
export interface ReplicaRun {
  readonly replicaHours: number;
  readonly minutesBeyondCapacity: number;
  /** Changes of the number of replicas. */
  readonly changes: number;
  /** Replicas paid for, one a judged step; NaN where load or the real replicas are not known. */
  readonly replicas: Column;
  readonly month: MonthAhead;
}

export interface ScalingComparison {
  readonly service: string;
  readonly workload: string;
  readonly kind: WorkloadHistory['kind'];
  readonly autoscaler: Autoscaler | undefined;
  readonly capacity: Capacity;
  readonly lead: Lead;
  readonly bounds: { readonly minReplicas: number; readonly maxReplicas: number; readonly because: string };
  /** Judged steps with load and real replicas. */
  readonly comparedSteps: number;
  /** Of the judged part. */
  readonly load: Column;
  readonly real: ReplicaRun;
  readonly ours: ReplicaRun | undefined;
  /** The autoscaler's algorithm at their settings on the same load. */
  readonly hpa: (ReplicaRun & { readonly targetPerReplica: number }) | undefined;
}

export interface ScalingOptions {
  readonly grid: Grid;
  readonly learnSteps: number;
  readonly risk: number;
  readonly stabilizationMs: DurationMs;
  readonly assumedLeadMs: DurationMs;
}

const SYNC_MS = 15_000;
/** Without an autoscaler nobody has said what is allowed: twice what ever ran. */
const ROOM_FACTOR = 2;

const largest = (column: Column): number => column.reduce((most, value) => (value > most ? value : most), 0);
const smallest = (column: Column): number => column.reduce((least, value) => (value < least ? value : least), Number.POSITIVE_INFINITY);

const boundsOf = ({ autoscaler, ready }: WorkloadHistory): ScalingComparison['bounds'] => {
  if (autoscaler !== undefined)
    return {
      minReplicas: autoscaler.minReplicas,
      maxReplicas: Math.max(autoscaler.minReplicas, autoscaler.maxReplicas),
      because: `as their autoscaler ${autoscaler.name} is set`,
    };
  const least = smallest(ready);
  const minReplicas = Math.max(1, Math.min(2, Number.isFinite(least) ? least : 1));
  return {
    minReplicas,
    maxReplicas: Math.max(minReplicas, ROOM_FACTOR * largest(ready)),
    because: 'no autoscaler seen: at most twice what ever ran',
  };
};

/** Load a replica had while their autoscaler was free to choose: what it steers to, in our unit. */
const steeredLoad = (service: ReadService, { ready, ordered, autoscaler }: WorkloadHistory): number | undefined => {
  if (autoscaler === undefined) return undefined;
  const loads: number[] = [];
  for (let at = 0; at < ready.length; at += 1) {
    const wanted = ordered[at] as number;
    const load = service.columns.requests[at] as number;
    if (wanted > autoscaler.minReplicas && wanted < autoscaler.maxReplicas && ready[at] === wanted && load > 0) loads.push(load / wanted);
  }
  return loads.length < 100 ? undefined : quantileSorted(Float64Array.from(loads).sort(), 0.5);
};

const runOf = (
  replicas: ArrayLike<number>,
  ready: ArrayLike<number>,
  load: Column,
  known: (at: number) => boolean,
  capacity: number | undefined,
  drift: number | undefined,
  options: ScalingOptions,
): ReplicaRun => {
  const { grid, learnSteps } = options;
  const hours = grid.stepMs / HOUR_MS;
  const judged: Grid = { firstEnd: grid.firstEnd + learnSteps * grid.stepMs, stepMs: grid.stepMs, steps: grid.steps - learnSteps };
  const paid = emptyColumn(judged);
  let replicaHours = 0;
  let under = 0;
  let changes = 0;
  let last = Number.NaN;
  for (let at = 0; at < judged.steps; at += 1) {
    if (!known(at)) continue;
    const count = replicas[at] as number;
    paid[at] = count;
    replicaHours += count * hours;
    if (!Number.isNaN(last) && last !== count) changes += 1;
    last = count;
    if (capacity !== undefined && (load[at] as number) > capacity * (ready[at] as number)) under += 1;
  }
  return {
    replicaHours,
    minutesBeyondCapacity: capacity === undefined ? Number.NaN : (under * grid.stepMs) / MINUTE_MS,
    changes,
    replicas: paid,
    month: monthAhead(paid, judged, drift),
  };
};

/**
 * Real replicas beside our plan on the same traffic, judged by the same measure. The plan sees each load one step late, as
 * live; its forecaster has learned the first part of the history and nothing of what comes after. What a replica carries is
 * measured over the whole history, for the measure must be the same for all.
 */
export const compareScaling = (service: ReadService, workload: WorkloadHistory, options: ScalingOptions): ScalingComparison => {
  const { grid, learnSteps } = options;
  const { requests } = service.columns;
  const timed = logDuration(service.columns, grid, service.durations?.source.duration?.secondsPerUnit ?? 1);
  const errors = service.requests.error === undefined ? undefined : errorRatio(service.columns, grid).value;
  const capacity = estimateCapacity({ load: requests, ready: workload.ready, logDuration: timed?.value, errors, grid });
  const bounds = boundsOf(workload);
  const lead = learnLead(workload.ordered, workload.ready, grid, options.assumedLeadMs);
  const load = requests.subarray(learnSteps);
  const ready = workload.ready.subarray(learnSteps);
  const standing = ready
    .map((count, at) => workload.ordered[learnSteps + at] ?? count)
    .map((count, at) => (Number.isNaN(count) ? (ready[at] as number) : count));
  const known = (at: number): boolean =>
    !Number.isNaN(load[at] as number) && !Number.isNaN(standing[at] as number) && !Number.isNaN(ready[at] as number);
  const comparedSteps = load.reduce((count, _, at) => count + Number(known(at)), 0);
  // Of a knee the careful end is planned with; what was merely carried is careful already.
  const perReplica = capacity.kind === 'unknown' ? undefined : capacity.basis === 'knee' ? capacity.low : capacity.estimate;
  const judge = (replicas: ArrayLike<number>, running: ArrayLike<number>): ReplicaRun =>
    runOf(replicas, running, load, known, perReplica, weeklyDrift(requests, grid), options);
  const head = {
    service: displayName(service.name),
    workload: displayName(workload.name),
    kind: workload.kind,
    autoscaler: workload.autoscaler,
    capacity,
    lead,
    bounds,
    comparedSteps,
    load,
  };
  const real = judge(standing, ready);
  if (perReplica === undefined || !(perReplica > 0)) return { ...head, real, ours: undefined, hpa: undefined };

  const world: SimulatedWorld = {
    stepMs: grid.stepMs,
    leadMs: lead.leadMs,
    loadPerReplica: perReplica,
    utilizationLimit: 1,
    scrapeLagSteps: 1,
    minReplicas: bounds.minReplicas,
    maxReplicas: bounds.maxReplicas,
    initialReplicas: Math.min(
      bounds.maxReplicas,
      Math.max(bounds.minReplicas, standing.find((count) => !Number.isNaN(count)) ?? bounds.minReplicas),
    ),
  };
  const live = (policy: SimulatedPolicy): ReplicaRun => {
    const { timeline } = simulate(world, load, policy);
    return judge(timeline.replicas, timeline.ready);
  };
  const forecaster = createLoadForecaster({ stepMs: grid.stepMs, dayLengthMs: DAY_MS }, learnSteps);
  for (let at = 0; at < learnSteps; at += 1) {
    const value = requests[at] as number;
    if (!Number.isNaN(value)) forecaster.observe(at - learnSteps, value);
  }
  const limit = { percent: 100, windowMs: Math.max(grid.stepMs, SYNC_MS) };
  const ours = live(
    planPolicy(
      world,
      {
        target: head.workload,
        minReplicas: bounds.minReplicas,
        maxReplicas: bounds.maxReplicas,
        loadPerReplica: perReplica,
        risk: options.risk,
        leadMs: lead.leadMs,
        stabilizationMs: options.stabilizationMs,
        up: { ...limit, replicas: 4 },
        down: { ...limit, replicas: 0 },
        mode: 'observe',
      },
      forecaster,
    ),
  );
  const steered = steeredLoad(service, workload);
  const hpa =
    steered === undefined
      ? undefined
      : {
          ...live(
            hpaPolicy(world, {
              targetPercent: (100 * steered) / perReplica,
              tolerance: HPA_DEFAULT_TOLERANCE,
              behavior: HPA_DEFAULT_BEHAVIOR,
              syncMs: SYNC_MS,
              windowSteps: 1,
            }),
          ),
          targetPerReplica: steered,
        };
  return { ...head, real, ours, hpa };
};
