import { type Clock, sleep } from '../../../core/clock.ts';

/** Lets one through at a time, and no sooner than `gapMs` after the one before. */
export interface Pace {
  /** Runs the work when it is its turn. What it returns says how long everybody has to wait beyond the gap. */
  inTurn<Value>(work: () => Promise<Value>, holdOffMs: (value: Value) => number, signal: AbortSignal): Promise<Value>;
}

export const createPace = (clock: Clock, gapMs: number): Pace => {
  let last: Promise<unknown> = Promise.resolve();
  let openAt = Number.NEGATIVE_INFINITY;
  return {
    inTurn(work, holdOffMs, signal) {
      const turn = last.then(async () => {
        const wait = openAt - clock.elapsedMs();
        if (wait > 0) await sleep(clock, wait, signal);
        const value = await work();
        openAt = clock.elapsedMs() + Math.max(gapMs, holdOffMs(value));
        return value;
      });
      last = turn.catch(() => undefined);
      return turn;
    },
  };
};
