import {
  EMPTY_HPA_MEMORY,
  HPA_DEFAULT_BEHAVIOR,
  type HpaBehavior,
  type HpaBounds,
  type HpaMemory,
  limitHpaRate,
  rememberHpa,
  stabilizeHpa,
} from './hpa-behavior.ts';
import {
  HPA_DEFAULT_TIMING,
  HPA_DEFAULT_TOLERANCE,
  type HpaMetric,
  type HpaObservation,
  type HpaTiming,
  type HpaTolerance,
  proposeReplicas,
} from './hpa-metrics.ts';

export { EMPTY_HPA_MEMORY, HPA_DEFAULT_BEHAVIOR, type HpaBehavior, type HpaMemory, type HpaScalingPolicy } from './hpa-behavior.ts';
export {
  HPA_DEFAULT_TOLERANCE,
  type HpaMetric,
  type HpaObservation,
  type HpaPod,
  type HpaTolerance,
  proposeReplicas,
} from './hpa-metrics.ts';

export interface HpaSpec extends HpaBounds {
  readonly behavior: HpaBehavior;
  readonly tolerance: HpaTolerance;
  readonly timing: HpaTiming;
}

export const HPA_DEFAULT_SPEC = { behavior: HPA_DEFAULT_BEHAVIOR, tolerance: HPA_DEFAULT_TOLERANCE, timing: HPA_DEFAULT_TIMING };

export interface HpaDecision {
  readonly desired: number;
  readonly memory: HpaMemory;
  /** Largest proposal of all metrics, before stabilization and limits; undefined when none was possible. */
  readonly proposed: number | undefined;
  readonly condition: 'active' | 'inactive' | 'metrics-failed' | 'outside-bounds';
}

/**
 * One sync of the HorizontalPodAutoscaler: largest proposal over all metrics, stabilization, rate limits, bounds.
 * A metric that cannot be read lets the others scale up, and nothing scale down.
 */
export const reconcileHpa = (spec: HpaSpec, memory: HpaMemory, observation: HpaObservation, metrics: readonly HpaMetric[]): HpaDecision => {
  const { now, specReplicas: current } = observation;
  const hold = (condition: HpaDecision['condition'], desired = current): HpaDecision => ({
    desired,
    memory,
    proposed: undefined,
    condition,
  });
  if (current === 0 && spec.minReplicas > 0) return hold('inactive');
  if (current > spec.maxReplicas) return hold('outside-bounds', spec.maxReplicas);
  if (current < spec.minReplicas) return hold('outside-bounds', spec.minReplicas);

  const proposals = metrics.map((metric) => proposeReplicas(metric, observation, spec.tolerance, spec.timing));
  const possible = proposals.flatMap((proposal) => (proposal.ok ? [proposal.replicas] : []));
  const proposed = Math.max(...possible);
  if (possible.length === 0 || (possible.length < proposals.length && proposed < current)) return hold('metrics-failed');

  // The controller starts with what stands as its first recommendation.
  const known: HpaMemory = memory.recommendations.length === 0 ? { ...memory, recommendations: [{ at: now, replicas: current }] } : memory;
  const stabilized = stabilizeHpa(known, spec.behavior, now, current, proposed);
  const desired = limitHpaRate(known, spec.behavior, spec, now, current, stabilized);
  return { desired, memory: rememberHpa(known, spec.behavior, { now, current, proposed, desired }), proposed, condition: 'active' };
};

/** An autoscaler that remembers for itself. */
export const createHpa = (spec: HpaSpec): { sync(observation: HpaObservation, metrics: readonly HpaMetric[]): HpaDecision } => {
  let memory = EMPTY_HPA_MEMORY;
  return {
    sync(observation, metrics) {
      const decision = reconcileHpa(spec, memory, observation, metrics);
      memory = decision.memory;
      return decision;
    },
  };
};
