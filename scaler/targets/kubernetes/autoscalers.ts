import type { KubernetesApi, KubernetesFailure } from '../../../core/kubernetes-api.ts';
import { fail, type Outcome, succeed } from '../../../core/outcome.ts';
import { call } from './api-calls.ts';
import { type HpaObject, hpaSchema, listSchema } from './objects.ts';
import { hpasPath, type WorkloadId } from './workload-id.ts';

/** The HorizontalPodAutoscalers that scale a workload. More than one is a fault of their own (AmbiguousSelector). */
export const autoscalersOf = async (
  api: KubernetesApi,
  { kind, namespace, name }: WorkloadId,
  signal: AbortSignal,
): Promise<Outcome<readonly HpaObject[], KubernetesFailure>> => {
  const listed = await call(api, listSchema, { method: 'GET', path: hpasPath(namespace) }, signal);
  if (!listed.ok) return listed;
  const scaling: HpaObject[] = [];
  for (const [place, item] of listed.value.items.entries()) {
    const parsed = hpaSchema.safeParse(item);
    // It may be the one that scales this workload: not understood is not absent.
    if (!parsed.success)
      return fail('UNAVAILABLE', `GET ${hpasPath(namespace)}: items.${place} is no HorizontalPodAutoscaler that can be read`, {
        retryable: true,
      });
    const { scaleTargetRef: scaled } = parsed.data.spec;
    if (scaled.kind === kind && scaled.name === name) scaling.push(parsed.data);
  }
  return succeed(scaling);
};

/** Who stands behind an autoscaler: KEDA makes one for each ScaledObject. */
export const ownerOfAutoscaler = ({ metadata }: HpaObject): string => {
  const scaledObject = metadata.ownerReferences.find(({ kind }) => kind === 'ScaledObject');
  return scaledObject === undefined
    ? `HorizontalPodAutoscaler ${metadata.name}`
    : `KEDA ScaledObject ${scaledObject.name} (through HorizontalPodAutoscaler ${metadata.name})`;
};
