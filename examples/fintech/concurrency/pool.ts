import type { Timer } from '../../../core/clock.ts';
import { type Outcome, succeed } from '../../../core/outcome.ts';
import { type AcquireFailure, createSemaphore, type Release } from './semaphore.ts';

/** A borrowed connection. It must go back by `release`, or be `leak`ed, which is what a bug does. */
export interface Connection {
  release(): void;
  /** Never comes back by itself; only `reclaimLeaked` returns it. */
  leak(): void;
}

/** A bounded connection pool with a queue, as database drivers have. */
export interface Pool {
  readonly max: number;
  /** Lent out, leaked ones included. */
  readonly used: number;
  readonly idle: number;
  readonly pending: number;
  readonly leaked: number;
  /** Since the start: how many gave up waiting. */
  readonly timeouts: number;
  acquire(): Promise<Outcome<Connection, AcquireFailure>>;
  reclaimLeaked(): void;
  close(): void;
}

export interface PoolOptions {
  readonly max: number;
  readonly maxPending: number;
  readonly acquireTimeoutMs: number;
  readonly timer: Timer;
}

export const createPool = ({ max, maxPending, acquireTimeoutMs, timer }: PoolOptions): Pool => {
  const semaphore = createSemaphore({ permits: max, maxWaiting: maxPending, waitTimeoutMs: acquireTimeoutMs, timer });
  const leaked = new Set<Release>();
  let timeouts = 0;
  return {
    max,
    get used() {
      return semaphore.used;
    },
    get idle() {
      return max - semaphore.used;
    },
    get pending() {
      return semaphore.waiting;
    },
    get leaked() {
      return leaked.size;
    },
    get timeouts() {
      return timeouts;
    },
    async acquire() {
      const turn = await semaphore.acquire();
      if (!turn.ok) {
        if (turn.error.code === 'WAIT_TIMEOUT') timeouts += 1;
        return turn;
      }
      const release = turn.value;
      return succeed({ release, leak: () => void leaked.add(release) });
    },
    reclaimLeaked() {
      for (const release of leaked) release();
      leaked.clear();
    },
    close: () => semaphore.close(),
  };
};
