import type { PlanInput, ScalingPolicy } from '../recommendation.ts';
import { peakDemand, unusableBecause } from './demand-quantile.ts';
import { upwardLimit } from './rate-limit.ts';

/** Default of the HorizontalPodAutoscaler: ratios this close to 1 change nothing. */
export const HPA_TOLERANCE = 0.1;

/** Without a forecast a replica is filled to 80 % only, so that load may grow by a quarter while the next one starts. */
export const COLD_START_HEADROOM = 1.25;

/** What the load asks for, before anything limits it. */
export interface Demand {
  /** The larger of what the forecast and what the newest load ask for. */
  readonly raw: number;
  /** What a reactive autoscaler asks for, before minimum and maximum. */
  readonly reactive: number;
  /** Replicas that the next while needs with the policy's risk: no decrease goes below it. */
  readonly ahead: number;
  readonly basis:
    | { readonly kind: 'forecast'; readonly load: number; readonly at: number }
    | { readonly kind: 'cold-start'; readonly load: number; readonly because: string };
  readonly reactiveFloor: boolean;
}

/** Replicas for a load. A hair of rounding error must not buy a replica, hence the relative slack of 1e-9. */
export const replicasFor = (load: number, loadPerReplica: number): number =>
  load <= 0 ? 0 : Math.ceil((load / loadPerReplica) * (1 - 1e-9));

/**
 * What a HorizontalPodAutoscaler with the policy's scale-up behavior, and `loadPerReplica` as
 * AverageValue target, would order now, before its own minimum and maximum. (Its stabilization is ours: that works on `raw`, which is
 * never below this.)
 */
export const reactiveReplicas = (input: PlanInput, load: number, current: number): number => {
  const { policy } = input;
  const usageRatio = load / (policy.loadPerReplica * current);
  const withinTolerance = current > 0 && Math.abs(usageRatio - 1) <= HPA_TOLERANCE + 1e-12;
  const wanted = withinTolerance ? current : replicasFor(load, policy.loadPerReplica);
  return wanted > current ? Math.min(wanted, upwardLimit(input, current)) : wanted;
};

/** How far ahead a decrease looks: a replica killed now and needed again within twice the lead would have been cheaper alive. */
export const lookAheadMs = (policy: ScalingPolicy): number => Math.max(policy.stabilizationMs, 2 * policy.leadMs);

/**
 * Demand from the newest load and the forecast: the smallest number of replicas whose capacity the load stays below
 * with probability 1 - risk, in every step until an order given now has become ready. The newsvendor's critical
 * ratio, stated as a risk instead of as two prices; unlike the priced form it is monotone in the forecast, so that
 * a forecast that merely becomes less certain can never take capacity away.
 */
export const recommend = (input: PlanInput, load: number, current: number): Demand => {
  const { now, policy, forecast } = input;
  const reactive = reactiveReplicas(input, load, current);
  const unusable = unusableBecause(forecast, now);
  if (forecast === undefined || unusable !== undefined) {
    const withHeadroom = load * COLD_START_HEADROOM;
    const needed = replicasFor(withHeadroom, policy.loadPerReplica);
    const raw = Math.max(needed, reactive);
    return {
      raw,
      reactive,
      ahead: raw,
      basis: { kind: 'cold-start', load: withHeadroom, because: unusable ?? 'there is no forecast yet' },
      reactiveFloor: reactive > needed,
    };
  }
  const confidence = 1 - policy.risk;
  const peak = peakDemand(forecast, confidence, now, now + policy.leadMs + forecast.stepMs);
  const ahead = peakDemand(forecast, confidence, now, now + lookAheadMs(policy));
  const predictive = replicasFor(peak.load, policy.loadPerReplica);
  return {
    raw: Math.max(predictive, reactive),
    reactive,
    ahead: Math.max(predictive, replicasFor(ahead.load, policy.loadPerReplica)),
    basis: { kind: 'forecast', load: peak.load, at: peak.at },
    reactiveFloor: reactive > predictive,
  };
};
