import { createKubernetesClient } from '../collectors/kubernetes/client.ts';
import type { MonotonicClock } from '../core/clock.ts';
import { type Released, releaseNamespace } from '../scaler/targets/kubernetes/release.ts';
import { workloadIdOf } from '../scaler/targets/kubernetes/workload-id.ts';
import type { Config } from './config/schema.ts';

const RELEASE_TIMEOUT_MS = 60_000;

export interface ReleaseReport {
  readonly lines: readonly string[];
  /** Nothing of ours is left in the namespaces that were asked. */
  readonly complete: boolean;
}

const lineOf = ({ object, kind, message }: Released): string => `${kind === 'failed' ? 'failed' : 'released'} ${object}: ${message}`;

/** Restores every object that carries our annotations, in the namespaces the configuration names. */
export const releaseEverything = async (config: Config, clock: MonotonicClock): Promise<ReleaseReport> => {
  const { kubeconfig, namespaces } = config.kubernetes;
  const scaled = config.scaling.flatMap(({ target, kind }) => (kind === 'process' ? [] : (workloadIdOf(target)?.namespace ?? [])));
  const asked = [...new Set([...namespaces, ...scaled])].sort();
  if (asked.length === 0) return { lines: ['the configuration names no namespace of a cluster: nothing to release'], complete: true };
  const api = createKubernetesClient(kubeconfig === undefined ? {} : { kubeconfig });
  const released: Released[] = [];
  for (const namespace of asked)
    released.push(...(await releaseNamespace({ api, clock }, namespace, AbortSignal.timeout(RELEASE_TIMEOUT_MS))));
  const lines = released.map(lineOf);
  return {
    lines: lines.length === 0 ? [`nothing of ours stands in ${asked.join(', ')}`] : lines,
    complete: released.every(({ kind }) => kind !== 'failed'),
  };
};
