import type { MonotonicClock } from '../../../core/clock.ts';
import { type KubernetesApi, type KubernetesFailure, type KubernetesRequest, pathOf } from '../../../core/kubernetes-api.ts';
import { type Outcome, succeed } from '../../../core/outcome.ts';
import { call, respectRetryAfter } from './api-calls.ts';
import { autoscalersOf, ownerOfAutoscaler } from './autoscalers.ts';
import { type ClaimedField, claimOf, FIELD_MANAGER, MARKS, MIN_REPLICAS_CLAIM, originalOf, REPLICAS_CLAIM } from './claim.ts';
import { NO_MARKS, preconditions } from './marks.ts';
import { type HpaObject, hpaSchema, listSchema, scaleSchema, type WorkloadObject, workloadSchema } from './objects.ts';
import { hpasPath, type WorkloadId, workloadPath, workloadsPath } from './workload-id.ts';

/** What became of one object. */
export interface Released {
  readonly object: string;
  readonly kind: 'restored' | 'left' | 'failed';
  readonly message: string;
}

const CONFLICTS_MAX = 5;
const query = { fieldManager: FIELD_MANAGER };

/** How an object is let go: read it, restore its value, take our annotations off. Each may be done already. */
type Letting = () => Promise<Outcome<Omit<Released, 'object'>, KubernetesFailure>>;

const persistently = async (object: string, letGo: Letting): Promise<Released> => {
  for (let conflicts = 0; ; conflicts += 1) {
    const outcome = await letGo();
    if (outcome.ok) return { object, ...outcome.value };
    if (outcome.error.code === 'NOT_FOUND') return { object, kind: 'left', message: 'it is gone' };
    if (outcome.error.code !== 'CONFLICT' || conflicts === CONFLICTS_MAX) return { object, kind: 'failed', message: outcome.error.message };
  }
};

/** Why the value is not restored although our annotation stands; undefined when it is. */
const foreign = (metadata: WorkloadObject['metadata'], claimed: ClaimedField): string | undefined => {
  const claim = claimOf(metadata, claimed);
  return claim.kind === 'taken' ? claim.because : undefined;
};

const letGoOfWorkload = (api: KubernetesApi, id: WorkloadId, signal: AbortSignal): Letting => {
  const path = workloadPath(id);
  const restore = ({ metadata }: WorkloadObject, original: number) => {
    const body = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { namespace: id.namespace, name: id.name, ...preconditions(metadata) },
      spec: { replicas: original },
    };
    return call(api, scaleSchema, { method: 'PUT', path: `${path}/scale`, query, body }, signal);
  };
  /** What stood before the value was restored, also when a conflict over the annotations makes a second round. */
  let from: number | undefined;
  return async () => {
    const autoscalers = await autoscalersOf(api, id, signal);
    if (!autoscalers.ok) return autoscalers;
    const found = await call(api, workloadSchema, { method: 'GET', path }, signal);
    if (!found.ok) return found;
    const { metadata, spec } = found.value;
    const original = originalOf(metadata, REPLICAS_CLAIM.mark);
    const [autoscaler] = autoscalers.value;
    const because = autoscaler === undefined ? foreign(metadata, REPLICAS_CLAIM) : `${ownerOfAutoscaler(autoscaler)} scales it now`;
    let version = metadata.resourceVersion;
    const restores = because === undefined && original !== undefined && original !== spec.replicas;
    if (restores) {
      // The value first, the annotation last: as long as anything is left to restore, it says what.
      const restored = await restore(found.value, original);
      if (!restored.ok) return restored;
      version = restored.value.metadata.resourceVersion;
      from = spec.replicas;
    }
    const body = { metadata: { uid: metadata.uid, resourceVersion: version, annotations: NO_MARKS } };
    const cleared = await call(api, workloadSchema, { method: 'PATCH', path, query, body }, signal);
    if (!cleared.ok) return cleared;
    if (because !== undefined) return succeed({ kind: 'left', message: `replicas stay at ${spec.replicas}, because ${because}` });
    return succeed({
      kind: 'restored',
      message: from === undefined ? `replicas stand at ${spec.replicas} already` : `replicas ${from} -> ${original}`,
    });
  };
};

const letGoOfFloor =
  (api: KubernetesApi, path: string, signal: AbortSignal): Letting =>
  async () => {
    const found = await call(api, hpaSchema, { method: 'GET', path }, signal);
    if (!found.ok) return found;
    const { metadata, spec } = found.value;
    const original = originalOf(metadata, MIN_REPLICAS_CLAIM.mark);
    const because = foreign(metadata, MIN_REPLICAS_CLAIM);
    const restores = because === undefined && original !== undefined;
    const body = {
      metadata: { ...preconditions(metadata), annotations: NO_MARKS },
      ...(restores ? { spec: { minReplicas: original } } : {}),
    };
    const cleared = await call(api, hpaSchema, { method: 'PATCH', path, query, body }, signal);
    if (!cleared.ok) return cleared;
    if (because !== undefined) return succeed({ kind: 'left', message: `minReplicas stays at ${spec.minReplicas}, because ${because}` });
    return succeed({ kind: 'restored', message: `minReplicas ${spec.minReplicas} -> ${original ?? spec.minReplicas}` });
  };

const isMarked = ({ metadata }: WorkloadObject | HpaObject): boolean =>
  Object.values(MARKS).some((mark) => Object.hasOwn(metadata.annotations, mark));

/** Lets go of every object in a namespace that carries one of our annotations. Done twice, the second time finds nothing. */
export const releaseNamespace = async (
  { api: server, clock }: { readonly api: KubernetesApi; readonly clock: MonotonicClock },
  namespace: string,
  signal: AbortSignal,
): Promise<readonly Released[]> => {
  const api = respectRetryAfter(server, clock);
  const released: Released[] = [];
  const list = async (path: string): Promise<readonly unknown[]> => {
    const request: KubernetesRequest = { method: 'GET', path };
    const listed = await call(api, listSchema, request, signal);
    if (listed.ok) return listed.value.items;
    released.push({ object: `${path.slice(path.lastIndexOf('/') + 1)} in ${namespace}`, kind: 'failed', message: listed.error.message });
    return [];
  };
  for (const kind of ['Deployment', 'StatefulSet'] as const) {
    for (const item of await list(workloadsPath(kind, namespace))) {
      const workload = workloadSchema.safeParse(item);
      if (!workload.success || !isMarked(workload.data)) continue;
      const { name } = workload.data.metadata;
      released.push(
        await persistently(`${kind.toLowerCase()}/${namespace}/${name}`, letGoOfWorkload(api, { kind, namespace, name }, signal)),
      );
    }
  }
  for (const item of await list(hpasPath(namespace))) {
    const hpa = hpaSchema.safeParse(item);
    if (!hpa.success || !isMarked(hpa.data)) continue;
    const { name } = hpa.data.metadata;
    released.push(
      await persistently(`horizontalpodautoscaler/${namespace}/${name}`, letGoOfFloor(api, pathOf(hpasPath(namespace), name), signal)),
    );
  }
  return released;
};
