import { describe, expect, it } from 'vitest';
import { createSimulatedClock } from '../../../core/simulated-clock.ts';
import { createPool } from './pool.ts';

const poolOfTwo = (clock = createSimulatedClock(0)) => createPool({ max: 2, maxPending: 5, acquireTimeoutMs: 400, timer: clock });

describe('pool', () => {
  it('queues when all connections are lent, and serves the queue as they return', async () => {
    const pool = poolOfTwo();
    const first = await pool.acquire();
    await pool.acquire();
    const waiting = pool.acquire();
    expect([pool.used, pool.idle, pool.pending]).toEqual([2, 0, 1]);
    if (first.ok) first.value.release();
    expect((await waiting).ok).toBe(true);
    expect([pool.used, pool.idle, pool.pending]).toEqual([2, 0, 0]);
  });

  it('times out after 400 ms when every connection leaked, and has them all back once reclaimed', async () => {
    const clock = createSimulatedClock(0);
    const pool = poolOfTwo(clock);
    for (const connection of [await pool.acquire(), await pool.acquire()]) if (connection.ok) connection.value.leak();
    const starved = pool.acquire();
    clock.advance(399);
    expect([pool.leaked, pool.used, pool.pending, pool.timeouts]).toEqual([2, 2, 1, 0]);
    clock.advance(1);
    expect(await starved).toMatchObject({ ok: false, error: { code: 'WAIT_TIMEOUT' } });
    expect(pool.timeouts).toBe(1);
    pool.reclaimLeaked();
    expect([pool.leaked, pool.used, pool.idle]).toEqual([0, 0, 2]);
    pool.reclaimLeaked();
    expect(pool.idle).toBe(2);
  });
});
