import type { Observation } from '../../core/outcome.ts';
import type { LimitReason, PlanInput, Recommendation, ScaleStatus, ScaleStep, ScalingPolicy } from '../recommendation.ts';
import { clampToPolicy } from './clamp.ts';
import { explain } from './explain.ts';
import { rateLimit } from './rate-limit.ts';
import { recommend } from './recommend.ts';
import { stabilize } from './stabilize.ts';

export { remember } from './history.ts';

const assertPolicy = (policy: ScalingPolicy): void => {
  const wrong = (what: string): never => {
    throw new RangeError(`scaling policy of ${policy.target}: ${what}`);
  };
  if (!Number.isInteger(policy.minReplicas) || policy.minReplicas < 0)
    wrong(`minReplicas must be a whole number from 0, not ${policy.minReplicas}`);
  if (!Number.isInteger(policy.maxReplicas) || policy.maxReplicas < Math.max(1, policy.minReplicas)) {
    wrong(`maxReplicas must be a whole number from ${Math.max(1, policy.minReplicas)}, not ${policy.maxReplicas}`);
  }
  if (!(policy.loadPerReplica > 0 && Number.isFinite(policy.loadPerReplica)))
    wrong(`loadPerReplica must be above 0, not ${policy.loadPerReplica}`);
  if (!(policy.risk > 0 && policy.risk < 1)) wrong(`risk must lie between 0 and 1, not ${policy.risk}`);
};

const missing = <Value>(what: string, observation: Observation<Value>): string => {
  if (observation.kind === 'stale') return `${what} is ${Math.round(observation.ageMs / 1_000)} s old`;
  if (observation.kind === 'absent') return `${what} is absent (${observation.reason})`;
  return `${what} is no number`;
};

const isLoad = (load: Observation<number>): load is Observation<number> & { readonly kind: 'observed' } =>
  load.kind === 'observed' && Number.isFinite(load.value) && load.value >= 0;

/** What stands, as far as it is known; a stale reading still says what stood. */
const knownReplicas = (status: Observation<ScaleStatus>): number | undefined =>
  status.kind === 'absent' ? undefined : status.value.replicas;

/**
 * Nothing is decided on data that is not there. What stands stays, and is only raised to the user's minimum, which
 * needs no data to be right (the HorizontalPodAutoscaler does the same).
 */
const holdWithoutData = (input: PlanInput): Recommendation => {
  const { policy, status, load, now } = input;
  const current = knownReplicas(status);
  const statusKnown = status.kind === 'observed';
  const desired = current !== undefined && statusKnown ? Math.max(current, policy.minReplicas) : current;
  const raised = current !== undefined && desired !== undefined && desired > current;
  const gaps = [...(statusKnown ? [] : [missing('the replica count', status)]), ...(isLoad(load) ? [] : [missing('load', load)])].join(
    ' and ',
  );
  return {
    kind: raised ? 'scale' : 'hold',
    target: policy.target,
    at: now,
    current,
    raw: undefined,
    desired,
    reactive: undefined,
    limitedBy: raised ? ['absent-data', 'min'] : ['absent-data'],
    because: raised
      ? `orders the minimum of ${desired}: ${gaps}`
      : `holds ${current ?? 'what stands'}: ${gaps}, and absent data never scales down`,
  };
};

/**
 * From what is known now to what should stand: recommend -> stabilize -> rate-limit -> clamp. Pure: the same input
 * gives the same recommendation on every machine, so a decision replays from its record.
 *
 * Guarantees, for any load and any history: desired lies in [minReplicas, maxReplicas] and is never below
 * `reactive`; without load or status nothing goes down; with `frozen` nothing moves.
 *
 * @throws RangeError on a policy that makes no sense (a bug of whoever read the configuration).
 */
export const plan = (input: PlanInput): Recommendation => {
  const { policy, status, load, now, frozen } = input;
  assertPolicy(policy);
  if (frozen) {
    const current = knownReplicas(status);
    return {
      kind: 'hold',
      target: policy.target,
      at: now,
      current,
      raw: undefined,
      desired: current,
      reactive: undefined,
      limitedBy: ['freeze'],
      because: `holds ${current ?? 'what stands'}: scaling is frozen`,
    };
  }
  if (status.kind !== 'observed' || !isLoad(load)) return holdWithoutData(input);

  const current = status.value.replicas;
  const demand = recommend(input, load.value, current);
  const stabilized = stabilize(input, demand, current);
  const limited = rateLimit(input, stabilized.replicas, current);
  const clamped = clampToPolicy(policy, limited.replicas);
  const desired = clamped.replicas;
  const reactive = clampToPolicy(policy, demand.reactive).replicas;

  const bounds: LimitReason[] = [];
  if (demand.basis.kind === 'cold-start') bounds.push('cold-start');
  if (demand.reactiveFloor) bounds.push('reactive-floor');
  for (const { reason } of [stabilized, limited, clamped]) if (reason !== undefined) bounds.push(reason);
  const limitedBy: readonly LimitReason[] = desired === current && demand.raw === current ? [...bounds, 'tolerance'] : bounds;
  return {
    kind: desired === current ? 'hold' : 'scale',
    target: policy.target,
    at: now,
    current,
    raw: demand.raw,
    desired,
    reactive,
    limitedBy,
    because: explain(input, demand, { load: load.value, current, desired, reactive, limitedBy }),
  };
};

/** The write that brings about a recommendation, bound to the status it rests on; undefined when there is nothing to write. */
export const stepFor = (recommendation: Recommendation, status: Observation<ScaleStatus>): ScaleStep | undefined => {
  if (recommendation.kind !== 'scale' || recommendation.desired === undefined || status.kind !== 'observed') return undefined;
  if (status.value.replicas !== recommendation.current) return undefined;
  return {
    target: recommendation.target,
    from: status.value.replicas,
    to: recommendation.desired,
    expectUid: status.value.uid,
    expectGeneration: status.value.generation,
  };
};
