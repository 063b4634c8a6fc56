import { describe, expect, it } from 'vitest';
import { sleep } from '../../../core/clock.ts';
import { createSimulatedClock } from '../../../core/simulated-clock.ts';
import { pass } from '../services/service-context.fixture.ts';
import { createLock } from './lock.ts';

describe('lock', () => {
  it('runs sections one at a time, first come first served', async () => {
    const clock = createSimulatedClock(0);
    const lock = createLock({ maxWaiting: 10, waitTimeoutMs: 1_000, timer: clock });
    const events: string[] = [];
    const section = (name: string, ms: number) => async (): Promise<void> => {
      events.push(`${name} in at ${clock.elapsedMs()}`);
      await sleep(clock, ms);
      events.push(`${name} out at ${clock.elapsedMs()}`);
    };
    void lock.run(section('a', 30));
    void lock.run(section('b', 5));
    void lock.run(section('c', 5));
    await pass(clock, 1);
    expect(lock.waiting).toBe(2);
    await pass(clock, 60);
    expect(events).toEqual(['a in at 0', 'a out at 30', 'b in at 30', 'b out at 35', 'c in at 35', 'c out at 40']);
    expect(lock.held).toBe(false);
  });

  it('is free again after a section threw', async () => {
    const lock = createLock({ maxWaiting: 10, waitTimeoutMs: 1_000, timer: createSimulatedClock(0) });
    await expect(lock.run(() => Promise.reject(new Error('broken posting')))).rejects.toThrow('broken posting');
    expect(await lock.run(async () => 7)).toEqual({ ok: true, value: 7 });
  });

  it('tells who waited too long, and never runs that section', async () => {
    const clock = createSimulatedClock(0);
    const lock = createLock({ maxWaiting: 10, waitTimeoutMs: 50, timer: clock });
    void lock.run(() => sleep(clock, 200));
    let ran = false;
    const late = lock.run(async () => {
      ran = true;
    });
    await pass(clock, 60);
    expect(await late).toMatchObject({ ok: false, error: { code: 'WAIT_TIMEOUT' } });
    await pass(clock, 200);
    expect(ran).toBe(false);
  });
});
