import { pathOf } from '../../../core/kubernetes-api.ts';

/** `deployment/NAMESPACE/NAME` or `statefulset/NAMESPACE/NAME`. */
export interface WorkloadId {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly namespace: string;
  readonly name: string;
}

/** RFC 1123 labels and subdomains, as the API takes them. */
export const WORKLOAD_ID_PATTERN =
  /^(deployment|statefulset)\/([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)$/;

export const workloadIdOf = (id: string): WorkloadId | undefined => {
  const [, kind, namespace, name] = WORKLOAD_ID_PATTERN.exec(id) ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  return { kind: kind === 'deployment' ? 'Deployment' : 'StatefulSet', namespace, name };
};

export const workloadsPath = (kind: WorkloadId['kind'], namespace: string): string =>
  `${pathOf('/apis/apps/v1/namespaces', namespace)}/${kind.toLowerCase()}s`;

export const workloadPath = ({ kind, namespace, name }: WorkloadId): string => pathOf(workloadsPath(kind, namespace), name);

export const hpasPath = (namespace: string): string => `${pathOf('/apis/autoscaling/v2/namespaces', namespace)}/horizontalpodautoscalers`;
