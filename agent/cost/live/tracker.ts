import { HOUR_MS, type Instant } from '../../../core/time.ts';
import type { AllocationRow } from '../sources/allocation-rows.ts';

/** What one service used in one step. NaN where unknown. */
export interface LiveUsage {
  readonly service: string;
  readonly replicas: number;
  readonly load: number;
  readonly desired: number;
  readonly baseline: number;
  readonly acted: boolean;
}

export interface LiveStep {
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly usage: readonly LiveUsage[];
  /** Payments in the step; NaN when they were not counted. */
  readonly payments: number;
}

/** Adds steps up to rows of one hour of the clock. */
export interface CostTracker {
  /** Rows of the hours that this step shows to be over. */
  step(step: LiveStep): readonly AllocationRow[];
  /** Rows of the hour that is under way: for a stop. What follows begins a new row. */
  flush(): readonly AllocationRow[];
}

interface Mean {
  sum: number;
  weight: number;
}

interface Tally {
  from: Instant;
  coveredMs: number;
  readonly replicas: Mean;
  readonly load: Mean;
  readonly desired: Mean;
  readonly baseline: Mean;
  peakLoad: number;
  acted: boolean;
}

const none = (): Mean => ({ sum: 0, weight: 0 });

const add = (mean: Mean, value: number, weight: number): void => {
  if (Number.isNaN(value)) return;
  mean.sum += value * weight;
  mean.weight += weight;
};

/** Nothing when nothing is known: a row has no zero for it. */
const known = <Key extends string>(key: Key, { sum, weight }: Mean): { readonly [K in Key]?: number } =>
  weight === 0 ? {} : ({ [key]: Number((sum / weight).toFixed(6)) } as { readonly [K in Key]?: number });

const iso = (at: Instant): string => new Date(at).toISOString();

const rowOf = (service: string, tally: Tally, payments: number, recordedAt: Instant): AllocationRow => ({
  service,
  start: iso(tally.from),
  // Steps without replicas are left out of the length, so that they show as hours that are not covered.
  end: iso(tally.from + tally.coveredMs),
  ...known('replicas', tally.replicas),
  ...known('load', tally.load),
  ...(tally.load.weight === 0 ? {} : { peakLoad: Number(tally.peakLoad.toFixed(6)) }),
  ...known('desiredReplicas', tally.desired),
  ...known('baselineReplicas', tally.baseline),
  ...(tally.acted ? { acted: true } : {}),
  ...(Number.isNaN(payments) ? {} : { payments: Math.round(payments) }),
  recordedAt: iso(recordedAt),
});

export const createCostTracker = (): CostTracker => {
  let tallies = new Map<string, Tally>();
  let payments = Number.NaN;
  let hour = Number.NaN;
  let newest = Number.NaN;

  const close = (): readonly AllocationRow[] => {
    const rows = [...tallies].map(([service, tally], index) => rowOf(service, tally, index === 0 ? payments : Number.NaN, newest));
    tallies = new Map();
    payments = Number.NaN;
    return rows;
  };

  const count = (usage: LiveUsage, step: LiveStep): void => {
    if (Number.isNaN(usage.replicas)) return;
    const length = step.endsAt - step.startsAt;
    const tally = tallies.get(usage.service) ?? {
      from: step.startsAt,
      coveredMs: 0,
      replicas: none(),
      load: none(),
      desired: none(),
      baseline: none(),
      peakLoad: 0,
      acted: false,
    };
    tallies.set(usage.service, tally);
    tally.coveredMs += length;
    add(tally.replicas, usage.replicas, length);
    add(tally.load, usage.load, length);
    add(tally.desired, usage.desired, length);
    add(tally.baseline, usage.baseline, length);
    if (usage.load > tally.peakLoad) tally.peakLoad = usage.load;
    tally.acted ||= usage.acted;
  };

  return {
    step(step) {
      const at = Math.floor(step.startsAt / HOUR_MS);
      const ended = at === hour ? [] : close();
      hour = at;
      newest = step.endsAt;
      for (const usage of step.usage) count(usage, step);
      if (!Number.isNaN(step.payments)) payments = (Number.isNaN(payments) ? 0 : payments) + step.payments;
      return ended;
    },
    flush: close,
  };
};
