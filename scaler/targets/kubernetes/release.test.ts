import { describe, expect, it } from 'vitest';
import { createHpaFloorTarget } from '../hpa-floor/index.ts';
import { createScaleTarget } from '../scale/index.ts';
import type { ScaleTarget } from '../target.ts';
import { releaseNamespace } from './release.ts';
import {
  addHpa,
  createKubernetesStory,
  GATEWAY,
  GATEWAY_HPA_PATH,
  GATEWAY_PATH,
  HPAS,
  type KubernetesStory,
  soon,
} from './story.fixture.ts';

const order = async (target: ScaleTarget, to: number): Promise<void> => {
  const status = await target.read(GATEWAY, soon());
  if (status.kind !== 'observed') throw new Error(`the gateway is ${status.kind}`);
  const { replicas, uid, generation } = status.value;
  const applied = await target.apply({ target: GATEWAY, from: replicas, to, expectUid: uid, expectGeneration: generation }, soon());
  if (!applied.ok) throw new Error(applied.error.message);
};

const release = ({ ground }: KubernetesStory) => releaseNamespace(ground, 'payments', soon());
const marksOf = ({ api }: KubernetesStory, path: string): readonly string[] =>
  Object.keys((api.read(path)?.metadata.annotations ?? {}) as object).filter((name) => name.startsWith('foreshock.dev/'));

describe('release', () => {
  it('restores replicas and takes the annotations off, and finds nothing the second time', async () => {
    const story = createKubernetesStory();
    await order(createScaleTarget(story.ground), 7);
    expect(await release(story)).toEqual([{ object: GATEWAY, kind: 'restored', message: 'replicas 7 -> 3' }]);
    expect(story.api.read(GATEWAY_PATH)?.spec.replicas).toBe(3);
    expect(marksOf(story, GATEWAY_PATH)).toEqual([]);
    expect(await release(story)).toEqual([]);
  });

  it('says what it restored also when a status of the pods comes between the value and the annotations', async () => {
    const story = createKubernetesStory();
    await order(createScaleTarget(story.ground), 7);
    let busy = true;
    story.api.faults(({ method }) => {
      if (method !== 'PATCH' || !busy) return undefined;
      busy = false;
      story.api.edit(GATEWAY_PATH, 'kube-controller-manager', (gateway) => {
        gateway.status.readyReplicas = 4;
      });
      return undefined;
    });
    expect(await release(story)).toEqual([{ object: GATEWAY, kind: 'restored', message: 'replicas 7 -> 3' }]);
  });

  it('restores the floor of an autoscaler', async () => {
    const story = createKubernetesStory();
    addHpa(story, { minReplicas: 2, maxReplicas: 9 });
    await order(createHpaFloorTarget(story.ground), 6);
    expect(await release(story)).toEqual([
      { object: 'horizontalpodautoscaler/payments/gateway', kind: 'restored', message: 'minReplicas 6 -> 2' },
    ]);
    expect(story.api.read(GATEWAY_HPA_PATH)?.spec.minReplicas).toBe(2);
    expect(marksOf(story, GATEWAY_HPA_PATH)).toEqual([]);
  });

  it('leaves the value of another writer and lets go all the same, so that a person resets by it', async () => {
    const story = createKubernetesStory();
    await order(createScaleTarget(story.ground), 7);
    story.api.edit(GATEWAY_PATH, 'kubectl', (gateway) => {
      gateway.spec.replicas = 4;
    });
    expect(await release(story)).toMatchObject([{ kind: 'left', message: expect.stringContaining('kubectl') }]);
    expect(story.api.read(GATEWAY_PATH)?.spec.replicas).toBe(4);
    expect(marksOf(story, GATEWAY_PATH)).toEqual([]);
    await order(createScaleTarget(story.ground), 5);
  });

  it('does not write replicas that an autoscaler has taken over since', async () => {
    const story = createKubernetesStory();
    await order(createScaleTarget(story.ground), 7);
    addHpa(story, { minReplicas: 2, maxReplicas: 9 });
    expect(await release(story)).toMatchObject([
      { object: GATEWAY, kind: 'left', message: expect.stringContaining('HorizontalPodAutoscaler gateway') },
    ]);
    expect(story.api.read(GATEWAY_PATH)?.spec.replicas).toBe(7);
  });

  it('takes off what an order that was announced and never written left behind', async () => {
    const story = createKubernetesStory();
    story.api.faults(({ method }) => (method === 'PUT' ? { kind: 'silent' } : undefined));
    await order(createScaleTarget(story.ground), 7).catch(() => undefined);
    story.api.faults(() => undefined);
    expect(await release(story)).toMatchObject([{ kind: 'restored', message: 'replicas stand at 3 already' }]);
    expect(marksOf(story, GATEWAY_PATH)).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 6].flatMap((call) => (['silent', 'lost'] as const).map((kind) => ({ call, kind }))))(
    'cut off at call $call ($kind) is finished by the next one',
    async ({ call, kind }) => {
      const story = createKubernetesStory();
      await order(createScaleTarget(story.ground), 7);
      const before = story.api.requests.length;
      story.api.faults((_request, number) =>
        number - before < call ? undefined : number - before === call ? { kind } : { kind: 'silent' },
      );
      await release(story);
      story.api.faults(() => undefined);
      await release(story);
      expect(story.api.read(GATEWAY_PATH)?.spec.replicas).toBe(3);
      expect(marksOf(story, GATEWAY_PATH)).toEqual([]);
    },
  );

  it('says what it may not look at', async () => {
    const story = createKubernetesStory();
    story.api.faults(({ path }) => (path === HPAS ? { kind: 'refused', code: 'FORBIDDEN' } : undefined));
    expect(await release(story)).toMatchObject([{ object: 'horizontalpodautoscalers in payments', kind: 'failed' }]);
  });
});
