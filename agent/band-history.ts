import type { ClosedStep, Signal } from '../core/signal.ts';
import type { Reading, SignalSeries } from './api/contract.ts';
import type { Detection } from './models/detection.ts';

/** What was observed and what had been expected, step by step, for the signals that people look at. */
export interface BandHistory {
  push(step: ClosedStep, signals: readonly Signal[], detection: Detection): void;
  series(signal: Signal): SignalSeries | undefined;
}

interface Lane {
  /** Step index of observed[0]. */
  from: number;
  readonly observed: Reading[];
  readonly expected: Reading[];
  readonly lower: Reading[];
  readonly upper: Reading[];
}

const reading = (value: number | undefined): Reading => (value === undefined || !Number.isFinite(value) ? null : value);

export const createBandHistory = (steps: number): BandHistory => {
  const lanes = new Map<number, Lane>();
  return {
    push(step, signals, detection) {
      const listed = new Set<number>(step.signal.subarray(0, step.length));
      for (const signal of signals) {
        let lane = lanes.get(signal.id);
        if (lane === undefined) {
          lane = { from: step.index, observed: [], expected: [], lower: [], upper: [] };
          lanes.set(signal.id, lane);
        }
        // A step that was never pushed (between recorded and live days, or lost to a bug) is a gap, not a shift in time.
        const missed = Math.min(steps, step.index - (lane.from + lane.observed.length));
        if (missed < 0) continue;
        for (let gap = 0; gap < missed; gap += 1) {
          for (const values of [lane.observed, lane.expected, lane.lower, lane.upper]) values.push(null);
        }
        const band = detection.bandOf(signal.id);
        lane.observed.push(listed.has(signal.id) ? reading(band?.observed) : null);
        lane.expected.push(reading(band?.expected));
        lane.lower.push(reading(band?.lower));
        lane.upper.push(reading(band?.upper));
        const surplus = lane.observed.length - steps;
        if (surplus > 0) {
          for (const values of [lane.observed, lane.expected, lane.lower, lane.upper]) values.splice(0, surplus);
          lane.from = step.index - steps + 1;
        }
      }
    },
    series(signal) {
      const lane = lanes.get(signal.id);
      if (lane === undefined) return undefined;
      const { key, service, name, unit } = signal;
      const { from, observed, expected, lower, upper } = lane;
      return { key, service, name, unit, stepIndexFrom: from, observed, expected, lower, upper };
    },
  };
};
