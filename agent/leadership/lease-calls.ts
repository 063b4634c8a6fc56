import { type KubernetesApi, type KubernetesFailure, type KubernetesRequest, pathOf } from '../../core/kubernetes-api.ts';
import { fail, type Outcome, succeed } from '../../core/outcome.ts';
import { type Lease, leaseSchema } from './lease.ts';

export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

export const leasesPath = (namespace: string): string => `${pathOf('/apis/coordination.k8s.io/v1/namespaces', namespace)}/leases`;

export const leasePath = ({ namespace, name }: LeaseName): string => pathOf(leasesPath(namespace), name);

export const askForLease = async (
  api: KubernetesApi,
  request: KubernetesRequest,
  signal: AbortSignal,
): Promise<Outcome<Lease, KubernetesFailure>> => {
  const answer = await api.request(request, signal);
  if (!answer.ok) return answer;
  const lease = leaseSchema.safeParse(answer.value);
  return lease.success ? succeed(lease.data) : fail('UNAVAILABLE', `${request.path} is no Lease`, { retryable: true });
};
