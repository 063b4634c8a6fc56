import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

export interface EventLoopLag {
  /** 99th percentile of how late timers ran since the last call, in seconds; 0 before anything was measured. */
  readSeconds(): number;
  close(): void;
}

const RESOLUTION_MS = 10;

export const watchEventLoopLag = (): EventLoopLag => {
  const histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    readSeconds() {
      const late = histogram.count === 0 ? 0 : histogram.percentile(99) / 1e9 - RESOLUTION_MS / 1_000;
      histogram.reset();
      return Math.max(0, late);
    },
    close: () => histogram.disable(),
  };
};
