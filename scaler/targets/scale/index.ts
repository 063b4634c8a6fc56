import type { KubernetesFailure } from '../../../core/kubernetes-api.ts';
import { fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { ScaleStatus, ScaleStep } from '../../recommendation.ts';
import { call, respectRetryAfter, scaleFailureOf } from '../kubernetes/api-calls.ts';
import { objectBy, readBy } from '../kubernetes/asking.ts';
import { autoscalersOf, ownerOfAutoscaler } from '../kubernetes/autoscalers.ts';
import { type Claim, claimOf, FIELD_MANAGER, MARKS, REPLICAS_CLAIM } from '../kubernetes/claim.ts';
import type { KubernetesTargetGround } from '../kubernetes/ground.ts';
import { marksOf, preconditions } from '../kubernetes/marks.ts';
import { type HpaObject, scaleSchema, type WorkloadObject, workloadSchema } from '../kubernetes/objects.ts';
import { type WorkloadId, workloadIdOf, workloadPath } from '../kubernetes/workload-id.ts';
import type { ScaleFailure, ScaleTarget } from '../target.ts';

/** The version moves with every status of the pods: a conflict alone says nothing about the plan. */
const CONFLICTS_MAX = 5;

const statusOf = ({ metadata, spec, status }: WorkloadObject): ScaleStatus => ({
  replicas: spec.replicas,
  ready: status.readyReplicas,
  uid: metadata.uid,
  generation: metadata.generation ?? 0,
});

/** Why a step no longer fits what stands. */
const staleBecause = ({ metadata, spec }: WorkloadObject, step: ScaleStep): string | undefined => {
  if (metadata.uid !== step.expectUid) return `${step.target} is another object than planned on (uid ${metadata.uid})`;
  if (metadata.deletionTimestamp !== undefined) return `${step.target} is being deleted`;
  if (metadata.generation !== step.expectGeneration)
    return `${step.target} is at generation ${metadata.generation ?? 'unknown'}, planned on ${step.expectGeneration}`;
  if (spec.replicas !== step.from) return `${step.target} has ${spec.replicas} replicas, planned on ${step.from}`;
  return undefined;
};

/** A Deployment counts a change of its annotations as a generation, because its ReplicaSets carry them; a StatefulSet does not. */
const announcedGeneration = ({ kind }: WorkloadId, { metadata }: WorkloadObject): number =>
  (metadata.generation ?? 0) + (kind === 'Deployment' ? 1 : 0);

/**
 * Our announcement of an order stands, and nothing was written since. A Deployment's controller answers each new
 * generation with a status, and that often comes between the announcement and the value: announcing once more would
 * only bring the next one.
 */
const isAnnounced = ({ metadata: { annotations, generation } }: WorkloadObject, holder: string): boolean =>
  annotations[MARKS.generation] === String(generation) && annotations[MARKS.changedBy] === holder;

interface Inspected {
  readonly workload: WorkloadObject;
  readonly autoscalers: readonly HpaObject[];
}

type Refusal = { readonly ok: false; readonly error: ScaleFailure };

const otherWriter = (target: string, because: string): Refusal =>
  fail('OTHER_WRITER', `${target}: ${because}; nothing is written until a person resets it (foreshock release, or remove the annotations)`);

/** As for a HorizontalPodAutoscaler, 0 that we did not order means that somebody wants none: a maintenance, a service put away. */
const switchedOff = (target: string): Refusal =>
  fail('OTHER_WRITER', `${target}: it stands at 0 replicas, which we did not order; scale it to 1 or more to have it scaled again`);

/** The claim on the workload's replicas, or why they are not ours. */
const claimed = ({ workload, autoscalers }: Inspected, target: string): Outcome<Exclude<Claim, { kind: 'taken' }>, ScaleFailure> => {
  const [autoscaler] = autoscalers;
  if (autoscaler !== undefined) {
    return fail('OTHER_WRITER', `${target}: ${ownerOfAutoscaler(autoscaler)} scales it; use kind hpa-floor, or remove the autoscaler`);
  }
  const claim = claimOf(workload.metadata, REPLICAS_CLAIM);
  if (claim.kind === 'taken') return otherWriter(target, claim.because);
  if (claim.kind === 'free' && workload.spec.replicas === 0) return switchedOff(target);
  return succeed(claim);
};

/**
 * Deployments and StatefulSets through their scale subresource. The order of writes makes every prefix safe: first
 * the annotations that keep the original value, then the value. Each write names the uid and the version it rests on.
 */
export const createScaleTarget = ({ api: server, clock, leadership }: KubernetesTargetGround): ScaleTarget => {
  const api = respectRetryAfter(server, clock);

  const readWorkload = (id: WorkloadId, signal: AbortSignal): Promise<Outcome<WorkloadObject, KubernetesFailure>> =>
    call(api, workloadSchema, { method: 'GET', path: workloadPath(id) }, signal);

  const inspect = async (id: WorkloadId, signal: AbortSignal): Promise<Outcome<Inspected, KubernetesFailure>> => {
    const autoscalers = await autoscalersOf(api, id, signal);
    if (!autoscalers.ok) return autoscalers;
    const workload = await readWorkload(id, signal);
    return workload.ok ? succeed({ workload: workload.value, autoscalers: autoscalers.value }) : workload;
  };

  const announce = (id: WorkloadId, workload: WorkloadObject, claim: Claim, holder: string, signal: AbortSignal) => {
    const original = claim.kind === 'ours' ? claim.original : workload.spec.replicas;
    const order = { mark: REPLICAS_CLAIM.mark, original, holder, now: clock.now(), generation: announcedGeneration(id, workload) };
    const metadata = { ...preconditions(workload.metadata), annotations: marksOf(order) };
    const query = { fieldManager: FIELD_MANAGER };
    return call(api, workloadSchema, { method: 'PATCH', path: workloadPath(id), query, body: { metadata } }, signal);
  };

  const write = ({ namespace, name, ...id }: WorkloadId, announced: WorkloadObject, replicas: number, signal: AbortSignal) => {
    const path = `${workloadPath({ namespace, name, ...id })}/scale`;
    const metadata = { namespace, name, ...preconditions(announced.metadata) };
    const body = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec: { replicas } };
    return call(api, scaleSchema, { method: 'PUT', path, query: { fieldManager: FIELD_MANAGER }, body }, signal);
  };

  /** What stands after the write, read anew: an answer alone is no proof. */
  const verify = async (id: WorkloadId, step: ScaleStep, signal: AbortSignal): Promise<Outcome<ScaleStatus, ScaleFailure>> => {
    const after = await readWorkload(id, signal);
    if (!after.ok) return scaleFailureOf(after.error);
    const { metadata, spec } = after.value;
    if (metadata.uid !== step.expectUid) return fail('STALE_PLAN', `${step.target} was replaced while it was scaled`, { retryable: true });
    if (spec.replicas === step.to) return succeed(statusOf(after.value));
    const claim = claimOf(metadata, REPLICAS_CLAIM);
    if (claim.kind === 'taken') return otherWriter(step.target, claim.because);
    return fail('STALE_PLAN', `${step.target} has ${spec.replicas} replicas after ${step.to} were ordered`, { retryable: true });
  };

  /** After a conflict: the same step, resting on the generation that our own annotations have made. */
  type Attempt = Outcome<ScaleStatus, ScaleFailure> | { readonly again: ScaleStep };

  const attempt = async (id: WorkloadId, step: ScaleStep, signal: AbortSignal): Promise<Attempt> => {
    const inspected = await inspect(id, signal);
    if (!inspected.ok) return scaleFailureOf(inspected.error);
    const stale = staleBecause(inspected.value.workload, step);
    if (stale !== undefined) return fail('STALE_PLAN', stale, { retryable: true });
    const claim = claimed(inspected.value, step.target);
    if (!claim.ok) return claim;
    const permit = leadership.permit();
    if (!permit.ok) return permit;
    const { workload } = inspected.value;
    const announced = isAnnounced(workload, permit.value.holder)
      ? succeed(workload)
      : await announce(id, workload, claim.value, permit.value.holder, signal);
    if (!announced.ok) return announced.error.code === 'CONFLICT' ? { again: step } : scaleFailureOf(announced.error);
    const still = leadership.permit();
    if (!still.ok) return still;
    const written = await write(id, announced.value, step.to, signal);
    if (written.ok) return verify(id, step, signal);
    if (written.error.code === 'CONFLICT') return { again: { ...step, expectGeneration: announced.value.metadata.generation ?? 0 } };
    if (written.error.code !== 'UNAVAILABLE') return scaleFailureOf(written.error);
    // Perhaps it was written and only the answer was lost. It is looked up once and never sent again.
    const verified = await verify(id, step, signal);
    return verified.ok ? verified : scaleFailureOf(written.error);
  };

  return {
    kind: 'scale',
    read: readBy(clock, readWorkload, statusOf),
    objection: objectBy(leadership, inspect, (seen, step) => claimed(seen, step.target)),
    async apply(step, signal) {
      const id = workloadIdOf(step.target);
      if (id === undefined) return fail('FORBIDDEN', `${step.target} names no Deployment or StatefulSet`);
      let next = step;
      for (let conflicts = 0; conflicts <= CONFLICTS_MAX; conflicts += 1) {
        const outcome = await attempt(id, next, signal);
        if (!('again' in outcome)) return outcome;
        next = outcome.again;
      }
      return fail('UNAVAILABLE', `${step.target} changed under each of ${CONFLICTS_MAX + 1} attempts`, { retryable: true });
    },
    close: () => Promise.resolve(),
  };
};
