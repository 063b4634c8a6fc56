/** Looks at the Deployment twice a second, as anybody with kubectl could. */
import { type Clock, sleep } from '../../../core/clock.ts';
import type { Cluster } from '../testbed/cluster.ts';
import type { Sight } from './ahead.ts';
import type { Workload } from './containers.ts';

const LOOK_MS = 500;

export const look = async ({ apps }: Cluster, workload: Workload, clock: Clock): Promise<Sight> => {
  const { spec, status } = await apps.readNamespacedDeployment({ namespace: workload.namespace, name: workload.name });
  return { at: clock.now(), ordered: spec?.replicas ?? 0, ready: status?.readyReplicas ?? 0 };
};

/** Until the signal. A look that fails is left out: what was not seen counts for nobody. */
export const watchReplicas = async (
  cluster: Cluster,
  workload: Workload,
  clock: Clock,
  signal: AbortSignal,
  onSight: (now: Sight) => void,
): Promise<void> => {
  for (; !signal.aborted; await sleep(clock, LOOK_MS, signal)) {
    const seen = await look(cluster, workload, clock).catch(() => undefined);
    if (seen !== undefined) onSight(seen);
  }
};
