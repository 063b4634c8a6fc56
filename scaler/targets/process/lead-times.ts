import { quantile } from '../../../core/math.ts';

/** Durations from the order of a replica to its first ready answer, milliseconds. */
export interface LeadTimes {
  readonly samples: number;
  readonly lastMs: number | undefined;
  readonly p50Ms: number | undefined;
  /** What to plan with: nine of ten replicas were ready by then. */
  readonly p90Ms: number | undefined;
}

const KEPT = 100;

/** Learns how long replicas take, from the last hundred that became ready. */
export const createLeadTimeRecord = (): { record(durationMs: number): void; summary(): LeadTimes } => {
  const durations: number[] = [];
  return {
    record(durationMs) {
      durations.push(durationMs);
      if (durations.length > KEPT) durations.shift();
    },
    summary: () =>
      durations.length === 0
        ? { samples: 0, lastMs: undefined, p50Ms: undefined, p90Ms: undefined }
        : { samples: durations.length, lastMs: durations.at(-1), p50Ms: quantile(durations, 0.5), p90Ms: quantile(durations, 0.9) },
  };
};
