/** The test bed itself: that it is a Kubernetes API one can trust the other cluster tests on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoreV1Api, VersionApi } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/system-clock.ts';
import { until } from '../agent-process.ts';
import { type Cluster, readyAfter, startCluster } from './testbed/cluster.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 });
});

afterAll(async () => {
  await cluster?.stop();
  for (const program of cluster?.programs ?? []) expect(program.ended(), program.name).toBe('ended by SIGKILL');
});

const newNamespace = async (name: string): Promise<string> => {
  await cluster.core.createNamespace({ body: { metadata: { name } } });
  return name;
};

const deploy = (namespace: string, name: string, replicas: number, readySeconds: number) =>
  cluster.apps.createNamespacedDeployment({
    namespace,
    body: {
      metadata: { name },
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name }, annotations: readyAfter(readySeconds) },
          spec: { containers: [{ name, image: 'registry.invalid/ledger:1', resources: { requests: { cpu: '100m' } } }] },
        },
      },
    },
  });

describe('the test bed', () => {
  it('answers as the Kubernetes version that is pinned', async () => {
    const version = await cluster.configFor(cluster.kubeconfig).makeApiClient(VersionApi).getCode();
    expect(version.gitVersion).toBe('v1.36.3');
    expect(`${version.major}.${version.minor}`).toBe('1.36');
  });

  it('writes down what a ServiceAccount asked for, also what it was denied', async () => {
    const namespace = await newNamespace('asked');
    const { core } = cluster;
    await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'curious' } } });
    const token = await cluster.serviceAccountToken(namespace, 'curious');
    const curious = cluster.configFor(cluster.kubeconfigFor(token)).makeApiClient(CoreV1Api);
    await expect(curious.listNamespacedSecret({ namespace })).rejects.toMatchObject({ code: 403 });
    const requests = await until(
      'the request is written down',
      10_000,
      async () => cluster.requestsOf(namespace, 'curious'),
      ({ length }) => length > 0,
    );
    const user = `system:serviceaccount:${namespace}:curious`;
    expect(requests).toEqual([{ user, verb: 'list', resource: 'secrets', namespace, code: 403 }]);
    expect(cluster.requestsOf(namespace, 'default')).toEqual([]);
  });

  it('has pods become Ready after the delay their template names, and not before', async () => {
    const namespace = await newNamespace('lead-time');
    await deploy(namespace, 'ledger', 3, 8);
    const placed = await until(
      'three pods are placed',
      60_000,
      async () => (await cluster.core.listNamespacedPod({ namespace })).items.filter((pod) => pod.spec?.nodeName),
      (pods) => pods.length === 3,
    );
    const from = systemClock.elapsedMs();
    expect(
      placed.flatMap((pod) => pod.status?.conditions ?? []).filter(({ type, status }) => type === 'Ready' && status === 'True'),
    ).toEqual([]);
    await until(
      'three replicas are Ready',
      60_000,
      async () => (await cluster.apps.readNamespacedDeployment({ namespace, name: 'ledger' })).status?.readyReplicas ?? 0,
      (ready) => ready === 3,
    );
    // Seen from here the pods were placed up to one look earlier.
    expect(systemClock.elapsedMs() - from).toBeGreaterThan(7_000);

    for (const pod of (await cluster.core.listNamespacedPod({ namespace })).items) {
      const since = (type: string): number =>
        Number(pod.status!.conditions!.find((condition) => condition.type === type)!.lastTransitionTime);
      expect(since('Ready') - since('PodScheduled')).toBeGreaterThanOrEqual(7_000);
    }
  });

  it('orders replicas within seconds when the minReplicas of an HPA is raised', async () => {
    const namespace = await newNamespace('floor');
    await deploy(namespace, 'ledger', 3, 0);
    const name = 'ledger';
    await cluster.autoscaling.createNamespacedHorizontalPodAutoscaler({
      namespace,
      body: {
        metadata: { name },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
          minReplicas: 3,
          maxReplicas: 10,
          metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }],
        },
      },
    });
    const ordered = async (): Promise<number | undefined> =>
      (await cluster.apps.readNamespacedDeployment({ namespace, name })).spec?.replicas;
    const autoscaler = await cluster.autoscaling.readNamespacedHorizontalPodAutoscaler({ namespace, name });
    expect(await ordered()).toBe(3);
    await cluster.autoscaling.replaceNamespacedHorizontalPodAutoscaler({
      namespace,
      name,
      // Without the resourceVersion: the controller writes the status of the same object every second.
      body: { metadata: { name }, spec: { ...autoscaler.spec!, minReplicas: 6 } },
    });
    await until('six replicas are ordered', 60_000, ordered, (replicas) => replicas === 6);
  });

  it('gives a ServiceAccount token the rights of its Role and no more', async () => {
    const namespace = await newNamespace('rights');
    const name = 'reader';
    await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
    await cluster.rbac.createNamespacedRole({
      namespace,
      body: { metadata: { name }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] },
    });
    await cluster.rbac.createNamespacedRoleBinding({
      namespace,
      body: {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
    });
    const token = await cluster.serviceAccountToken(namespace, name);
    const reader = cluster.configFor(cluster.kubeconfigFor(token, namespace)).makeApiClient(CoreV1Api);
    await until(
      'the binding holds',
      10_000,
      () =>
        reader.listNamespacedPod({ namespace }).then(
          () => 'allowed',
          (problem: { code?: number }) => problem.code,
        ),
      (answer) => answer === 'allowed',
    );
    await expect(reader.listNamespacedSecret({ namespace })).rejects.toMatchObject({ code: 403 });
    await expect(reader.listNamespacedPod({ namespace: 'default' })).rejects.toMatchObject({ code: 403 });
    const stranger = cluster.configFor(cluster.kubeconfigFor('not-a-token')).makeApiClient(CoreV1Api);
    await expect(stranger.listNamespacedPod({ namespace })).rejects.toMatchObject({ code: 401 });
  });

  it('binds the volume a StatefulSet claims', async () => {
    const namespace = await newNamespace('volume');
    const name = 'store';
    await cluster.apps.createNamespacedStatefulSet({
      namespace,
      body: {
        metadata: { name },
        spec: {
          serviceName: name,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name }, annotations: readyAfter(0) },
            spec: { containers: [{ name, image: 'registry.invalid/store:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }] },
          },
          volumeClaimTemplates: [
            { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
          ],
        },
      },
    });
    await until(
      'the pod with the volume is Ready',
      60_000,
      async () => (await cluster.apps.readNamespacedStatefulSet({ namespace, name })).status?.readyReplicas ?? 0,
      (ready) => ready === 1,
    );
  });

  it('takes a chart through install, upgrade, rollback and uninstall', async () => {
    const namespace = await newNamespace('release');
    const chart = join(cluster.folder, 'greeting');
    mkdirSync(join(chart, 'templates'), { recursive: true });
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: greeting\nversion: 0.1.0\n');
    writeFileSync(join(chart, 'values.yaml'), 'word: hello\n');
    writeFileSync(
      join(chart, 'templates', 'greeting.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: greeting }\ndata: { word: {{ .Values.word | quote }} }\n',
    );
    const helm = async (...args: string[]): Promise<void> => {
      const result = await cluster.helm([...args, '--namespace', namespace]);
      expect(result, result.stderr).toMatchObject({ code: 0 });
    };
    const word = async (): Promise<string | undefined> =>
      (await cluster.core.readNamespacedConfigMap({ namespace, name: 'greeting' })).data?.word;

    await helm('install', 'first', chart);
    expect(await word()).toBe('hello');
    await helm('upgrade', 'first', chart, '--set', 'word=welcome');
    expect(await word()).toBe('welcome');
    await helm('rollback', 'first', '1');
    expect(await word()).toBe('hello');
    await helm('uninstall', 'first');
    await expect(word()).rejects.toMatchObject({ code: 404 });
  });
});
