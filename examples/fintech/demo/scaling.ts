import type { Recording } from '../../../agent/models/recording.ts';
import type { DemoScaling, DemoTimeline } from '../../../agent/report/demo-report-model.ts';
import { DAY_MS } from '../../../core/time.ts';
import { compareWithHpa } from '../../../scaler/simulation/compare.ts';
import { DAY_LENGTH_MS, type HostScale, LOAD_PER_REPLICA, MAX_REPLICAS } from './fleet.ts';
import { NAMESPACE } from './schedule.ts';
import { STEP_MS } from './services.ts';

/** Settings of our dial drawn beside the one that ran. */
const RISKS = [0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
export const RISK = 0.005;
export const STABILIZATION_MS = 8_000;
/** A ramp is worth showing when load grows by this factor within a lead time. */
const RAMP_FACTOR = 1.8;

interface ReplicaSeries {
  readonly ordered: readonly number[];
  readonly ready: readonly number[];
}

/** Replicas in the middle of each second, from the host's list of changes. */
export const replicasBySecond = (scale: HostScale | undefined, startedAt: number, seconds: number): ReplicaSeries => {
  const history = scale?.history ?? [];
  const ordered: number[] = [];
  const ready: number[] = [];
  let next = 0;
  let current: HostScale['history'][number] | undefined;
  for (let second = 0; second < seconds; second += 1) {
    const middle = startedAt + second * 1000 + 500;
    while (next < history.length && (history[next]?.at ?? 0) <= middle) {
      current = history[next];
      next += 1;
    }
    ordered.push(current?.replicas ?? Number.NaN);
    ready.push(current?.ready ?? Number.NaN);
  }
  return { ordered, ready };
};

export const timelineOf = (offered: readonly number[], replicas: ReplicaSeries): DemoTimeline => ({
  seconds: offered.map((_, second) => second),
  offered,
  replicasReady: replicas.ready,
  replicasOrdered: replicas.ordered,
  capacity: replicas.ready.map((ready) => ready * LOAD_PER_REPLICA),
});

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + (Number.isNaN(value) ? 0 : value), 0);

/** When load began to climb, when replicas for it were ordered and ready, when they were needed. */
const rampsOf = (timeline: DemoTimeline, startedAt: number): DemoScaling['orderedBeforeRamp'] => {
  const smooth = timeline.offered.map((_, second) => {
    const around = timeline.offered.slice(Math.max(0, second - 2), second + 3);
    return sum(around) / around.length;
  });
  const ramps: DemoScaling['orderedBeforeRamp'][number][] = [];
  const span = 18;
  for (let second = 5; second + span < smooth.length; second += 1) {
    const before = smooth[second] as number;
    const after = smooth[second + span] as number;
    if (after < RAMP_FACTOR * before || after - before < 2 * LOAD_PER_REPLICA) continue;
    const replicasAtStart = timeline.replicasOrdered[second] as number;
    const capacityAtStart = (timeline.replicasReady[second] as number) * LOAD_PER_REPLICA;
    const needed = smooth.findIndex((load, at) => at > second && load > capacityAtStart);
    const ordered = timeline.replicasOrdered.findIndex((replicas, at) => at >= second - 5 && replicas > replicasAtStart);
    const ready = timeline.replicasReady.findIndex(
      (replicas, at) => at >= second - 5 && replicas > (timeline.replicasReady[second] as number),
    );
    if (needed > 0 && ordered > 0 && ready > 0) {
      const at = (index: number): number => startedAt + index * 1000;
      ramps.push({ rampAt: at(second), orderedAt: at(ordered), readyAt: at(ready), neededAt: at(needed) });
    }
    second += 60;
  }
  return ramps;
};

/** Ours and the whole sweep of the HorizontalPodAutoscaler, replayed in one simulator on the arrivals of this run. */
export const judgeScaling = (run: {
  readonly offered: readonly number[];
  readonly timeline: DemoTimeline;
  readonly loadStartedAt: number;
  readonly recording: Recording | undefined;
  readonly leadMs: number;
}): DemoScaling => {
  const load = run.recording?.signals.find((signal) => signal.service === `${NAMESPACE}/ingress` && signal.name === 'ingress.requests');
  const comparison = compareWithHpa({
    arrivals: Float64Array.from(run.offered),
    history: load?.value ?? [],
    stepMs: STEP_MS,
    timeFactor: DAY_LENGTH_MS / DAY_MS,
    leadMs: run.leadMs,
    loadPerReplica: LOAD_PER_REPLICA,
    minReplicas: 1,
    maxReplicas: MAX_REPLICAS,
    risk: RISK,
    stabilizationMs: STABILIZATION_MS,
    risks: RISKS,
  });
  const { timeline } = run;
  const measured = {
    violationSeconds: timeline.offered.filter((offered, second) => offered > (timeline.capacity[second] as number)).length,
    replicaSeconds: sum(timeline.replicasOrdered),
  };
  const { ours } = comparison;
  return {
    leadSeconds: run.leadMs / 1000,
    ours: { violationSeconds: ours.violationSeconds, replicaSeconds: ours.replicaSeconds },
    hpaFrontierAtOurCost: { violationSeconds: comparison.frontierAtOurCost },
    ratio: comparison.ratio,
    sweep: comparison.hpa.map((row) => ({
      label: `HPA ${row.targetPercent} %, tolerance ${Math.round(row.tolerance * 100)} %, stabilization ${row.stabilizationMs / 1000} s, ${row.constants}`,
      violationSeconds: row.violationSeconds,
      replicaSeconds: row.replicaSeconds,
    })),
    dial: comparison.dial.map(({ risk, violationSeconds, replicaSeconds }) => ({ risk, violationSeconds, replicaSeconds })),
    measured,
    simulatedMinusMeasured: {
      violationSeconds: ours.violationSeconds - measured.violationSeconds,
      replicaSeconds: ours.replicaSeconds - measured.replicaSeconds,
    },
    orderedBeforeRamp: rampsOf(timeline, run.loadStartedAt),
    costInDemoTime: `${Math.round(measured.replicaSeconds)} replica-seconds in ${run.offered.length} s of demo time (a day of the demo is ${DAY_LENGTH_MS / 1000} s; no month is pretended)`,
    assumptions: comparison.assumptions,
  };
};
