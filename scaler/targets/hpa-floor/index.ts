import type { KubernetesFailure } from '../../../core/kubernetes-api.ts';
import { pathOf } from '../../../core/kubernetes-api.ts';
import { fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { ScaleStatus, ScaleStep } from '../../recommendation.ts';
import { call, respectRetryAfter, scaleFailureOf } from '../kubernetes/api-calls.ts';
import { objectBy, readBy } from '../kubernetes/asking.ts';
import { autoscalersOf, ownerOfAutoscaler } from '../kubernetes/autoscalers.ts';
import { claimOf, FIELD_MANAGER, MARKS, MIN_REPLICAS_CLAIM } from '../kubernetes/claim.ts';
import type { KubernetesTargetGround } from '../kubernetes/ground.ts';
import { marksOf, preconditions } from '../kubernetes/marks.ts';
import { type HpaObject, hpaSchema, type WorkloadObject, workloadSchema } from '../kubernetes/objects.ts';
import { hpasPath, type WorkloadId, workloadIdOf, workloadPath } from '../kubernetes/workload-id.ts';
import type { ScaleFailure, ScaleTarget } from '../target.ts';

const CONFLICTS_MAX = 5;

/** What is no count counts as none: it is written anew with the next order. */
const ordersOf = ({ annotations }: HpaObject['metadata']): number => {
  const text = annotations[MARKS.orders] ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
};

/**
 * An autoscaler has no generation before Kubernetes counts one for it, so we count our own orders. What others do to
 * the floor shows as another number of replicas, what they do to the object as another version at the write.
 */
const generationOf = ({ metadata }: HpaObject): number => metadata.generation ?? ordersOf(metadata);

interface Inspected {
  readonly hpa: HpaObject;
  readonly workload: WorkloadObject;
}

/** What may be written: the floor stays between its own original and the autoscaler's maximum. */
interface Bounded {
  readonly original: number;
  readonly floor: number;
  /** What the bound is called, when it binds. */
  readonly bound: string | undefined;
}

const statusOf = ({ hpa, workload }: Inspected): ScaleStatus => ({
  replicas: hpa.spec.minReplicas,
  ready: workload.status.readyReplicas,
  uid: hpa.metadata.uid,
  generation: generationOf(hpa),
});

const staleBecause = ({ hpa }: Inspected, step: ScaleStep): string | undefined => {
  const { metadata, spec } = hpa;
  if (metadata.uid !== step.expectUid) return `another HorizontalPodAutoscaler than planned on scales ${step.target} (uid ${metadata.uid})`;
  if (metadata.deletionTimestamp !== undefined) return `the HorizontalPodAutoscaler of ${step.target} is being deleted`;
  if (generationOf(hpa) !== step.expectGeneration)
    return `the HorizontalPodAutoscaler of ${step.target} is at generation ${generationOf(hpa)}, planned on ${step.expectGeneration}`;
  if (spec.minReplicas !== step.from) return `${step.target} has a floor of ${spec.minReplicas}, planned on ${step.from}`;
  return undefined;
};

/** How far the step may go, or why the floor is not ours. */
const bounded = ({ hpa }: Inspected, step: ScaleStep): Outcome<Bounded, ScaleFailure> => {
  const keda = hpa.metadata.ownerReferences.some(({ kind }) => kind === 'ScaledObject');
  if (keda)
    return fail('OTHER_WRITER', `${step.target}: ${ownerOfAutoscaler(hpa)} writes spec.minReplicas; raise its minReplicaCount instead`);
  const claim = claimOf(hpa.metadata, MIN_REPLICAS_CLAIM);
  if (claim.kind === 'taken') {
    const reset = 'nothing is written until a person resets it (foreshock release, or remove the annotations)';
    return fail('OTHER_WRITER', `${step.target}: ${claim.because}; ${reset}`);
  }
  const original = claim.kind === 'ours' ? claim.original : hpa.spec.minReplicas;
  const floor = Math.max(original, Math.min(hpa.spec.maxReplicas, step.to));
  const bound =
    floor < step.to ? `maxReplicas is ${hpa.spec.maxReplicas}` : floor > step.to ? `the floor was ${original} before us` : undefined;
  if (floor === hpa.spec.minReplicas) return fail('FORBIDDEN', `${step.target}: the floor stays at ${floor}, ${bound ?? 'as ordered'}`);
  return succeed({ original, floor, bound });
};

/**
 * The floor below which a HorizontalPodAutoscaler does not go. Value and annotations travel in one patch that names
 * uid and version: it happens whole or not at all.
 */
export const createHpaFloorTarget = ({ api: server, clock, leadership }: KubernetesTargetGround): ScaleTarget => {
  const api = respectRetryAfter(server, clock);

  const inspect = async (id: WorkloadId, signal: AbortSignal): Promise<Outcome<Inspected, KubernetesFailure>> => {
    const autoscalers = await autoscalersOf(api, id, signal);
    if (!autoscalers.ok) return autoscalers;
    const [hpa, second] = autoscalers.value;
    if (hpa === undefined) return fail('NOT_FOUND', `no HorizontalPodAutoscaler scales ${id.kind} ${id.namespace}/${id.name}`);
    if (second !== undefined) {
      const names = autoscalers.value.map(({ metadata }) => metadata.name).join(' and ');
      return fail('INVALID', `more than one HorizontalPodAutoscaler scales ${id.kind} ${id.namespace}/${id.name}: ${names}`);
    }
    const workload = await call(api, workloadSchema, { method: 'GET', path: workloadPath(id) }, signal);
    return workload.ok ? succeed({ hpa, workload: workload.value }) : workload;
  };

  const write = ({ namespace }: WorkloadId, { metadata }: HpaObject, { original, floor }: Bounded, holder: string, signal: AbortSignal) => {
    const marks = marksOf({ mark: MIN_REPLICAS_CLAIM.mark, original, holder, now: clock.now() });
    const orders = String(ordersOf(metadata) + 1);
    const annotations = { ...marks, [MARKS.orders]: orders };
    const body = { metadata: { ...preconditions(metadata), annotations }, spec: { minReplicas: floor } };
    const path = pathOf(hpasPath(namespace), metadata.name);
    return call(api, hpaSchema, { method: 'PATCH', path, query: { fieldManager: FIELD_MANAGER }, body }, signal);
  };

  const verify = async (
    id: WorkloadId,
    step: ScaleStep,
    floor: number,
    signal: AbortSignal,
  ): Promise<Outcome<ScaleStatus, ScaleFailure>> => {
    const after = await inspect(id, signal);
    if (!after.ok) return scaleFailureOf(after.error);
    const { metadata, spec } = after.value.hpa;
    if (metadata.uid === step.expectUid && spec.minReplicas === floor) return succeed(statusOf(after.value));
    return fail('STALE_PLAN', `${step.target} has a floor of ${spec.minReplicas} after ${floor} was ordered`, { retryable: true });
  };

  const attempt = async (
    id: WorkloadId,
    step: ScaleStep,
    signal: AbortSignal,
  ): Promise<Outcome<ScaleStatus, ScaleFailure> | 'conflict'> => {
    const inspected = await inspect(id, signal);
    if (!inspected.ok) return scaleFailureOf(inspected.error);
    const stale = staleBecause(inspected.value, step);
    if (stale !== undefined) return fail('STALE_PLAN', stale, { retryable: true });
    const order = bounded(inspected.value, step);
    if (!order.ok) return order;
    const permit = leadership.permit();
    if (!permit.ok) return permit;
    const written = await write(id, inspected.value.hpa, order.value, permit.value.holder, signal);
    if (written.ok) return verify(id, step, order.value.floor, signal);
    if (written.error.code === 'CONFLICT') return 'conflict';
    if (written.error.code !== 'UNAVAILABLE') return scaleFailureOf(written.error);
    // Perhaps it was written and only the answer was lost. It is looked up once and never sent again.
    const verified = await verify(id, step, order.value.floor, signal);
    return verified.ok ? verified : scaleFailureOf(written.error);
  };

  return {
    kind: 'hpa-floor',
    read: readBy(clock, inspect, statusOf),
    objection: objectBy(leadership, inspect, bounded),
    async apply(step, signal) {
      const id = workloadIdOf(step.target);
      if (id === undefined) return fail('FORBIDDEN', `${step.target} names no Deployment or StatefulSet`);
      for (let conflicts = 0; conflicts <= CONFLICTS_MAX; conflicts += 1) {
        const outcome = await attempt(id, step, signal);
        if (outcome !== 'conflict') return outcome;
      }
      return fail('UNAVAILABLE', `the autoscaler of ${step.target} changed under each of ${CONFLICTS_MAX + 1} attempts`, {
        retryable: true,
      });
    },
    close: () => Promise.resolve(),
  };
};
