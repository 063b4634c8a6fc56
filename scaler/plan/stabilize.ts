import type { PlanInput } from '../recommendation.ts';
import type { Limited } from './limited.ts';
import type { Demand } from './recommend.ts';

/**
 * Rises pass at once. A fall goes only as far as the largest need of the time ahead and the largest recommendation
 * of the stabilization window behind. Past *recommendations* count, not past actions: an action that a limit held
 * back says nothing about demand (HorizontalPodAutoscaler, scaleDown.stabilizationWindowSeconds).
 */
export const stabilize = (input: PlanInput, demand: Demand, current: number): Limited => {
  if (demand.raw >= current) return { replicas: demand.raw, reason: undefined };
  const windowStart = input.now - input.policy.stabilizationMs;
  let largest = Math.max(demand.raw, demand.ahead);
  for (const past of input.history) {
    if (past.at > windowStart && past.at <= input.now) largest = Math.max(largest, past.raw);
  }
  const replicas = Math.min(current, largest);
  return { replicas, reason: replicas > demand.raw ? 'stabilization' : undefined };
};
