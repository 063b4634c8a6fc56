import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSimulatedClock } from '../../../core/simulated-clock.ts';
import { createSemaphore, type Release } from './semaphore.ts';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('semaphore', () => {
  it('never hands out more permits than it has, and serves in the order of asking, whatever the order of returning', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 60 }),
        async (permits, moves) => {
          const semaphore = createSemaphore({ permits, maxWaiting: 1_000, timer: createSimulatedClock(0) });
          const held: Release[] = [];
          const served: number[] = [];
          let asked = 0;
          for (const move of moves) {
            if (move < 4 || held.length === 0) {
              const ticket = asked;
              asked += 1;
              void semaphore.acquire().then((turn) => {
                if (!turn.ok) return;
                served.push(ticket);
                held.push(turn.value);
              });
            } else held.splice(move % held.length, 1)[0]?.();
            await settled();
            expect(semaphore.used).toBeLessThanOrEqual(permits);
            expect(held.length).toBe(semaphore.used);
            expect(semaphore.waiting).toBe(asked - served.length);
          }
          expect(served).toEqual(Array.from({ length: served.length }, (_, ticket) => ticket));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses at once when the queue is full', async () => {
    const semaphore = createSemaphore({ permits: 1, maxWaiting: 1, timer: createSimulatedClock(0) });
    await semaphore.acquire();
    void semaphore.acquire();
    expect(await semaphore.acquire()).toMatchObject({ ok: false, error: { code: 'QUEUE_FULL', retryable: true } });
  });

  it('gives up after the timeout, and passes the next permit to those still waiting', async () => {
    const clock = createSimulatedClock(0);
    const semaphore = createSemaphore({ permits: 1, maxWaiting: 9, waitTimeoutMs: 400, timer: clock });
    const first = await semaphore.acquire();
    const impatient = semaphore.acquire();
    clock.advance(200);
    const patient = semaphore.acquire();
    clock.advance(200);
    expect(await impatient).toMatchObject({ ok: false, error: { code: 'WAIT_TIMEOUT' } });
    if (first.ok) first.value();
    expect(await patient).toMatchObject({ ok: true });
    expect(semaphore.used).toBe(1);
    clock.advance(1_000);
    expect(semaphore.used).toBe(1);
  });

  it('counts a release once, however often it is called', async () => {
    const semaphore = createSemaphore({ permits: 2, maxWaiting: 9, timer: createSimulatedClock(0) });
    const turn = await semaphore.acquire();
    await semaphore.acquire();
    if (turn.ok) {
      turn.value();
      turn.value();
    }
    expect(semaphore.used).toBe(1);
  });

  it('refuses those who wait and those who come once closed', async () => {
    const semaphore = createSemaphore({ permits: 1, maxWaiting: 9, timer: createSimulatedClock(0) });
    await semaphore.acquire();
    const waiting = semaphore.acquire();
    semaphore.close();
    expect(await waiting).toMatchObject({ ok: false, error: { code: 'CLOSED' } });
    expect(await semaphore.acquire()).toMatchObject({ ok: false, error: { code: 'CLOSED' } });
  });
});
