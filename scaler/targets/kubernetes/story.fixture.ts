import { fail, succeed } from '../../../core/outcome.ts';
import { createSimulatedClock, type SimulatedClock } from '../../../core/simulated-clock.ts';
import { createSimulatedKubernetes, type SimulatedKubernetes } from '../../../core/simulated-kubernetes.ts';
import type { KubernetesTargetGround } from './ground.ts';

export const GATEWAY = 'deployment/payments/gateway';
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/payments/deployments';
export const GATEWAY_PATH = `${DEPLOYMENTS}/gateway`;
export const HPAS = '/apis/autoscaling/v2/namespaces/payments/horizontalpodautoscalers';
export const GATEWAY_HPA_PATH = `${HPAS}/gateway`;

export interface KubernetesStory {
  readonly api: SimulatedKubernetes;
  readonly clock: SimulatedClock;
  readonly ground: KubernetesTargetGround;
  /** Whether this agent holds the lease. */
  leads: boolean;
}

/** A namespace with a gateway of three replicas, made by kubectl. */
export const createKubernetesStory = (): KubernetesStory => {
  const clock = createSimulatedClock(Date.UTC(2026, 2, 2, 9));
  const api = createSimulatedKubernetes(clock);
  api.create(DEPLOYMENTS, 'gateway', { spec: { replicas: 3, template: { spec: {} } }, status: { readyReplicas: 3 } });
  const story = {
    api,
    clock,
    leads: true,
    ground: {
      api,
      clock,
      leadership: { permit: () => (story.leads ? succeed({ holder: 'agent-0' }) : fail('NOT_LEADER', 'the lease is held by agent-1')) },
    },
  };
  return story;
};

export const addHpa = (
  { api }: KubernetesStory,
  spec: { readonly minReplicas?: number; readonly maxReplicas: number },
  metadata: Record<string, unknown> = {},
): void => {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gateway' };
  api.create(HPAS, 'gateway', { spec: { ...spec, scaleTargetRef }, metadata });
};

export const soon = (): AbortSignal => AbortSignal.timeout(5_000);
