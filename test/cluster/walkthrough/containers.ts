/** What kubelet and container runtime would do: a pod that has been placed gets a process, and a deleted one loses it. */
import { type Clock, sleep } from '../../../core/clock.ts';
import type { ProcessTarget } from '../../../scaler/targets/process/index.ts';
import type { Cluster } from '../testbed/cluster.ts';

/** As long as pulling the image takes; the process needs three to five seconds more, and kwok says Ready after eight. */
const PULL_MS = 2_000;
const LOOK_MS = 500;
const FAILURES_IN_A_ROW = 20;

export interface Workload {
  readonly namespace: string;
  readonly name: string;
}

interface Following {
  readonly cluster: Cluster;
  readonly workload: Workload;
  /** Runs the processes, and spreads payments over those that answer. */
  readonly host: ProcessTarget;
  readonly hostTarget: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Until the signal: as many gateway processes as the Deployment has pods whose image is there. */
export const followPods = async ({ cluster, workload, host, hostTarget, clock, signal }: Following): Promise<void> => {
  const placedAt = new Map<string, number>();
  const runnable = async (): Promise<number> => {
    const { items } = await cluster.core.listNamespacedPod({ namespace: workload.namespace, labelSelector: `app=${workload.name}` });
    const placed = items.filter(({ metadata, spec }) => metadata?.deletionTimestamp === undefined && spec?.nodeName !== undefined);
    const now = clock.elapsedMs();
    return placed.filter(({ metadata, status }) => {
      const uid = metadata?.uid ?? '';
      if (!placedAt.has(uid)) placedAt.set(uid, now);
      const isReady = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
      return isReady || now - (placedAt.get(uid) ?? now) >= PULL_MS;
    }).length;
  };
  const follow = async (): Promise<void> => {
    const wanted = await runnable();
    const seen = await host.read(hostTarget, signal);
    if (seen.kind !== 'observed' || seen.value.replicas === wanted) return;
    const { replicas: from, uid: expectUid, generation: expectGeneration } = seen.value;
    const applied = await host.apply({ target: hostTarget, from, to: wanted, expectUid, expectGeneration }, signal);
    if (!applied.ok) throw new Error(applied.error.message);
  };
  for (let failures = 0; !signal.aborted; await sleep(clock, LOOK_MS, signal)) {
    try {
      await follow();
      failures = 0;
    } catch (problem) {
      failures += 1;
      if (failures >= FAILURES_IN_A_ROW && !signal.aborted) throw problem;
    }
  }
};
