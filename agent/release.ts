import type { Clock } from '../core/clock.ts';
import type { KubernetesApi } from '../core/kubernetes-api.ts';
import { type Released, releaseNamespace } from '../scaler/targets/kubernetes/release.ts';
import { workloadIdOf } from '../scaler/targets/kubernetes/workload-id.ts';
import { leaseNamespace } from './cluster.ts';
import type { Config } from './config/schema.ts';
import { liveHolderOf } from './leadership/live-holder.ts';

const RELEASE_TIMEOUT_MS = 60_000;

export interface ReleaseReport {
  readonly lines: readonly string[];
  /** Nothing of ours is left in the namespaces that were asked. */
  readonly complete: boolean;
}

export interface ReleaseDependencies {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  /** What is going on, while it goes on. */
  readonly tell: (what: string) => void;
}

const lineOf = ({ object, kind, message }: Released): string => `${kind === 'failed' ? 'failed' : 'released'} ${object}: ${message}`;

const ANYWAY = '--force releases without asking';

/** Why nothing may be released now: an agent that may act would order again at its next step. */
const hindrance = async ({ kubernetes }: Config, dependencies: ReleaseDependencies): Promise<string | undefined> => {
  const { name } = kubernetes.lease;
  const namespace = await leaseNamespace(kubernetes);
  const lease = `the lease ${namespace}/${name}`;
  const holder = await liveHolderOf({ namespace, name }, dependencies, new AbortController().signal);
  if (!holder.ok) return `nothing was released: whether an agent holds ${lease} is not known (${holder.error.message}); ${ANYWAY}`;
  if (holder.value === undefined) return undefined;
  return `nothing was released: ${holder.value} holds ${lease}, renews it, and would order again; stop it, or set its mode to observe; ${ANYWAY}`;
};

/** Restores every object that carries our annotations, in the namespaces the configuration names. */
export const releaseEverything = async (config: Config, dependencies: ReleaseDependencies, isForced: boolean): Promise<ReleaseReport> => {
  const scaled = config.scaling.flatMap(({ target, kind }) => (kind === 'process' ? [] : (workloadIdOf(target)?.namespace ?? [])));
  const asked = [...new Set([...config.kubernetes.namespaces, ...scaled])].sort();
  if (asked.length === 0) return { lines: ['the configuration names no namespace of a cluster: nothing to release'], complete: true };
  const hindered = isForced ? undefined : await hindrance(config, dependencies);
  if (hindered !== undefined) return { lines: [hindered], complete: false };
  const released: Released[] = [];
  for (const namespace of asked)
    released.push(...(await releaseNamespace(dependencies, namespace, AbortSignal.timeout(RELEASE_TIMEOUT_MS))));
  const lines = released.map(lineOf);
  return {
    lines: lines.length === 0 ? [`nothing of ours stands in ${asked.join(', ')}`] : lines,
    complete: released.every(({ kind }) => kind !== 'failed'),
  };
};
