import { performance } from 'node:perf_hooks';
import type { Clock } from './clock.ts';

/** The machine's own clocks. The only place that reads them. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsedMs: () => performance.now(),
  after(delay, callback) {
    const handle = setTimeout(callback, delay);
    return () => clearTimeout(handle);
  },
  every(period, callback) {
    const handle = setInterval(callback, period);
    return () => clearInterval(handle);
  },
};
