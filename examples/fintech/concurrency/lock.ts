import type { Timer } from '../../../core/clock.ts';
import { type Outcome, succeed } from '../../../core/outcome.ts';
import { type AcquireFailure, createSemaphore } from './semaphore.ts';

/** Mutual exclusion for asynchronous sections, first come first served. */
export interface Lock {
  readonly held: boolean;
  readonly waiting: number;
  /** Runs the section alone; the lock is free again when it settles, also when it throws. */
  run<Value>(section: () => Promise<Value>): Promise<Outcome<Value, AcquireFailure>>;
  close(): void;
}

export interface LockOptions {
  readonly maxWaiting: number;
  readonly waitTimeoutMs: number;
  readonly timer: Timer;
}

export const createLock = (options: LockOptions): Lock => {
  const semaphore = createSemaphore({ permits: 1, ...options });
  return {
    get held() {
      return semaphore.used > 0;
    },
    get waiting() {
      return semaphore.waiting;
    },
    async run(section) {
      const turn = await semaphore.acquire();
      if (!turn.ok) return turn;
      try {
        return succeed(await section());
      } finally {
        turn.value();
      }
    },
    close: () => semaphore.close(),
  };
};
