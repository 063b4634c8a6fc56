import type { Observation } from '../../../core/outcome.ts';
import type { ClosedStep, Signal, SignalTable } from '../../../core/signal.ts';
import type { Recommendation, ScaleStatus, ScalingPolicy } from '../../../scaler/recommendation.ts';
import { createHpa, HPA_DEFAULT_BEHAVIOR } from '../../../scaler/simulation/hpa.ts';
import { HPA_DEFAULT_TIMING } from '../../../scaler/simulation/hpa-metrics.ts';
import type { CostConfig, CostServiceConfig } from '../schema.ts';
import type { LiveStep, LiveUsage } from './tracker.ts';

/** The part of a scaled workload that costs. */
export interface PricedWorkload {
  readonly policy: ScalingPolicy;
  readonly status: Observation<ScaleStatus>;
  readonly load: Observation<number>;
  readonly recommendation: Recommendation | undefined;
}

/** How most clusters run: what savings are held against. */
const BASELINE_PERCENT = 70;
const TOLERANCE = { up: 0.1, down: 0.1 };

const valueIn = (step: ClosedStep, signal: Signal | undefined): number => {
  const row = signal === undefined ? -1 : step.signal.subarray(0, step.length).indexOf(signal.id);
  return row < 0 ? Number.NaN : (step.value[row] as number);
};

/** Of the service as a whole; else the one measured on a resource of it. */
const signalNamed = (signals: SignalTable, service: string, name: string): Signal | undefined => {
  const named = signals.all().filter((signal) => signal.service === service && signal.name === name);
  return named.find(({ scope }) => scope.kind === 'service') ?? named.find(({ scope }) => scope.kind === 'resource');
};

/** The autoscaler that would have run instead, on the same load: its own state, never acted on. */
const createBaseline = (policy: ScalingPolicy): ((now: number, load: number) => number) => {
  const { minReplicas, maxReplicas, loadPerReplica } = policy;
  const hpa = createHpa({ minReplicas, maxReplicas, behavior: HPA_DEFAULT_BEHAVIOR, tolerance: TOLERANCE, timing: HPA_DEFAULT_TIMING });
  let replicas = Math.max(1, minReplicas);
  return (now, load) => {
    if (Number.isNaN(load)) return Number.NaN;
    const target = (loadPerReplica * BASELINE_PERCENT) / 100;
    replicas = hpa.sync({ now, specReplicas: replicas, statusReplicas: replicas, pods: [] }, [
      { kind: 'average-value', value: load, target },
    ]).desired;
    return replicas;
  };
};

/** Reads what each service of `cost.services` used in a closed step. */
export const createUsageReader = (
  cost: CostConfig,
  signals: SignalTable,
  workloads: readonly PricedWorkload[],
): ((step: ClosedStep) => LiveStep) => {
  const byTarget = new Map(workloads.map((workload) => [workload.policy.target, workload]));
  const baselines = new Map(workloads.map(({ policy }) => [policy.target, createBaseline(policy)]));
  const absent = { load: Number.NaN, desired: Number.NaN, baseline: Number.NaN, acted: false };
  const usageOf = (service: CostServiceConfig, step: ClosedStep): LiveUsage => {
    const workload = byTarget.get(service.target ?? '');
    if (workload !== undefined) {
      const { status, policy, recommendation } = workload;
      const load = workload.load.kind === 'observed' ? workload.load.value : Number.NaN;
      return {
        service: service.service,
        replicas: status.kind === 'observed' ? status.value.replicas : Number.NaN,
        load,
        desired: recommendation?.desired ?? Number.NaN,
        baseline: baselines.get(policy.target)?.(step.endsAt, load) ?? Number.NaN,
        acted: policy.mode === 'act',
      };
    }
    const counted = service.replicasSignal;
    const replicas = counted === undefined ? service.replicas : valueIn(step, signalNamed(signals, counted.service, counted.signal));
    return { service: service.service, replicas: replicas ?? Number.NaN, ...absent };
  };
  return (step) => {
    const { payments } = cost;
    const rate = payments === undefined ? Number.NaN : valueIn(step, signalNamed(signals, payments.service, payments.signal));
    return {
      startsAt: step.startsAt,
      endsAt: step.endsAt,
      usage: cost.services.map((service) => usageOf(service, step)),
      payments: (rate * (step.endsAt - step.startsAt)) / 1_000,
    };
  };
};
