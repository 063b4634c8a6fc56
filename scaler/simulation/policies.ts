import type { Observation } from '../../core/outcome.ts';
import { plan, remember } from '../plan/index.ts';
import type { PastRecommendation, ScaleStatus, ScalingPolicy } from '../recommendation.ts';
import { createHpa, type HpaBehavior, type HpaTolerance } from './hpa.ts';
import { HPA_DEFAULT_TIMING } from './hpa-metrics.ts';
import type { LoadForecaster } from './load-forecaster.ts';
import type { SimulatedPolicy, SimulatedWorld } from './simulate.ts';

/** One setting of the rival. */
export interface HpaSettings {
  /** Percent of loadPerReplica: the AverageValue target. */
  readonly targetPercent: number;
  readonly tolerance: HpaTolerance;
  readonly behavior: HpaBehavior;
  readonly syncMs: number;
  /** The metric is the mean of the newest so many steps. */
  readonly windowSteps: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The HorizontalPodAutoscaler on the true total load as an external AverageValue metric: the signal that pods which
 * start, or are saturated, cannot falsify.
 */
export const hpaPolicy = (world: SimulatedWorld, settings: HpaSettings): SimulatedPolicy => {
  const { behavior, tolerance, windowSteps } = settings;
  const hpa = createHpa({
    minReplicas: world.minReplicas,
    maxReplicas: world.maxReplicas,
    behavior,
    tolerance,
    timing: HPA_DEFAULT_TIMING,
  });
  const target = (world.loadPerReplica * settings.targetPercent) / 100;
  const window: number[] = [];
  let nextSync = 0;
  return ({ now, load, replicas }) => {
    if (!Number.isNaN(load)) window.push(load);
    if (window.length > windowSteps) window.shift();
    if (now < nextSync) return replicas;
    nextSync = now + settings.syncMs;
    const metric = window.length === 0 || Number.isNaN(load) ? Number.NaN : mean(window);
    return hpa.sync({ now, specReplicas: replicas, statusReplicas: replicas, pods: [] }, [{ kind: 'average-value', value: metric, target }])
      .desired;
  };
};

/** A fixed number of replicas: what is bought where nobody scales. */
export const staticPolicy =
  (replicas: number): SimulatedPolicy =>
  () =>
    replicas;

const observed = <Value>(value: Value, at: number): Observation<Value> => ({ kind: 'observed', value, at });

/** Ours: the product's own planner over a forecaster that sees what the rival sees, when the rival sees it. */
export const planPolicy = (world: SimulatedWorld, policy: ScalingPolicy, forecaster: LoadForecaster): SimulatedPolicy => {
  const lookAheadMs = Math.max(policy.stabilizationMs, 2 * policy.leadMs);
  const horizonSteps = Math.ceil(lookAheadMs / world.stepMs) + world.scrapeLagSteps + 2;
  let history: readonly PastRecommendation[] = [];
  let generation = 1;
  return ({ now, load, loadStep, replicas, ready }) => {
    if (!Number.isNaN(load)) forecaster.observe(loadStep, load);
    const status: ScaleStatus = { replicas, ready, uid: policy.target, generation };
    const recommendation = plan({
      now,
      policy,
      status: observed(status, now),
      load: Number.isNaN(load) ? { kind: 'absent', reason: 'gap' } : observed(load, now),
      forecast: forecaster.forecast(horizonSteps, now),
      history,
      frozen: false,
    });
    history = remember(history, recommendation, policy);
    if (recommendation.kind === 'scale') generation += 1;
    return recommendation.desired ?? replicas;
  };
};
