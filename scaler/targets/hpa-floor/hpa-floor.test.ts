import { describe, expect, it } from 'vitest';
import type { ScaleStep } from '../../recommendation.ts';
import { SCALE_TARGET_CONTRACT } from '../contract.ts';
import {
  addHpa,
  createKubernetesStory,
  GATEWAY,
  GATEWAY_HPA_PATH,
  GATEWAY_PATH,
  HPAS,
  type KubernetesStory,
  soon,
} from '../kubernetes/story.fixture.ts';
import { createHpaFloorTarget } from './index.ts';

const targetOf = (story: KubernetesStory) => createHpaFloorTarget(story.ground);

const storyWith = (minReplicas: number, maxReplicas: number): KubernetesStory => {
  const story = createKubernetesStory();
  addHpa(story, { minReplicas, maxReplicas });
  return story;
};

const stepTo = async (story: KubernetesStory, to: number): Promise<ScaleStep> => {
  const status = await targetOf(story).read(GATEWAY, soon());
  if (status.kind !== 'observed') throw new Error(`the floor is ${status.kind}`);
  const { replicas, uid, generation } = status.value;
  return { target: GATEWAY, from: replicas, to, expectUid: uid, expectGeneration: generation };
};

const floorTo = async (story: KubernetesStory, to: number) => targetOf(story).apply(await stepTo(story, to), soon());
const floorOf = ({ api }: KubernetesStory): unknown => api.read(GATEWAY_HPA_PATH)?.spec.minReplicas;

describe('the floor of a HorizontalPodAutoscaler as a scale target', () => {
  for (const rule of SCALE_TARGET_CONTRACT) {
    it(rule.name, async () => {
      const story = storyWith(0, 5);
      const settle = async (): Promise<void> =>
        story.api.edit(GATEWAY_PATH, 'kube-controller-manager', (gateway) => {
          gateway.status.readyReplicas = story.api.read(GATEWAY_HPA_PATH)?.spec.minReplicas;
        });
      await rule.check({ target: targetOf(story), id: GATEWAY, settle });
    });
  }

  it('moves value and annotations in one write', async () => {
    const story = storyWith(2, 9);
    expect(await floorTo(story, 6)).toMatchObject({ ok: true, value: { replicas: 6 } });
    expect(story.api.requests.filter((request) => !request.startsWith('GET'))).toEqual([`PATCH ${GATEWAY_HPA_PATH}`]);
    expect(story.api.read(GATEWAY_HPA_PATH)?.metadata.annotations).toMatchObject({ 'foreshock.dev/original-min-replicas': '2' });
    expect(story.api.read(GATEWAY_PATH)?.spec.replicas).toBe(3);
  });

  it('is moved although somebody wrote nonsense where our orders are counted', async () => {
    const story = storyWith(2, 9);
    story.api.edit(GATEWAY_HPA_PATH, 'kubectl', (hpa) => {
      hpa.metadata.annotations = { 'foreshock.dev/orders': '1e999' };
    });
    expect((await stepTo(story, 6)).expectGeneration).toBe(0);
    expect(await floorTo(story, 6)).toMatchObject({ ok: true, value: { replicas: 6, generation: 1 } });
    expect(story.api.read(GATEWAY_HPA_PATH)?.metadata.annotations).toMatchObject({ 'foreshock.dev/orders': '1' });
  });

  it('never goes above maxReplicas, and says so instead of asking again', async () => {
    const story = storyWith(2, 5);
    expect(await floorTo(story, 8)).toMatchObject({ ok: true, value: { replicas: 5 } });
    const refusal = await targetOf(story).objection?.(await stepTo(story, 8), soon());
    expect(refusal).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('maxReplicas is 5') });
  });

  it('never goes below the floor that stood before us', async () => {
    const story = storyWith(3, 9);
    await floorTo(story, 6);
    expect(await floorTo(story, 1)).toMatchObject({ ok: true, value: { replicas: 3 } });
    expect(await floorTo(story, 1)).toMatchObject({
      ok: false,
      error: { code: 'FORBIDDEN', message: expect.stringContaining('was 3 before us') },
    });
  });

  it('leaves the floor of a ScaledObject to KEDA', async () => {
    const story = createKubernetesStory();
    addHpa(story, { minReplicas: 1, maxReplicas: 9 }, { ownerReferences: [{ kind: 'ScaledObject', name: 'gateway-events' }] });
    expect(await floorTo(story, 4)).toMatchObject({
      ok: false,
      error: { code: 'OTHER_WRITER', message: expect.stringContaining('gateway-events') },
    });
    expect(floorOf(story)).toBe(1);
  });

  it('stops when somebody writes the floor after us', async () => {
    const story = storyWith(2, 9);
    await floorTo(story, 6);
    story.api.edit(GATEWAY_HPA_PATH, 'argocd-controller', (hpa) => {
      hpa.spec.minReplicas = 2;
    });
    expect(await floorTo(story, 6)).toMatchObject({
      ok: false,
      error: { code: 'OTHER_WRITER', message: expect.stringContaining('argocd-controller') },
    });
    expect(floorOf(story)).toBe(2);
  });

  it('is absent without an autoscaler, and a failed read with two', async () => {
    const story = createKubernetesStory();
    expect(await targetOf(story).read(GATEWAY, soon())).toEqual({ kind: 'absent', reason: 'never-seen' });
    addHpa(story, { maxReplicas: 5 });
    story.api.create(HPAS, 'gateway-too', { spec: { maxReplicas: 4, scaleTargetRef: { kind: 'Deployment', name: 'gateway' } } });
    expect(await targetOf(story).read(GATEWAY, soon())).toEqual({ kind: 'absent', reason: 'read-failed' });
  });

  it('writes nothing without the lease', async () => {
    const story = storyWith(2, 9);
    const step = await stepTo(story, 4);
    story.leads = false;
    expect(await targetOf(story).apply(step, soon())).toMatchObject({ ok: false, error: { code: 'NOT_LEADER' } });
    expect(floorOf(story)).toBe(2);
  });

  it.each([1, 2, 3, 4, 5].flatMap((call) => (['silent', 'lost'] as const).map((kind) => ({ call, kind }))))(
    'killed at call $call ($kind) has moved the floor with its annotation, or neither',
    async ({ call, kind }) => {
      const story = storyWith(2, 9);
      const step = await stepTo(story, 6);
      const before = story.api.requests.length;
      story.api.faults((_request, number) =>
        number - before < call ? undefined : number - before === call ? { kind } : { kind: 'silent' },
      );
      await targetOf(story).apply(step, soon());
      const annotations = (story.api.read(GATEWAY_HPA_PATH)?.metadata.annotations ?? {}) as Record<string, string>;
      expect([floorOf(story), annotations['foreshock.dev/original-min-replicas']]).toEqual(
        floorOf(story) === 6 ? [6, '2'] : [2, undefined],
      );
    },
  );
});
