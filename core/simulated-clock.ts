import type { Clock } from './clock.ts';
import type { DurationMs, Instant } from './time.ts';

interface Due {
  readonly order: number;
  readonly callback: () => void;
  readonly period: DurationMs | undefined;
  at: Instant;
  cancelled: boolean;
}

export interface SimulatedClock extends Clock {
  /** Moves time forward, running every callback that falls due, in order of time and then of registration. */
  advance(by: DurationMs): void;
}

/** A clock that moves only when told to. Wall and monotonic time move together and start at `start` and 0. */
export const createSimulatedClock = (start: Instant): SimulatedClock => {
  let now = start;
  let registrations = 0;
  let queue: Due[] = [];

  const register = (delay: DurationMs, callback: () => void, period: DurationMs | undefined): (() => void) => {
    const due: Due = { order: registrations, callback, period, at: now + Math.max(0, delay), cancelled: false };
    registrations += 1;
    queue.push(due);
    return () => {
      due.cancelled = true;
    };
  };

  const nextDue = (until: Instant): Due | undefined => {
    queue = queue.filter((due) => !due.cancelled);
    let first: Due | undefined;
    for (const due of queue) {
      if (due.at > until) continue;
      if (first === undefined || due.at < first.at || (due.at === first.at && due.order < first.order)) first = due;
    }
    return first;
  };

  return {
    now: () => now,
    elapsedMs: () => now - start,
    after: (delay, callback) => register(delay, callback, undefined),
    every: (period, callback) => register(period, callback, Math.max(1, period)),
    advance(by) {
      const until = now + by;
      for (let due = nextDue(until); due !== undefined; due = nextDue(until)) {
        now = due.at;
        if (due.period === undefined) due.cancelled = true;
        else due.at += due.period;
        due.callback();
      }
      now = until;
    },
  };
};
