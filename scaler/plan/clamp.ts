import type { ScalingPolicy } from '../recommendation.ts';
import type { Limited } from './limited.ts';

/** The bounds of the user come last: nothing before them can leave the range. */
export const clampToPolicy = (policy: ScalingPolicy, wanted: number): Limited => {
  if (wanted > policy.maxReplicas) return { replicas: policy.maxReplicas, reason: 'max' };
  if (wanted < policy.minReplicas) return { replicas: policy.minReplicas, reason: 'min' };
  return { replicas: wanted, reason: undefined };
};
