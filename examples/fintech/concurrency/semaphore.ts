import type { Timer } from '../../../core/clock.ts';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';

export type Release = () => void;
export type AcquireFailure = Failure<'QUEUE_FULL' | 'WAIT_TIMEOUT' | 'CLOSED'>;

/** Counted permits, handed out strictly in the order of asking. */
export interface Semaphore {
  readonly used: number;
  readonly waiting: number;
  readonly permits: number;
  /** Resolves with the release (calling it again does nothing), or says why there is no permit. */
  acquire(): Promise<Outcome<Release, AcquireFailure>>;
  /** Refuses everyone who waits and everyone who comes. */
  close(): void;
}

export interface SemaphoreOptions {
  readonly permits: number;
  /** Bound of the queue; one more is refused at once. */
  readonly maxWaiting: number;
  /** Absent: no one gives up waiting. */
  readonly waitTimeoutMs?: number;
  readonly timer: Timer;
}

interface Waiter {
  readonly settle: (outcome: Outcome<Release, AcquireFailure>) => void;
  cancelTimeout: () => void;
}

export const createSemaphore = ({ permits, maxWaiting, waitTimeoutMs, timer }: SemaphoreOptions): Semaphore => {
  // A Set keeps the order of asking and drops a waiter from the middle in constant time.
  const queue = new Set<Waiter>();
  let used = 0;
  let closed = false;

  const grant = (): Release => {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      passOn();
    };
  };

  // The permit goes straight to the first in line: were it put back, a newcomer could overtake.
  const passOn = (): void => {
    for (const waiter of queue) {
      queue.delete(waiter);
      waiter.cancelTimeout();
      waiter.settle(succeed(grant()));
      return;
    }
    used -= 1;
  };

  const join = (): Promise<Outcome<Release, AcquireFailure>> =>
    new Promise((settle) => {
      const waiter: Waiter = { settle, cancelTimeout: () => {} };
      queue.add(waiter);
      if (waitTimeoutMs === undefined) return;
      waiter.cancelTimeout = timer.after(waitTimeoutMs, () => {
        queue.delete(waiter);
        settle(fail('WAIT_TIMEOUT', `no permit within ${waitTimeoutMs} ms`, { retryable: true }));
      });
    });

  return {
    permits,
    get used() {
      return used;
    },
    get waiting() {
      return queue.size;
    },
    async acquire() {
      if (closed) return fail('CLOSED', 'closed for new work', { retryable: true });
      if (used < permits) {
        used += 1;
        return succeed(grant());
      }
      if (queue.size >= maxWaiting) return fail('QUEUE_FULL', `${maxWaiting} are waiting already`, { retryable: true });
      return join();
    },
    close() {
      closed = true;
      for (const waiter of queue) {
        waiter.cancelTimeout();
        waiter.settle(fail('CLOSED', 'closed while waiting', { retryable: true }));
      }
      queue.clear();
    },
  };
};
