/** Both targets of a cluster against the real API: its preconditions, field owners, and rights as a Role gives them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKubernetesClient } from '../../collectors/kubernetes/client.ts';
import type { KubernetesApi, KubernetesRequest } from '../../core/kubernetes-api.ts';
import { fail, succeed } from '../../core/outcome.ts';
import { systemClock } from '../../core/system-clock.ts';
import type { ScaleStep } from '../../scaler/recommendation.ts';
import { SCALE_TARGET_CONTRACT } from '../../scaler/targets/contract.ts';
import { createHpaFloorTarget } from '../../scaler/targets/hpa-floor/index.ts';
import type { KubernetesTargetGround } from '../../scaler/targets/kubernetes/ground.ts';
import { releaseNamespace } from '../../scaler/targets/kubernetes/release.ts';
import { createScaleTarget } from '../../scaler/targets/scale/index.ts';
import type { ScaleTarget } from '../../scaler/targets/target.ts';
import { until } from '../agent-process.ts';
import { type Cluster, readyAfter, startCluster } from './testbed/cluster.ts';

let cluster: Cluster;
let ground: KubernetesTargetGround;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 });
  const leadership = { permit: () => succeed({ holder: 'agent-0' }) };
  ground = { api: createKubernetesClient({ kubeconfig: cluster.kubeconfig }), clock: systemClock, leadership };
});

afterAll(async () => {
  await cluster?.stop();
});

const soon = (): AbortSignal => AbortSignal.timeout(5_000);

const podsOf = (name: string) => ({
  selector: { matchLabels: { app: name } },
  template: {
    metadata: { labels: { app: name }, annotations: readyAfter(0) },
    spec: { containers: [{ name, image: 'registry.invalid/gateway:1' }] },
  },
});

const newGateway = async (namespace: string, replicas: number): Promise<string> => {
  await cluster.core.createNamespace({ body: { metadata: { name: namespace } } });
  const body = { metadata: { name: 'gateway' }, spec: { replicas, ...podsOf('gateway') } };
  await cluster.apps.createNamespacedDeployment({ namespace, body, fieldManager: 'kubectl-create' });
  // The controller annotates a new Deployment, and that is a generation.
  await until(
    'the gateway is ready',
    60_000,
    async () => (await cluster.apps.readNamespacedDeployment({ namespace, name: 'gateway' })).status?.readyReplicas ?? 0,
    (ready) => ready === replicas,
  );
  return `deployment/${namespace}/gateway`;
};

const addAutoscaler = (namespace: string, minReplicas: number, maxReplicas: number) =>
  cluster.autoscaling.createNamespacedHorizontalPodAutoscaler({
    namespace,
    fieldManager: 'kubectl-create',
    body: {
      metadata: { name: 'gateway' },
      spec: {
        minReplicas,
        maxReplicas,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gateway' },
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
      },
    },
  });

const stepTo = async (target: ScaleTarget, id: string, to: number): Promise<ScaleStep> => {
  const status = await target.read(id, soon());
  if (status.kind !== 'observed') throw new Error(`${id} is ${status.kind}`);
  const { replicas, uid, generation } = status.value;
  return { target: id, from: replicas, to, expectUid: uid, expectGeneration: generation };
};

const settled = (target: ScaleTarget, id: string) => async (): Promise<void> => {
  await until(
    'all ordered replicas are ready',
    60_000,
    () => target.read(id, soon()),
    (status) => status.kind === 'observed' && status.value.ready >= status.value.replicas,
  );
};

describe('the scale subresource of a Deployment', () => {
  for (const [index, rule] of SCALE_TARGET_CONTRACT.entries()) {
    it(rule.name, async () => {
      const id = await newGateway(`deployment-${index}`, 3);
      const target = createScaleTarget(ground);
      await rule.check({ target, id, settle: settled(target, id) });
    });
  }

  it('keeps the original value on the object, and the API server knows who wrote', async () => {
    const id = await newGateway('original', 3);
    const target = createScaleTarget(ground);
    expect(await target.apply(await stepTo(target, id, 5), soon())).toMatchObject({ ok: true, value: { replicas: 5 } });
    await settled(target, id)();
    expect(await target.apply(await stepTo(target, id, 6), soon())).toMatchObject({ ok: true, value: { replicas: 6 } });
    const { metadata } = await cluster.apps.readNamespacedDeployment({ namespace: 'original', name: 'gateway' });
    expect(metadata?.annotations).toMatchObject({ 'foreshock.dev/original-replicas': '3', 'foreshock.dev/changed-by': 'agent-0' });
    const owners = metadata?.managedFields?.filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('f:replicas":{}'));
    expect(owners?.filter(({ subresource }) => subresource !== 'status').map(({ manager }) => manager)).toEqual(['foreshock']);
  });

  it('names kubectl when a person scales after us, stops, and goes on once the annotations are gone', async () => {
    const id = await newGateway('another-writer', 3);
    const target = createScaleTarget(ground);
    await target.apply(await stepTo(target, id, 5), soon());
    const place = { namespace: 'another-writer', name: 'gateway' };
    const scaled = await ground.api.request(
      {
        method: 'PUT',
        path: '/apis/apps/v1/namespaces/another-writer/deployments/gateway/scale',
        query: { fieldManager: 'kubectl' },
        body: { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: place, spec: { replicas: 3 } },
      },
      soon(),
    );
    expect(scaled.ok).toBe(true);
    const refusal = { code: 'OTHER_WRITER', message: expect.stringMatching(/kubectl(?: at .*)? wrote spec.replicas after us/) };
    expect(await target.objection?.(await stepTo(target, id, 5), soon())).toMatchObject(refusal);
    expect(await target.apply(await stepTo(target, id, 5), soon())).toMatchObject({ ok: false, error: refusal });
    expect(await releaseNamespace(ground, 'another-writer', soon())).toMatchObject([
      { kind: 'left', message: expect.stringContaining('kubectl') },
    ]);
    expect(await target.apply(await stepTo(target, id, 5), soon())).toMatchObject({ ok: true, value: { replicas: 5 } });
  });

  it('is continued by the next agent when the one before died between the annotations and the value', async () => {
    const id = await newGateway('killed', 3);
    const dead = (request: KubernetesRequest): boolean => request.method === 'PUT';
    const api: KubernetesApi = {
      ...ground.api,
      request: (request, signal) => (dead(request) ? Promise.resolve(fail('UNAVAILABLE', 'killed')) : ground.api.request(request, signal)),
    };
    const killed = createScaleTarget({ ...ground, api });
    expect(await killed.apply(await stepTo(killed, id, 5), soon())).toMatchObject({ ok: false });
    const next = createScaleTarget(ground);
    expect(await next.apply(await stepTo(next, id, 5), soon())).toMatchObject({ ok: true, value: { replicas: 5 } });
    expect(await releaseNamespace(ground, 'killed', soon())).toEqual([{ object: id, kind: 'restored', message: 'replicas 5 -> 3' }]);
    expect(await releaseNamespace(ground, 'killed', soon())).toEqual([]);
  });

  it('leaves a Deployment that an autoscaler owns to it', async () => {
    const id = await newGateway('owned', 3);
    await addAutoscaler('owned', 2, 9);
    const target = createScaleTarget(ground);
    expect(await target.apply(await stepTo(target, id, 5), soon())).toMatchObject({
      ok: false,
      error: { code: 'OTHER_WRITER', message: expect.stringContaining('HorizontalPodAutoscaler gateway') },
    });
  });

  it('refuses a step for an object that was deleted and made again', async () => {
    const id = await newGateway('replaced', 3);
    const target = createScaleTarget(ground);
    const step = await stepTo(target, id, 5);
    await cluster.apps.deleteNamespacedDeployment({ namespace: 'replaced', name: 'gateway' });
    const body = { metadata: { name: 'gateway' }, spec: { replicas: 3, ...podsOf('gateway') } };
    await until(
      'the gateway is made again',
      30_000,
      () => cluster.apps.createNamespacedDeployment({ namespace: 'replaced', body }).catch(() => undefined),
      (made) => made !== undefined,
    );
    expect(await target.apply(step, soon())).toMatchObject({ ok: false, error: { code: 'STALE_PLAN' } });
  });
});

describe('the scale subresource of a StatefulSet', () => {
  it('is written like that of a Deployment', async () => {
    await cluster.core.createNamespace({ body: { metadata: { name: 'stateful' } } });
    const body = { metadata: { name: 'ledger' }, spec: { replicas: 2, serviceName: 'ledger', ...podsOf('ledger') } };
    await cluster.apps.createNamespacedStatefulSet({ namespace: 'stateful', body });
    const target = createScaleTarget(ground);
    const id = 'statefulset/stateful/ledger';
    expect(await target.apply(await stepTo(target, id, 4), soon())).toMatchObject({ ok: true, value: { replicas: 4 } });
    await settled(target, id)();
  });
});

describe('the floor of a real HorizontalPodAutoscaler', () => {
  it.each(SCALE_TARGET_CONTRACT.map((rule, index) => ({ name: rule.name, rule, index })))('$name', async ({ rule, index }) => {
    const namespace = `floor-${index}`;
    const id = await newGateway(namespace, 1);
    // The API takes a floor of 0 only with a metric of another kind: the rules begin at 1 here.
    await addAutoscaler(namespace, 1, 5);
    const target = createHpaFloorTarget(ground);
    await rule.check({ target, id, settle: settled(target, id) });
  });

  it('is followed by the autoscaler, and never leaves its bounds', async () => {
    const id = await newGateway('floor-bounds', 2);
    await addAutoscaler('floor-bounds', 2, 4);
    const target = createHpaFloorTarget(ground);
    expect(await target.apply(await stepTo(target, id, 6), soon())).toMatchObject({ ok: true, value: { replicas: 4 } });
    await settled(target, id)();
    expect(await target.objection?.(await stepTo(target, id, 6), soon())).toMatchObject({
      message: expect.stringContaining('maxReplicas is 4'),
    });
    expect(await target.apply(await stepTo(target, id, 1), soon())).toMatchObject({ ok: true, value: { replicas: 2 } });
  });
});

describe('an agent with the rights of the documentation', () => {
  it('scales, and is forbidden everything else', async () => {
    const namespace = 'narrow';
    const id = await newGateway(namespace, 3);
    await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'foreshock' } } });
    const rules = [
      { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['get', 'list', 'watch', 'patch'] },
      { apiGroups: ['apps'], resources: ['deployments/scale', 'statefulsets/scale'], verbs: ['update'] },
      { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['get', 'list', 'watch'] },
    ];
    await cluster.rbac.createNamespacedRole({ namespace, body: { metadata: { name: 'foreshock' }, rules } });
    await cluster.rbac.createNamespacedRoleBinding({
      namespace,
      body: {
        metadata: { name: 'foreshock' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'foreshock' },
        subjects: [{ kind: 'ServiceAccount', name: 'foreshock', namespace }],
      },
    });
    const kubeconfig = cluster.kubeconfigFor(await cluster.serviceAccountToken(namespace, 'foreshock'));
    const api = createKubernetesClient({ kubeconfig });
    const target = createScaleTarget({ ...ground, api });
    const applied = await target.apply(await stepTo(target, id, 4), soon());
    expect(applied.ok ? '' : applied.error.message).toBe('');
    const secrets = await api.request({ method: 'GET', path: `/api/v1/namespaces/${namespace}/secrets` }, soon());
    expect(secrets).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } });
    const elsewhere = createScaleTarget({ ...ground, api });
    expect(await elsewhere.read('deployment/original/gateway', soon())).toEqual({ kind: 'absent', reason: 'read-failed' });
  });
});
