import { quantileSorted } from '../../core/math.ts';
import { type Random, seededRandom } from '../../core/random.ts';
import { DAY_MS, type DurationMs, MINUTE_MS } from '../../core/time.ts';
import type { Column, Grid } from './columns.ts';

/** What one replica carries, as far as the history tells. Loads are requests a second and replica. */
export type Capacity =
  | {
      readonly kind: 'estimated';
      /**
       * knee: above it most steps were slow. demonstrated: nothing was slow yet, so this much was carried and more may be.
       */
      readonly basis: 'knee' | 'demonstrated';
      readonly estimate: number;
      /** 10 % and 90 % of 200 resamplings of whole days. Of a demonstrated capacity the upper end is unknown. */
      readonly low: number;
      readonly high: number | undefined;
      readonly because: string;
      /** Median latency by load of a replica, for the picture. */
      readonly curve: readonly { readonly load: number; readonly seconds: number }[];
    }
  | { readonly kind: 'unknown'; readonly because: string };

/** A third slower than at low load: the effect floor of latency. */
const SLOW_FACTOR = 1.3;
/** More than half of the steps. */
const KNEE_SHARE = 0.5;
/** A load counts as demonstrated when it, or more, was carried well for so long altogether: a minute alone proves nothing. */
const DEMONSTRATED_MS = 30 * MINUTE_MS;
const BINS = 200;
const LEAST_STEPS = 500;
const LEAST_DAYS = 3;
const RESAMPLINGS = 200;
const CURVE_POINTS = 24;
/** An error ratio from which a step was not carried. */
const FAILING_RATIO = 0.02;

interface Carried {
  readonly load: number;
  readonly log: number;
  readonly failed: boolean;
  readonly day: number;
}

const carriedSteps = (load: Column, ready: Column, log: Column | undefined, errors: Column | undefined, grid: Grid): readonly Carried[] => {
  const steps: Carried[] = [];
  for (let at = 0; at < grid.steps; at += 1) {
    const replicas = ready[at] as number;
    const requests = load[at] as number;
    if (!(replicas >= 1) || !(requests > 0)) continue;
    steps.push({
      load: requests / replicas,
      log: log?.[at] ?? Number.NaN,
      failed: (errors?.[at] ?? 0) >= FAILING_RATIO,
      day: Math.floor((grid.firstEnd + at * grid.stepMs) / DAY_MS),
    });
  }
  return steps;
};

const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

/** Steps by bin of load, of one day: all, and those that were slow or failing. */
interface DayCounts {
  readonly all: Float64Array;
  readonly slow: Float64Array;
}

/** Isotonic least squares: the nearest sequence that never falls (pool adjacent violators). */
export const isotonic = (values: readonly number[], weights: readonly number[]): readonly number[] => {
  const pools: { mean: number; weight: number; length: number }[] = [];
  values.forEach((mean, index) => {
    let pool = { mean, weight: weights[index] as number, length: 1 };
    for (let last = pools.at(-1); last !== undefined && last.mean > pool.mean; last = pools.at(-1)) {
      pools.pop();
      const weight = last.weight + pool.weight;
      pool = {
        mean: weight === 0 ? pool.mean : (last.mean * last.weight + pool.mean * pool.weight) / weight,
        weight,
        length: last.length + pool.length,
      };
    }
    pools.push(pool);
  });
  return pools.flatMap(({ mean, length }) => new Array<number>(length).fill(mean));
};

const summed = (days: readonly DayCounts[]): DayCounts => {
  const total: DayCounts = { all: new Float64Array(BINS), slow: new Float64Array(BINS) };
  for (const { all, slow } of days) {
    for (let bin = 0; bin < BINS; bin += 1) {
      total.all[bin] = (total.all[bin] as number) + (all[bin] as number);
      total.slow[bin] = (total.slow[bin] as number) + (slow[bin] as number);
    }
  }
  return total;
};

/** First bin from which on most steps were slow; undefined when there is none. */
const kneeBin = ({ all, slow }: DayCounts): number | undefined => {
  const filled = Array.from(all.keys()).filter((bin) => (all[bin] as number) > 0);
  const shares = isotonic(
    filled.map((bin) => (slow[bin] as number) / (all[bin] as number)),
    filled.map((bin) => all[bin] as number),
  );
  const place = shares.findIndex((share) => share >= KNEE_SHARE);
  return place <= 0 ? undefined : filled[place];
};

/** The largest load that, with more, was carried well for long enough. */
const demonstratedBin = ({ all, slow }: DayCounts, stepMs: DurationMs): number => {
  const well = all.map((count, bin) => count - (slow[bin] as number));
  let rest = DEMONSTRATED_MS / stepMs;
  for (let bin = BINS - 1; bin > 0; bin -= 1) {
    rest -= well[bin] as number;
    if (rest < 0) return bin + 1;
  }
  return 1;
};

const resampled = (days: readonly DayCounts[], random: Random): DayCounts =>
  summed(days.map(() => days[Math.floor(random() * days.length)] as DayCounts));

const curveOf = (steps: readonly Carried[]): readonly { readonly load: number; readonly seconds: number }[] => {
  const timed = steps.filter(({ log }) => Number.isFinite(log)).sort((a, b) => a.load - b.load);
  const size = Math.max(1, Math.ceil(timed.length / CURVE_POINTS));
  return Array.from({ length: Math.ceil(timed.length / size) }, (_, index) => {
    const part = timed.slice(index * size, (index + 1) * size);
    return {
      load: quantileSorted(sorted(part.map(({ load }) => load)), 0.5),
      seconds: Math.exp(quantileSorted(sorted(part.map(({ log }) => log)), 0.5)),
    };
  });
};

const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3).replace(/\.?0+$/, ''));

/**
 * Capacity of one replica from load, ready replicas, latency and errors of the same steps. A step is slow when its latency
 * is a third above the median of the least loaded quarter, or when it fails. Where most steps above some load are slow, that
 * load is the knee; where none is, only what was carried is known.
 */
export const estimateCapacity = (history: {
  readonly load: Column;
  readonly ready: Column;
  readonly logDuration: Column | undefined;
  readonly errors: Column | undefined;
  readonly grid: Grid;
}): Capacity => {
  const { load, ready, grid } = history;
  const steps = carriedSteps(load, ready, history.logDuration, history.errors, grid);
  if (steps.length < LEAST_STEPS)
    return { kind: 'unknown', because: `only ${steps.length} steps hold both load and ready replicas, ${LEAST_STEPS} are needed` };
  const loads = sorted(steps.map((step) => step.load));
  const low = quantileSorted(loads, 0.25);
  const logs = steps.filter((step) => step.load <= low && Number.isFinite(step.log)).map(({ log }) => log);
  const slowFrom = logs.length === 0 ? Number.POSITIVE_INFINITY : quantileSorted(sorted(logs), 0.5) + Math.log(SLOW_FACTOR);
  const top = quantileSorted(loads, 0.9995);
  const width = top / BINS;
  const byDay = new Map<number, DayCounts>();
  for (const step of steps) {
    const day = byDay.get(step.day) ?? { all: new Float64Array(BINS), slow: new Float64Array(BINS) };
    byDay.set(step.day, day);
    const bin = Math.min(BINS - 1, Math.floor(step.load / width));
    day.all[bin] = (day.all[bin] as number) + 1;
    if (step.failed || step.log > slowFrom) day.slow[bin] = (day.slow[bin] as number) + 1;
  }
  const days = [...byDay.values()];
  if (days.length < LEAST_DAYS)
    return { kind: 'unknown', because: `load and ready replicas are known together on ${days.length} days, ${LEAST_DAYS} are needed` };
  const random = seededRandom(1);
  const knee = kneeBin(summed(days));
  const resamplings = Array.from({ length: RESAMPLINGS }, () => resampled(days, random));
  const curve = curveOf(steps);
  const share = (part: number): string =>
    `${days.length} days, ${steps.length} steps, ${part === 0 ? 'no' : `${((100 * part) / steps.length).toFixed(1)} % of`} steps slow`;
  const slowSteps = steps.filter((step) => step.failed || step.log > slowFrom).length;
  if (knee !== undefined) {
    const knees = sorted(resamplings.map((sample) => (kneeBin(sample) ?? BINS) * width));
    return {
      kind: 'estimated',
      basis: 'knee',
      estimate: knee * width,
      low: quantileSorted(knees, 0.1),
      high: quantileSorted(knees, 0.9),
      because: `above ${number(knee * width)}/s a replica most steps were slower by a third than at low load, or failed (${share(slowSteps)})`,
      curve,
    };
  }
  const shown = sorted(resamplings.map((sample) => demonstratedBin(sample, grid.stepMs) * width));
  const estimate = demonstratedBin(summed(days), grid.stepMs) * width;
  return {
    kind: 'estimated',
    basis: 'demonstrated',
    estimate,
    low: quantileSorted(shown, 0.1),
    high: undefined,
    because: `${number(estimate)}/s a replica and more were carried for half an hour altogether without slowness${history.logDuration === undefined ? ' (latency is not known, so only errors would have shown it)' : ''}; a replica may carry more than this history ever asked of it (${share(slowSteps)})`,
    curve,
  };
};
