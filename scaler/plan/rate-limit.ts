import type { PlanInput, RateLimit } from '../recommendation.ts';
import type { Limited } from './limited.ts';

/**
 * Replicas that were desired when the window of a limit began. Entries of the history are in force from their
 * instant on; before the first entry its own value is the best guess, and without any history what stands now.
 */
const replicasAtWindowStart = (input: PlanInput, limit: RateLimit, current: number): number => {
  const windowStart = input.now - limit.windowMs;
  let base: number | undefined;
  for (const past of input.history) {
    if (past.at > input.now) break;
    if (base === undefined || past.at <= windowStart) base = past.desired;
  }
  return base ?? current;
};

/** Most replicas that may be ordered now: the more generous of both parts, as selectPolicy Max of the HorizontalPodAutoscaler. */
export const upwardLimit = (input: PlanInput, current: number): number => {
  const limit = input.policy.up;
  const base = replicasAtWindowStart(input, limit, current);
  const allowed = Math.max(base + limit.replicas, Math.ceil(base * (1 + limit.percent / 100) * (1 - 1e-12)));
  // What others added within the window is not ours to take back.
  return Math.max(current, allowed);
};

/** Fewest replicas that may be left now. */
export const downwardLimit = (input: PlanInput, current: number): number => {
  const limit = input.policy.down;
  const base = replicasAtWindowStart(input, limit, current);
  const allowed = Math.min(base - limit.replicas, Math.trunc(base * (1 - limit.percent / 100)));
  return Math.min(current, Math.max(0, allowed));
};

/** At most so many replicas more, or fewer, within the window. */
export const rateLimit = (input: PlanInput, wanted: number, current: number): Limited => {
  const replicas =
    wanted > current
      ? Math.min(wanted, upwardLimit(input, current))
      : wanted < current
        ? Math.max(wanted, downwardLimit(input, current))
        : wanted;
  return { replicas, reason: replicas === wanted ? undefined : 'rate-limit' };
};
