import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { createKubernetesClient } from '../collectors/kubernetes/client.ts';
import type { Clock } from '../core/clock.ts';
import type { KubernetesApi } from '../core/kubernetes-api.ts';
import type { Leadership } from '../scaler/targets/leadership.ts';
import { isOfCluster } from '../scaler/targets/registry.ts';
import type { Config } from './config/schema.ts';
import { createElector, soleLeader } from './leadership/elector.ts';
import { identityIn } from './leadership/identity.ts';
import type { AgentPorts } from './ports.ts';

/** The way to the API server, and the permission to write to it. */
export interface Cluster {
  readonly api: KubernetesApi;
  readonly leadership: Leadership;
  close(): Promise<void>;
}

export interface ClusterDependencies {
  readonly clock: Clock;
  readonly log: AgentPorts['log'];
  readonly random: () => number;
}

const POD_NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

const namespaceOfPod = async (): Promise<string> => {
  try {
    return (await readFile(POD_NAMESPACE_FILE, 'utf8')).trim() || 'default';
  } catch {
    // Not in a pod.
    return 'default';
  }
};

/** Where the lease is that agents of this configuration share. */
export const leaseNamespace = async ({ lease }: Config['kubernetes']): Promise<string> => lease.namespace ?? (await namespaceOfPod());

/** Nothing is loaded and nobody is asked before something of a cluster is configured. */
export const openCluster = async (config: Config, { clock, log, random }: ClusterDependencies): Promise<Cluster> => {
  const { kubeconfig, lease } = config.kubernetes;
  const api = createKubernetesClient(kubeconfig === undefined ? {} : { kubeconfig });
  if (!config.scaling.some((entry) => isOfCluster(entry) && entry.mode === 'act')) {
    return { api, leadership: soleLeader(hostname()), close: () => Promise.resolve() };
  }
  const identity = await identityIn(config.dataDirectory);
  const namespace = await leaseNamespace(config.kubernetes);
  const elector = createElector(
    {
      identity,
      namespace,
      name: lease.name,
      durationMs: lease.duration,
      renewDeadlineMs: lease.renewDeadline,
      retryPeriodMs: lease.retryPeriod,
    },
    { api, clock, random, tell: (what) => log.info({ lease: `${namespace}/${lease.name}` }, what) },
  );
  elector.start();
  return { api, leadership: elector, close: () => elector.stop() };
};
