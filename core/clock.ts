import type { DurationMs, Instant } from './time.ts';

/** The wall clock may jump; it dates events and never measures durations. */
export interface WallClock {
  now(): Instant;
}

/** Never goes back; its zero means nothing. Milliseconds, with fractions. */
export interface MonotonicClock {
  elapsedMs(): number;
}

/** Waiting is a port, so that a whole agent runs in simulated time. */
export interface Timer {
  /** Calls back once after `delay`; the returned function cancels. */
  after(delay: DurationMs, callback: () => void): () => void;
  /** Calls back repeatedly; the returned function cancels. */
  every(period: DurationMs, callback: () => void): () => void;
}

export interface Clock extends WallClock, MonotonicClock, Timer {}

/** Resolves after `delay`, or earlier when the signal aborts; never rejects. */
export const sleep = (timer: Timer, delay: DurationMs, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = timer.after(delay, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
