/** The collector against the real API: what a restart of the API server does to it, and what a narrow Role does. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIntake } from '../../collectors/intake/index.ts';
import { createKubernetesClient } from '../../collectors/kubernetes/client.ts';
import { openKubernetesCollector } from '../../collectors/kubernetes/index.ts';
import type { Batch } from '../../core/batch.ts';
import type { ChangeEvent } from '../../core/change.ts';
import { sleep } from '../../core/clock.ts';
import { succeed } from '../../core/outcome.ts';
import { systemClock } from '../../core/system-clock.ts';
import { until } from '../agent-process.ts';
import { type Cluster, startCluster } from './testbed/cluster.ts';
import { type Program, startProgram } from './testbed/program.ts';

let cluster: Cluster;
let apiServer: Program | undefined;

beforeAll(async () => {
  cluster = await startCluster({ components: ['controller-manager'] });
});

afterAll(async () => {
  await apiServer?.kill();
  await cluster?.stop();
});

const newGateway = async (namespace: string): Promise<void> => {
  await cluster.core.createNamespace({ body: { metadata: { name: namespace } } });
  const template = { metadata: { labels: { app: 'gateway' } }, spec: { containers: [{ name: 'gateway', image: 'gateway:1' }] } };
  const body = { metadata: { name: 'gateway' }, spec: { replicas: 3, selector: { matchLabels: { app: 'gateway' } }, template } };
  await cluster.apps.createNamespacedDeployment({ namespace, body });
};

const rollOut = async (namespace: string, image: string): Promise<void> => {
  const place = { namespace, name: 'gateway' };
  const gateway = await cluster.apps.readNamespacedDeployment(place);
  const [container] = gateway.spec!.template.spec!.containers;
  container!.image = image;
  await cluster.apps.replaceNamespacedDeployment({ ...place, body: gateway, fieldManager: 'helm' });
};

const open = (namespace: string, kubeconfig: string) => {
  const batches: Batch[] = [];
  const changes: ChangeEvent[] = [];
  const told: string[] = [];
  const intake = createIntake(
    { dimensions: [], outcomeAttribute: 'payment.outcome' },
    {
      store: { loadIdentity: () => ({ texts: [], streams: [] }), appendBatch: async () => succeed(1) },
      clock: systemClock,
      consume: (batch) => batches.push(batch),
    },
  );
  const log = {
    info: (_fields: object, message: string) => told.push(message),
    warn: (_fields: object, message: string) => told.push(message),
  };
  const collector = openKubernetesCollector(
    { tenant: 'default', stepMs: 500, namespaces: [namespace], nodes: false, services: new Map() },
    {
      api: createKubernetesClient({ kubeconfig }),
      clock: systemClock,
      random: () => 0.5,
      intake,
      addChange: async (change) => void changes.push(change),
      log,
    },
  );
  const newest = (metric: string): number | undefined => {
    const samples = batches.at(-1)?.samples;
    if (samples === undefined) return undefined;
    const row = Array.from(samples.stream).findIndex((id) => intake.streams.describe(id).metric === metric);
    return samples.value[row];
  };
  return { collector, batches, changes, told, newest };
};

/** Kills kube-apiserver, and returns what starts the same one again: same port, same etcd. */
const killApiServer = async (): Promise<() => Promise<void>> => {
  const running = cluster.programs.find(({ name }) => name === 'kube-apiserver') as Program;
  const [binary, ...args] = readFileSync(`/proc/${running.pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  await running.kill();
  return async () => {
    apiServer = await startProgram(cluster.folder, binary as string, 'kube-apiserver', args);
  };
};

describe('the collector on a real API', () => {
  it('lists again after a restart of the API server, reports what happened once, and had nothing to say meanwhile', async () => {
    await newGateway('restarted');
    const { collector, batches, changes, newest } = open('restarted', cluster.kubeconfig);
    const desired = async () => newest('k8s.deployment.pod.desired');
    await until('the gateway is seen', 30_000, desired, (replicas) => replicas === 3);
    // The API server dates its field owners to the second.
    await sleep(systemClock, 1_100);
    await rollOut('restarted', 'gateway:2');
    await until(
      'the rollout is seen',
      30_000,
      async () => changes.length,
      (count) => count === 1,
    );

    const startAgain = await killApiServer();
    await sleep(systemClock, 2_000);
    const silent = batches.length;
    await sleep(systemClock, 3_000);
    expect(batches).toHaveLength(silent);
    await startAgain();
    await until(
      'the gateway is seen again',
      60_000,
      async () => batches.length,
      (count) => count > silent,
    );
    await rollOut('restarted', 'gateway:3');
    await until(
      'the next rollout is seen',
      60_000,
      async () => changes.length,
      (count) => count === 2,
    );
    await sleep(systemClock, 2_000);
    expect(changes.map(({ kind, summary }) => `${kind} ${summary}`)).toEqual([
      'deploy deployment restarted/gateway: rollout, gateway: gateway:1 -> gateway:2',
      'deploy deployment restarted/gateway: rollout, gateway: gateway:2 -> gateway:3',
    ]);
    expect(changes[0]?.attributes.by).toBe('helm');
    await collector.close();
  });

  it('goes on without the resource its Role leaves out, and names it', async () => {
    const namespace = 'narrow';
    await newGateway(namespace);
    await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'foreshock' } } });
    const rules = [{ apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['list', 'watch'] }];
    await cluster.rbac.createNamespacedRole({ namespace, body: { metadata: { name: 'foreshock' }, rules } });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'foreshock' };
    const subjects = [{ kind: 'ServiceAccount', name: 'foreshock', namespace }];
    await cluster.rbac.createNamespacedRoleBinding({ namespace, body: { metadata: { name: 'foreshock' }, roleRef, subjects } });
    const kubeconfig = cluster.kubeconfigFor(await cluster.serviceAccountToken(namespace, 'foreshock'));
    const { collector, told, newest } = open(namespace, kubeconfig);
    await until(
      'the gateway is seen',
      30_000,
      async () => newest('k8s.deployment.pod.desired'),
      (replicas) => replicas === 3,
    );
    await sleep(systemClock, 2_000);
    expect([...told].sort()).toEqual([
      expect.stringContaining('HorizontalPodAutoscalers in narrow are absent'),
      expect.stringContaining('pods in narrow are absent'),
    ]);
    await collector.close();
  });
});
