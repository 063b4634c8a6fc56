import { z } from 'zod';
import { exponential, gaussian, type Random, seededRandom } from '../../core/random.ts';
import { ISSUERS, type Payment, RAILS, TENANTS } from './payment.ts';
import { seedFor } from './service-time.ts';

export const surgeSchema = z.strictObject({
  startsAtMs: z.number().min(0),
  durationMs: z.number().positive(),
  /** Multiplies the rate while it lasts. */
  factor: z.number().positive().max(100),
});

export const loadShapeSchema = z.strictObject({
  /** Length of one day; the whole shape of a day is compressed into it. */
  dayLengthMs: z.number().positive().default(120_000),
  /** Where in the day the load begins, as a fraction: 0 is midnight. */
  startPhase: z.number().min(0).lt(1).default(0),
  /** Multiplies every rate. */
  scale: z.number().positive().default(1),
  surges: z.array(surgeSchema).max(1_000).default([]),
});

export type Surge = z.infer<typeof surgeSchema>;
export type LoadShape = z.infer<typeof loadShapeSchema>;

/** A day of payments: fraction of the day, payments a second. Between two points the rate follows half a cosine. */
const DAY: readonly (readonly [fraction: number, rate: number])[] = [
  [0, 8],
  [0.25, 8],
  // 06:00 to 09:36: 18 s of a day of 120 s.
  [0.4, 40],
  [0.46, 42],
  [0.53, 55],
  [0.61, 42],
  [0.74, 44],
  [0.93, 10],
  [1, 8],
];

/** Noise of the whole day and of each hour, standard deviations of ln(rate). */
const DAY_SIGMA = 0.06;
const HOUR_SIGMA = 0.05;
const HOURS = 24;
/** The rate is taken as constant within a slice; thousandths of a day are far finer than its shape. */
const SLICES_A_DAY = 6_000;

const dayRate = (phase: number): number => {
  for (let index = 1; index < DAY.length; index += 1) {
    const [until, high] = DAY[index] ?? [1, 0];
    const [since, low] = DAY[index - 1] ?? [0, 0];
    if (phase <= until) return low + ((high - low) * (1 - Math.cos((Math.PI * (phase - since)) / (until - since)))) / 2;
  }
  return DAY[0]?.[1] ?? 0;
};

const surgeFactor = (tMs: number, surges: readonly Surge[]): number =>
  surges.reduce(
    (factor, surge) => (tMs >= surge.startsAtMs && tMs < surge.startsAtMs + surge.durationMs ? factor * surge.factor : factor),
    1,
  );

/** Days since the midnight before the load began. */
const daysAt = (tMs: number, shape: LoadShape): number => shape.startPhase + tMs / shape.dayLengthMs;

/** Payments a second expected at `tMs` after the start, surges included, the day's own noise not. */
export const expectedRate = (tMs: number, shape: LoadShape): number => {
  const days = daysAt(tMs, shape);
  return dayRate(days - Math.floor(days)) * shape.scale * surgeFactor(tMs, shape.surges);
};

export interface Arrival {
  /** Counts from 0. */
  readonly index: number;
  /** Milliseconds after the start, with fractions. */
  readonly atMs: number;
}

export interface LoadPlan {
  /** The rate the arrivals are drawn with: expectedRate times this seed's noise, which differs from day to day. */
  rateAt(tMs: number): number;
  /** Arrivals in order of time, without end: the caller stops. The same every time it is asked. */
  arrivals(): Iterable<Arrival>;
  /** Number of arrivals in each second of [0, durationMs). */
  arrivalsPerSecond(durationMs: number): readonly number[];
  /** The payment of an arrival; a function of the seed and the index alone. */
  payment(index: number): Payment;
}

const pick = <Value>(random: Random, choices: readonly (readonly [Value, number])[]): Value => {
  let draw = random() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of choices) {
    draw -= weight;
    if (draw < 0) return value;
  }
  return (choices[choices.length - 1] as readonly [Value, number])[0];
};

const weighted = <Value>(values: readonly Value[], weights: readonly number[]): readonly (readonly [Value, number])[] =>
  values.map((value, index) => [value, weights[index] ?? 1] as const);

const TENANT_MIX = weighted(TENANTS, [5, 3, 2]);
const RAIL_MIX = weighted(RAILS, [6, 2, 2]);
const ISSUER_MIX = weighted(ISSUERS, [30, 28, 24, 18]);
/** Median 38 euros; one in some thousands is above the risk rule. */
const AMOUNT = { medianMinor: 3_800, sigma: 1 };

/** Multiplicative noise, continuous in time: a level of the day, and hours between which it is interpolated. */
const noiseOf = (seed: number): ((days: number) => number) => {
  const deviation = (kind: string, index: number, sigma: number): number =>
    sigma * gaussian(seededRandom(seedFor(seed, kind, String(index))));
  const cache = new Map<string, number>();
  const cached = (kind: string, index: number, sigma: number): number => {
    const key = `${kind}${index}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    if (cache.size > 1_000) cache.clear();
    const value = deviation(kind, index, sigma);
    cache.set(key, value);
    return value;
  };
  return (days) => {
    const hours = days * HOURS;
    const hour = Math.floor(hours);
    const share = hours - hour;
    const level = cached('day', Math.floor(days), DAY_SIGMA);
    return Math.exp(level + (1 - share) * cached('hour', hour, HOUR_SIGMA) + share * cached('hour', hour + 1, HOUR_SIGMA));
  };
};

/**
 * An open-loop load: a Poisson process whose rate follows the day. Pure: the same seed and shape give the same
 * arrivals, and a surge leaves all arrivals before it as they are (unit-rate gaps are stretched by the inverse of
 * the cumulated rate, the time-rescaling theorem).
 */
export const loadPlan = (seed: number, shape: LoadShape): LoadPlan => {
  const noise = noiseOf(seed);
  const rateAt = (tMs: number): number => expectedRate(tMs, shape) * noise(daysAt(tMs, shape));
  const sliceMs = shape.dayLengthMs / SLICES_A_DAY;

  function* arrivals(): Generator<Arrival> {
    const random = seededRandom(seedFor(seed, 'arrivals'));
    let slice = 0;
    let rate = rateAt(0);
    /** Offset within the slice. */
    let offsetMs = 0;
    for (let index = 0; ; index += 1) {
      let expected = exponential(random, 1);
      while (expected > (rate * (sliceMs - offsetMs)) / 1_000) {
        expected -= (rate * (sliceMs - offsetMs)) / 1_000;
        slice += 1;
        rate = rateAt(slice * sliceMs);
        offsetMs = 0;
      }
      offsetMs += (expected / rate) * 1_000;
      yield { index, atMs: slice * sliceMs + offsetMs };
    }
  }

  return {
    rateAt,
    arrivals,
    arrivalsPerSecond(durationMs) {
      const counts = new Array<number>(Math.ceil(durationMs / 1_000)).fill(0);
      for (const { atMs } of arrivals()) {
        if (atMs >= durationMs) break;
        const second = Math.floor(atMs / 1_000);
        counts[second] = (counts[second] ?? 0) + 1;
      }
      return counts;
    },
    payment(index) {
      const random = seededRandom(seedFor(seed, 'payment', String(index)));
      return {
        id: `pay-${seed}-${index}`,
        tenant: pick(random, TENANT_MIX),
        rail: pick(random, RAIL_MIX),
        issuer: pick(random, ISSUER_MIX),
        amountMinor: Math.max(1, Math.round(AMOUNT.medianMinor * Math.exp(AMOUNT.sigma * gaussian(random)))),
        currency: 'EUR',
      };
    },
  };
};
