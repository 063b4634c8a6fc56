import { canonicalJson, type Json, sha256Hex } from '../../core/hash.ts';
import { type FieldOwner, MIN_REPLICAS, ownersOf, REPLICAS, TEMPLATE } from '../../core/kubernetes-fields.ts';
import { hpaSchema, nodeSchema, podSchema, type WorkloadObject, workloadSchema } from './objects.ts';

/** What is kept of an object: little, because a large namespace has thousands. */

export interface WorkloadState {
  readonly kind: 'deployment' | 'statefulset';
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly generation: number;
  /** What its pods call themselves, where an annotation says so. */
  readonly serviceName: string | undefined;
  readonly desired: number;
  readonly ready: number;
  readonly available: number;
  readonly current: number;
  readonly updated: number;
  readonly images: Readonly<Record<string, string>>;
  /** Changes with anything in the pod template but the time of a restart. */
  readonly template: string;
  readonly restartedAt: string;
  readonly replicasBy: readonly FieldOwner[];
  readonly templateBy: readonly FieldOwner[];
}

export interface HpaState {
  readonly uid: string;
  readonly version: string;
  readonly namespace: string;
  readonly name: string;
  readonly scaled: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly current: number;
  readonly desired: number;
  readonly boundsBy: readonly FieldOwner[];
}

export interface PodState {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** `deployment/NAMESPACE/NAME` or `statefulset/NAMESPACE/NAME`; undefined for pods of anything else. */
  readonly workload: string | undefined;
  readonly startedAt: number;
  readonly containers: readonly { readonly name: string; readonly ready: boolean; readonly restarts: number }[];
}

export interface NodeState {
  readonly uid: string;
  readonly name: string;
  readonly ready: boolean;
  /** Since when; undefined when the node does not say. */
  readonly since: number | undefined;
}

/** kubectl rollout restart */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
/** OpenTelemetry: how a workload says under which name its telemetry comes. */
const SERVICE_NAME = 'resource.opentelemetry.io/service.name';
const SERVICE_NAMESPACE = 'resource.opentelemetry.io/service.namespace';

const serviceNameOf = ({ metadata, spec }: WorkloadObject): string | undefined => {
  const annotations = { ...metadata.annotations, ...spec.template.metadata.annotations };
  const name = annotations[SERVICE_NAME];
  if (name === undefined || name === '') return undefined;
  const namespace = annotations[SERVICE_NAMESPACE] ?? metadata.namespace;
  return namespace === '' ? name : `${namespace}/${name}`;
};

const templateOf = ({ spec: { template } }: WorkloadObject): string => {
  const { [RESTARTED_AT]: _time, ...annotations } = template.metadata.annotations;
  return sha256Hex(canonicalJson({ ...template, metadata: { ...template.metadata, annotations } } as unknown as Json)).slice(0, 16);
};

export const workloadKey = ({ kind, namespace, name }: Pick<WorkloadState, 'kind' | 'namespace' | 'name'>): string =>
  `${kind}/${namespace}/${name}`;

export const readWorkload = (kind: WorkloadState['kind'], object: unknown): WorkloadState | undefined => {
  const parsed = workloadSchema.safeParse(object);
  if (!parsed.success) return undefined;
  const { metadata, spec, status } = parsed.data;
  return {
    kind,
    uid: metadata.uid,
    namespace: metadata.namespace,
    name: metadata.name,
    generation: metadata.generation ?? 0,
    serviceName: serviceNameOf(parsed.data),
    desired: spec.replicas,
    ready: status.readyReplicas,
    available: status.availableReplicas,
    current: status.currentReplicas,
    updated: status.updatedReplicas,
    images: Object.fromEntries(spec.template.spec.containers.map(({ name, image }) => [name, image])),
    template: templateOf(parsed.data),
    restartedAt: spec.template.metadata.annotations[RESTARTED_AT] ?? '',
    replicasBy: ownersOf(metadata.managedFields, REPLICAS),
    templateBy: ownersOf(metadata.managedFields, TEMPLATE),
  };
};

export const readHpa = (object: unknown): HpaState | undefined => {
  const parsed = hpaSchema.safeParse(object);
  if (!parsed.success) return undefined;
  const { metadata, spec, status } = parsed.data;
  return {
    uid: metadata.uid,
    version: metadata.resourceVersion,
    namespace: metadata.namespace,
    name: metadata.name,
    scaled: `${spec.scaleTargetRef.kind.toLowerCase()}/${metadata.namespace}/${spec.scaleTargetRef.name}`,
    minimum: spec.minReplicas,
    maximum: spec.maxReplicas,
    current: status.currentReplicas,
    desired: status.desiredReplicas,
    boundsBy: ownersOf(metadata.managedFields, MIN_REPLICAS),
  };
};

/** A pod names its ReplicaSet, and that is called after its Deployment and the hash of the template. */
const workloadOfPod = (metadata: WorkloadObject['metadata']): string | undefined => {
  const owner = metadata.ownerReferences.find(({ kind }) => kind === 'ReplicaSet' || kind === 'StatefulSet');
  if (owner === undefined) return undefined;
  if (owner.kind === 'StatefulSet') return `statefulset/${metadata.namespace}/${owner.name}`;
  const suffix = `-${metadata.labels['pod-template-hash'] ?? ''}`;
  const isDeployments = suffix.length > 1 && owner.name.endsWith(suffix);
  return isDeployments ? `deployment/${metadata.namespace}/${owner.name.slice(0, -suffix.length)}` : undefined;
};

export const readPod = (object: unknown): PodState | undefined => {
  const parsed = podSchema.safeParse(object);
  if (!parsed.success) return undefined;
  const { metadata, status } = parsed.data;
  return {
    uid: metadata.uid,
    namespace: metadata.namespace,
    name: metadata.name,
    workload: workloadOfPod(metadata),
    startedAt: Date.parse(status.startTime ?? ''),
    containers: status.containerStatuses.map(({ name, ready, restartCount }) => ({ name, ready, restarts: restartCount })),
  };
};

export const readNode = (object: unknown): NodeState | undefined => {
  const parsed = nodeSchema.safeParse(object);
  if (!parsed.success) return undefined;
  const { metadata, status } = parsed.data;
  const condition = status.conditions.find(({ type }) => type === 'Ready');
  const since = Date.parse(condition?.lastTransitionTime ?? '');
  // A node that has never reported is being born, not failing.
  return {
    uid: metadata.uid,
    name: metadata.name,
    ready: condition?.status !== 'False' && condition?.status !== 'Unknown',
    since: Number.isNaN(since) ? undefined : since,
  };
};
