import { describe, expect, it } from 'vitest';
import { createSimulatedClock } from '../../core/simulated-clock.ts';
import { type Admission, createAdmissionGate } from './admit.ts';

const admitted = (outcome: { ok: boolean; value?: Admission }): Admission => {
  if (!outcome.ok || outcome.value === undefined) throw new Error('not admitted');
  return outcome.value;
};

describe('admission', () => {
  it('lets requests wait in order until bytes are released', async () => {
    const gate = createAdmissionGate({ bytes: 100, waiters: 10, waitMs: 1_000 }, createSimulatedClock(0));
    const order: string[] = [];
    const first = admitted(await gate.acquire(80));
    const second = gate.acquire(60).then((outcome) => {
      order.push('second');
      return admitted(outcome);
    });
    const third = gate.acquire(10).then(() => order.push('third'));
    expect(gate.waiters).toBe(2);
    first.release();
    await Promise.all([second, third]);
    expect(order).toEqual(['second', 'third']);
    expect(gate.admittedBytes).toBe(70);
  });

  it('refuses, retryably, when as many wait as may', async () => {
    const gate = createAdmissionGate({ bytes: 10, waiters: 1, waitMs: 1_000 }, createSimulatedClock(0));
    await gate.acquire(10);
    void gate.acquire(1);
    const outcome = await gate.acquire(1);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'too_many_waiters', retryable: true } });
  });

  it('refuses a request that waited too long and lets the next one in', async () => {
    const clock = createSimulatedClock(0);
    const gate = createAdmissionGate({ bytes: 10, waiters: 5, waitMs: 1_000 }, clock);
    await gate.acquire(5);
    const large = gate.acquire(10);
    clock.advance(500);
    const small = gate.acquire(5);
    clock.advance(500);
    expect(await large).toMatchObject({ ok: false, error: { code: 'admission_timeout', retryable: true } });
    expect((await small).ok).toBe(true);
  });

  it('lets a request larger than the gate in alone, and never counts a release twice', async () => {
    const gate = createAdmissionGate({ bytes: 10, waiters: 5, waitMs: 1_000 }, createSimulatedClock(0));
    const huge = admitted(await gate.acquire(1_000));
    expect(gate.tryAcquire(1)).toBeUndefined();
    huge.shrinkTo(4);
    expect(gate.admittedBytes).toBe(4);
    huge.release();
    huge.release();
    expect(gate.admittedBytes).toBe(0);
  });
});
