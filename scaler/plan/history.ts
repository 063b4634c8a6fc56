import type { PastRecommendation, Recommendation, ScalingPolicy } from '../recommendation.ts';

/**
 * The history with one more recommendation, trimmed to what the policy's windows still look at (and one entry
 * before, which says what was in force when they began). A first recommendation is preceded by what stood before
 * it, so that neither stabilization nor the rate limits start from nothing. A hold for want of data counts as a
 * wish for what stands: after a gap, a decrease waits for a full window of real data.
 */
export const remember = (
  history: readonly PastRecommendation[],
  recommendation: Recommendation,
  policy: ScalingPolicy,
): readonly PastRecommendation[] => {
  const { at, current, raw, desired } = recommendation;
  if (current === undefined || desired === undefined) return history;
  const before = history.length === 0 ? [{ at, raw: current, desired: current }] : history;
  const longest = Math.max(policy.stabilizationMs, policy.up.windowMs, policy.down.windowMs);
  const cutoff = at - longest;
  let first = 0;
  while (first + 1 < before.length && (before[first + 1] as PastRecommendation).at <= cutoff) first += 1;
  return [...before.slice(first), { at, raw: raw ?? current, desired }];
};
