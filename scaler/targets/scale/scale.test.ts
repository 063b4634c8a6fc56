import { describe, expect, it } from 'vitest';
import type { KubernetesFailureCode } from '../../../core/kubernetes-api.ts';
import type { SimulatedFault } from '../../../core/simulated-kubernetes.ts';
import type { ScaleStep } from '../../recommendation.ts';
import { SCALE_TARGET_CONTRACT } from '../contract.ts';
import {
  addHpa,
  createKubernetesStory,
  DEPLOYMENTS,
  GATEWAY,
  GATEWAY_PATH,
  HPAS,
  type KubernetesStory,
  soon,
} from '../kubernetes/story.fixture.ts';
import { createScaleTarget } from './index.ts';

const targetOf = (story: KubernetesStory) => createScaleTarget(story.ground);

const stepTo = async (story: KubernetesStory, to: number): Promise<ScaleStep> => {
  const status = await targetOf(story).read(GATEWAY, soon());
  if (status.kind !== 'observed') throw new Error(`the gateway is ${status.kind}`);
  const { replicas, uid, generation } = status.value;
  return { target: GATEWAY, from: replicas, to, expectUid: uid, expectGeneration: generation };
};

const scaleTo = async (story: KubernetesStory, to: number) => targetOf(story).apply(await stepTo(story, to), soon());

const replicasOf = ({ api }: KubernetesStory): unknown => api.read(GATEWAY_PATH)?.spec.replicas;
const annotationsOf = ({ api }: KubernetesStory): Readonly<Record<string, string>> =>
  (api.read(GATEWAY_PATH)?.metadata.annotations ?? {}) as Record<string, string>;
const writesOf = ({ api }: KubernetesStory): readonly string[] => api.requests.filter((request) => !request.startsWith('GET'));

describe('a Deployment as a scale target', () => {
  for (const rule of SCALE_TARGET_CONTRACT) {
    it(rule.name, async () => {
      const story = createKubernetesStory();
      const settle = async (): Promise<void> =>
        story.api.edit(GATEWAY_PATH, 'kube-controller-manager', (gateway) => {
          gateway.status.readyReplicas = gateway.spec.replicas;
        });
      await rule.check({ target: targetOf(story), id: GATEWAY, settle });
    });
  }

  it('keeps the original value before it writes, and keeps the first one through later orders', async () => {
    const story = createKubernetesStory();
    expect(await scaleTo(story, 5)).toMatchObject({ ok: true, value: { replicas: 5 } });
    expect(writesOf(story)).toEqual([`PATCH ${GATEWAY_PATH}`, `PUT ${GATEWAY_PATH}/scale`]);
    expect(await scaleTo(story, 8)).toMatchObject({ ok: true, value: { replicas: 8 } });
    expect(annotationsOf(story)).toMatchObject({
      'foreshock.dev/original-replicas': '3',
      'foreshock.dev/changed-by': 'agent-0',
      'foreshock.dev/changed-at': '2026-03-02T09:00:00.000Z',
      'foreshock.dev/expires-at': '2026-03-02T10:00:00.000Z',
    });
  });

  it('announces once and writes through the status with which the controller answers every announcement', async () => {
    const story = createKubernetesStory();
    const step = await stepTo(story, 5);
    let answered: number | undefined;
    story.api.faults(({ method }) => {
      const generation = story.api.read(GATEWAY_PATH)?.metadata.generation;
      if (method !== 'PUT' || generation === answered) return undefined;
      answered = generation;
      story.api.edit(GATEWAY_PATH, 'kube-controller-manager', (gateway) => {
        gateway.status.observedGeneration = generation;
      });
      return undefined;
    });
    expect(await targetOf(story).apply(step, soon())).toMatchObject({ ok: true, value: { replicas: 5 } });
    expect(writesOf(story)).toEqual([`PATCH ${GATEWAY_PATH}`, `PUT ${GATEWAY_PATH}/scale`, `PUT ${GATEWAY_PATH}/scale`]);
  });

  it('is not stopped by the generation that its own annotations make', async () => {
    const story = createKubernetesStory();
    const step = await stepTo(story, 5);
    let writes = 0;
    story.api.faults(({ method }) => {
      if (method !== 'PUT') return undefined;
      writes += 1;
      return writes === 1 ? { kind: 'refused', code: 'CONFLICT' } : undefined;
    });
    expect(await targetOf(story).apply(step, soon())).toMatchObject({ ok: true, value: { replicas: 5 } });
  });

  it('writes through status updates that move the version but not the plan', async () => {
    const story = createKubernetesStory();
    const step = await stepTo(story, 5);
    let busy = 3;
    story.api.faults((request) => {
      if (request.method === 'GET' || busy === 0) return undefined;
      busy -= 1;
      story.api.edit(GATEWAY_PATH, 'kube-controller-manager', (gateway) => {
        gateway.status.observed = busy;
      });
      return undefined;
    });
    expect(await targetOf(story).apply(step, soon())).toMatchObject({ ok: true, value: { replicas: 5 } });
  });

  it('gives up after six conflicts', async () => {
    const story = createKubernetesStory();
    const step = await stepTo(story, 5);
    story.api.faults(({ method }) => (method === 'PATCH' ? { kind: 'refused', code: 'CONFLICT' } : undefined));
    expect(await targetOf(story).apply(step, soon())).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE', retryable: true } });
    expect(writesOf(story)).toHaveLength(6);
  });

  it('leaves a workload alone that an autoscaler owns, and names it', async () => {
    const story = createKubernetesStory();
    addHpa(story, { minReplicas: 2, maxReplicas: 9 });
    const step = await stepTo(story, 5);
    const refused = { code: 'OTHER_WRITER', message: expect.stringContaining('HorizontalPodAutoscaler gateway scales it') };
    expect(await targetOf(story).objection?.(step, soon())).toMatchObject(refused);
    expect(await targetOf(story).apply(step, soon())).toMatchObject({ ok: false, error: refused });
    expect(writesOf(story)).toEqual([]);
  });

  it('names KEDA behind its autoscaler', async () => {
    const story = createKubernetesStory();
    addHpa(story, { maxReplicas: 9 }, { ownerReferences: [{ kind: 'ScaledObject', name: 'gateway-events' }] });
    const refusal = await targetOf(story).objection?.(await stepTo(story, 5), soon());
    expect(refusal?.message).toContain('KEDA ScaledObject gateway-events');
  });

  it.each(['argocd-controller', 'kustomize-controller'])('never takes over what %s declares', async (manager) => {
    const story = createKubernetesStory();
    story.api.edit(GATEWAY_PATH, manager, (gateway) => {
      gateway.spec.replicas = 4;
    });
    expect(await scaleTo(story, 6)).toMatchObject({
      ok: false,
      error: { code: 'OTHER_WRITER', message: expect.stringContaining(manager) },
    });
    expect(replicasOf(story)).toBe(4);
  });

  it('stops when somebody writes after us, and goes on when a person has removed the annotations', async () => {
    const story = createKubernetesStory();
    await scaleTo(story, 6);
    story.clock.advance(60_000);
    story.api.edit(GATEWAY_PATH, 'kubectl', (gateway) => {
      gateway.spec.replicas = 3;
    });
    const refused = { ok: false, error: { code: 'OTHER_WRITER', message: expect.stringContaining('kubectl at 2026-03-02T09:01:00.000Z') } };
    expect(await scaleTo(story, 6)).toMatchObject(refused);
    story.clock.advance(3_600_000);
    expect(await scaleTo(story, 6)).toMatchObject(refused);
    expect(replicasOf(story)).toBe(3);
    story.api.edit(GATEWAY_PATH, 'kubectl', (gateway) => {
      gateway.metadata.annotations = {};
    });
    expect(await scaleTo(story, 6)).toMatchObject({ ok: true, value: { replicas: 6 } });
  });

  it('is not stopped by a new image, which writes another field', async () => {
    const story = createKubernetesStory();
    await scaleTo(story, 6);
    story.api.edit(GATEWAY_PATH, 'kubectl', (gateway) => {
      gateway.spec.template = { spec: { image: 'gateway:2' } };
    });
    expect(await scaleTo(story, 7)).toMatchObject({ ok: true, value: { replicas: 7 } });
  });

  it('writes nothing without the lease', async () => {
    const story = createKubernetesStory();
    const step = await stepTo(story, 5);
    story.leads = false;
    expect(await targetOf(story).apply(step, soon())).toMatchObject({ ok: false, error: { code: 'NOT_LEADER' } });
    expect(writesOf(story)).toEqual([]);
  });

  it('does not write the value when the lease is lost between the annotation and the value', async () => {
    const story = createKubernetesStory();
    const step = await stepTo(story, 5);
    story.api.faults(({ method }) => {
      if (method === 'PATCH') story.leads = false;
      return undefined;
    });
    expect(await targetOf(story).apply(step, soon())).toMatchObject({ ok: false, error: { code: 'NOT_LEADER' } });
    expect(replicasOf(story)).toBe(3);
  });

  it.each<[KubernetesFailureCode, string]>([
    ['FORBIDDEN', 'FORBIDDEN'],
    ['UNAUTHORIZED', 'FORBIDDEN'],
    ['INVALID', 'FORBIDDEN'],
    ['NOT_FOUND', 'STALE_PLAN'],
    ['GONE', 'UNAVAILABLE'],
    ['THROTTLED', 'UNAVAILABLE'],
    ['UNAVAILABLE', 'UNAVAILABLE'],
  ])('answers %s at any of its calls with an outcome, and the value stands as it was', async (code, expected) => {
    for (const failing of ['GET', 'PATCH', 'PUT']) {
      const story = createKubernetesStory();
      const step = await stepTo(story, 5);
      story.api.faults(({ method }) => (method === failing ? { kind: 'refused', code } : undefined));
      expect(await targetOf(story).apply(step, soon())).toMatchObject({ ok: false, error: { code: expected } });
      expect(replicasOf(story)).toBe(3);
    }
  });

  it('leaves a server alone for as long as its Retry-After says', async () => {
    const story = createKubernetesStory();
    const target = targetOf(story);
    const step = await stepTo(story, 5);
    story.api.faults(() => ({ kind: 'refused', code: 'THROTTLED', retryAfterMs: 7_000 }));
    await target.apply(step, soon());
    story.api.faults(() => undefined);
    const asked = story.api.requests.length;
    story.clock.advance(6_900);
    expect(await target.apply(step, soon())).toMatchObject({
      ok: false,
      error: { code: 'UNAVAILABLE', message: expect.stringContaining('1 s of rest') },
    });
    expect(await target.read(GATEWAY, soon())).toEqual({ kind: 'absent', reason: 'read-failed' });
    expect(story.api.requests).toHaveLength(asked);
    story.clock.advance(200);
    expect(await target.apply(step, soon())).toMatchObject({ ok: true });
  });

  it('takes a write whose answer was lost for done when it stands, and does not send it again', async () => {
    const story = createKubernetesStory();
    const step = await stepTo(story, 5);
    story.api.faults(({ method }) => (method === 'PUT' ? { kind: 'lost' } : undefined));
    expect(await targetOf(story).apply(step, soon())).toMatchObject({ ok: true, value: { replicas: 5 } });
    expect(writesOf(story).filter((request) => request.startsWith('PUT'))).toHaveLength(1);
  });

  it('takes an autoscaler that it cannot read for one that may own the workload, not for none', async () => {
    const story = createKubernetesStory();
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gateway' };
    story.api.create(HPAS, 'odd', { spec: { scaleTargetRef, maxReplicas: '10' } });
    expect(await scaleTo(story, 5)).toMatchObject({
      ok: false,
      error: { code: 'UNAVAILABLE', message: expect.stringContaining('items.0 is no Horizontal') },
    });
    expect(writesOf(story)).toEqual([]);
  });

  it('leaves a workload at 0 replicas that a person switched off, and goes on from 0 that it ordered itself', async () => {
    const story = createKubernetesStory();
    story.api.edit(GATEWAY_PATH, 'kubectl', (gateway) => {
      gateway.spec.replicas = 0;
    });
    const step = await stepTo(story, 2);
    expect(await targetOf(story).objection?.(step, soon())).toMatchObject({ code: 'OTHER_WRITER' });
    expect(await targetOf(story).apply(step, soon())).toMatchObject({
      ok: false,
      error: { code: 'OTHER_WRITER', message: expect.stringContaining('at 0 replicas') },
    });
    expect(writesOf(story)).toEqual([]);

    const ours = createKubernetesStory();
    expect(await scaleTo(ours, 0)).toMatchObject({ ok: true });
    expect(await scaleTo(ours, 2)).toMatchObject({ ok: true, value: { replicas: 2 } });
  });

  it('fails closed when it may not look for autoscalers', async () => {
    const story = createKubernetesStory();
    const step = await stepTo(story, 5);
    story.api.faults(({ path }) => (path === HPAS ? { kind: 'refused', code: 'FORBIDDEN' } : undefined));
    expect(await targetOf(story).apply(step, soon())).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } });
  });

  it('does not take an annotation that holds no number for an original value', async () => {
    const story = createKubernetesStory();
    story.api.edit(GATEWAY_PATH, 'kubectl', (gateway) => {
      gateway.metadata.annotations = { 'foreshock.dev/original-replicas': '<b>3</b>' };
    });
    expect(await scaleTo(story, 6)).toMatchObject({ ok: false, error: { code: 'OTHER_WRITER' } });
  });

  it('reads an object of an unexpected shape as a failed read, not as zero replicas', async () => {
    const story = createKubernetesStory();
    story.api.create(DEPLOYMENTS, 'odd', { spec: { replicas: 'three' } });
    expect(await targetOf(story).read('deployment/payments/odd', soon())).toEqual({ kind: 'absent', reason: 'read-failed' });
  });
});

describe('an agent killed in the midst of an order', () => {
  /** Each call it makes, with the call carried out or not. */
  const kills = [1, 2, 3, 4, 5].flatMap((call) => (['silent', 'lost'] as const).map((kind) => ({ call, kind })));

  it.each(kills)('at call $call ($kind) leaves what the next one continues, with the original kept', async ({ call, kind }) => {
    const story = createKubernetesStory();
    const step = await stepTo(story, 5);
    const before = story.api.requests.length;
    // From this call on the first agent hears nothing and does nothing: dead.
    story.api.faults((_request, number): SimulatedFault | undefined => {
      if (number - before < call) return undefined;
      return number - before === call ? { kind } : { kind: 'silent' };
    });
    await targetOf(story).apply(step, soon());
    story.api.faults(() => undefined);

    const replicas = replicasOf(story);
    expect([3, 5]).toContain(replicas);
    if (replicas === 5) expect(annotationsOf(story)['foreshock.dev/original-replicas']).toBe('3');
    const next = replicas === 5 ? 7 : 5;
    expect(await scaleTo(story, next)).toMatchObject({ ok: true, value: { replicas: next } });
    expect(annotationsOf(story)['foreshock.dev/original-replicas']).toBe('3');
  });

  it('after the annotation is stopped by whoever writes the value before the next one comes', async () => {
    const story = createKubernetesStory();
    const step = await stepTo(story, 5);
    story.api.faults(({ method }) => (method === 'PUT' ? { kind: 'silent' } : undefined));
    await targetOf(story).apply(step, soon());
    story.api.faults(() => undefined);
    story.api.edit(GATEWAY_PATH, 'kubectl', (gateway) => {
      gateway.spec.replicas = 9;
    });
    expect(await scaleTo(story, 5)).toMatchObject({ ok: false, error: { code: 'OTHER_WRITER' } });
    expect(replicasOf(story)).toBe(9);
  });
});
