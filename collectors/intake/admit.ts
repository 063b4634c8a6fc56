import type { Timer } from '../../core/clock.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { DurationMs } from '../../core/time.ts';

export type AdmissionFailure = Failure<'too_many_waiters' | 'admission_timeout'>;

/** Bytes held until `release`, which may be called more than once. */
export interface Admission {
  release(): void;
  /** Gives back all but `bytes`, once the true size is known. */
  shrinkTo(bytes: number): void;
}

/** A counted budget of bytes with a bounded queue: memory is bounded before anything is decoded. */
export interface AdmissionGate {
  readonly admittedBytes: number;
  readonly waiters: number;
  /** Waits in order of arrival. A request larger than the whole gate is let in alone. */
  acquire(bytes: number): Promise<Outcome<Admission, AdmissionFailure>>;
  /** Without waiting; undefined when it does not fit now. */
  tryAcquire(bytes: number): Admission | undefined;
}

interface Waiter {
  readonly bytes: number;
  readonly admit: () => void;
}

export interface AdmissionLimits {
  readonly bytes: number;
  readonly waiters: number;
  /** Longest wait; exporters give up after about 10 s themselves. */
  readonly waitMs: DurationMs;
}

export const createAdmissionGate = (limits: AdmissionLimits, timer: Timer): AdmissionGate => {
  let held = 0;
  const queue: Waiter[] = [];

  const admitWaiting = (): void => {
    for (let next = queue[0]; next !== undefined && held + next.bytes <= limits.bytes; next = queue[0]) {
      queue.shift();
      next.admit();
    }
  };

  const take = (bytes: number): Admission => {
    let mine = bytes;
    held += bytes;
    const giveBack = (back: number): void => {
      mine -= back;
      held -= back;
      if (back > 0) admitWaiting();
    };
    return {
      release: () => giveBack(mine),
      shrinkTo: (target) => giveBack(Math.max(0, mine - target)),
    };
  };

  return {
    get admittedBytes() {
      return held;
    },
    get waiters() {
      return queue.length;
    },
    tryAcquire(wanted) {
      const bytes = Math.min(wanted, limits.bytes);
      return queue.length === 0 && held + bytes <= limits.bytes ? take(bytes) : undefined;
    },
    acquire(wanted) {
      const bytes = Math.min(wanted, limits.bytes);
      if (queue.length === 0 && held + bytes <= limits.bytes) return Promise.resolve(succeed(take(bytes)));
      if (queue.length >= limits.waiters) {
        const message = `${held} bytes are being decoded and ${queue.length} requests wait already`;
        return Promise.resolve(fail('too_many_waiters', message, { retryable: true }));
      }
      return new Promise((resolve) => {
        const waiter: Waiter = {
          bytes,
          admit() {
            cancel();
            resolve(succeed(take(bytes)));
          },
        };
        const cancel = timer.after(limits.waitMs, () => {
          queue.splice(queue.indexOf(waiter), 1);
          resolve(fail('admission_timeout', `not admitted within ${limits.waitMs / 1_000} s`, { retryable: true }));
          admitWaiting();
        });
        queue.push(waiter);
      });
    },
  };
};
