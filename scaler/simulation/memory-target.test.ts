import { describe, expect, it } from 'vitest';
import { createSimulatedClock } from '../../core/simulated-clock.ts';
import { SCALE_TARGET_CONTRACT } from '../targets/contract.ts';
import { createMemoryTarget } from './memory-target.ts';

const signal = AbortSignal.timeout(60_000);

describe('the memory target', () => {
  const clock = createSimulatedClock(0);
  const target = createMemoryTarget({ id: 'memory/gateway', clock, replicas: 1, maxReplicas: 5, leadMs: 4_000 });
  for (const rule of SCALE_TARGET_CONTRACT) {
    it(rule.name, () => rule.check({ target, id: 'memory/gateway', settle: async () => clock.advance(4_000) }));
  }

  it('has an ordered replica ready one lead later, and loses removed ones at once', async () => {
    const own = createMemoryTarget({ id: 'a', clock, replicas: 2, maxReplicas: 5, leadMs: 4_000, uid: 'u' });
    await own.apply({ target: 'a', from: 2, to: 4, expectUid: 'u', expectGeneration: 1 }, signal);
    clock.advance(3_999);
    expect(await own.read('a', signal)).toMatchObject({ value: { replicas: 4, ready: 2 } });
    clock.advance(1);
    expect(await own.read('a', signal)).toMatchObject({ value: { replicas: 4, ready: 4 } });
    await own.apply({ target: 'a', from: 4, to: 1, expectUid: 'u', expectGeneration: 2 }, signal);
    expect(await own.read('a', signal)).toMatchObject({ value: { replicas: 1, ready: 1 } });
  });

  it('refuses more than its maximum', async () => {
    const own = createMemoryTarget({ id: 'a', clock, replicas: 2, maxReplicas: 5, leadMs: 0, uid: 'u' });
    const outcome = await own.apply({ target: 'a', from: 2, to: 6, expectUid: 'u', expectGeneration: 1 }, signal);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'FORBIDDEN', message: 'a: at most 5 replicas, not 6' } });
  });
});
