import type { CoreV1Api, V1Node } from '@kubernetes/client-node';

export interface NodeSize {
  readonly cpu: string;
  readonly memory: string;
  readonly pods: string;
}

const nodeNamed = (name: string, size: NodeSize): V1Node => ({
  metadata: {
    name,
    labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
  },
  status: { allocatable: { ...size }, capacity: { ...size } },
});

/** Nodes without a machine behind them: kwok keeps them Ready and moves the pods placed on them. */
export const addNodes = async (core: CoreV1Api, count: number, size: NodeSize): Promise<void> => {
  for (let number = 0; number < count; number += 1) await core.createNode({ body: nodeNamed(`node-${number}`, size) });
};

/** Whether pods can be placed on them: Ready, and without the taint they were born with where a controller takes it away. */
export const allNodesAreReady = async (core: CoreV1Api, count: number, taintsLeave: boolean): Promise<boolean> => {
  const { items } = await core.listNode();
  const ready = items.filter(
    (node) =>
      node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') &&
      (!taintsLeave || (node.spec?.taints ?? []).length === 0),
  );
  return ready.length === count;
};
