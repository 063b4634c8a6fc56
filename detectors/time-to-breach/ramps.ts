/** Seeded gauges with a bound of 1: with a ramp into it, or without any. For tests and `foreshock evaluate breach`. */
import { gaussian, type Random, seededRandom } from '../../core/random.ts';

export const MINUTES_A_DAY = 1_440;

export const RAMP_KINDS = ['linear', 'accelerating', 'saw-tooth', 'daily-swing', 'noisy'] as const;
export const CALM_KINDS = [
  'flat',
  'daily-swing',
  'working-week',
  'saw-tooth',
  'nightly-batch',
  'level-shifts',
  'wandering',
  'spikes',
] as const;
export type RampKind = (typeof RAMP_KINDS)[number];
export type CalmKind = (typeof CALM_KINDS)[number];

export interface Ramp {
  readonly kind: RampKind;
  /** One value a minute, up to the breach. */
  readonly values: Float64Array;
  readonly beginsAt: number;
  /** First minute at or above the bound. */
  readonly breachesAt: number;
  readonly lengthMinutes: number;
}

const between = (random: Random, low: number, high: number): number => low + (high - low) * random();
const logBetween = (random: Random, low: number, high: number): number => Math.exp(between(random, Math.log(low), Math.log(high)));

/** Noise with a memory of minutes. */
const noise = (random: Random, deviation: number, memory: number): (() => number) => {
  let value = 0;
  return () => {
    value = memory * value + Math.sqrt(1 - memory * memory) * deviation * gaussian(random);
    return value;
  };
};

const swing = (random: Random, amplitude: number): ((minute: number) => number) => {
  const phase = between(random, 0, 2 * Math.PI);
  return (minute) => amplitude * Math.sin((2 * Math.PI * minute) / MINUTES_A_DAY + phase);
};

/** Garbage collection: fills and is emptied, at intervals that vary by a tenth. */
const teeth = (random: Random, height: number, period: number): (() => number) => {
  let fill = random();
  let pace = 1 / period;
  return () => {
    fill += pace;
    if (fill >= 1) {
      fill -= 1;
      pace = 1 / (period * (1 + 0.1 * gaussian(random)));
      pace = Math.max(0.3 / period, pace);
    }
    return height * fill;
  };
};

const shapeOf = (random: Random, kind: RampKind): ((x: number) => number) => {
  if (kind !== 'accelerating') return (x) => x;
  if (random() < 0.5) {
    const power = between(random, 1.5, 3);
    return (x) => (x <= 0 ? 0 : Math.exp(power * Math.log(x)));
  }
  const rate = between(random, 1.5, 4);
  return (x) => (Math.exp(rate * x) - 1) / (Math.exp(rate) - 1);
};

const HISTORY_DAYS = 3;

/** A leak or a filling disk: quiet for three days and a part of one, then up to the bound within half an hour to eight hours. */
export const createRamp = (kind: RampKind, seed: number): Ramp => {
  const random = seededRandom(seed);
  const base = between(random, 0.15, 0.5);
  const tooth = kind === 'saw-tooth' ? teeth(random, between(random, 0.05, 0.3), logBetween(random, 6, 60)) : () => 0;
  const day = swing(random, kind === 'daily-swing' ? between(random, 0.05, Math.min(0.2, 0.9 * base)) : 0);
  const deviation = kind === 'noisy' ? between(random, 0.02, 0.05) : logBetween(random, 0.002, 0.02);
  const wobble = noise(random, deviation, between(random, 0, 0.9));
  const shape = shapeOf(random, kind);
  const lengthMinutes = logBetween(random, 30, 480);
  const beginsAt = Math.round(HISTORY_DAYS * MINUTES_A_DAY + between(random, 0, MINUTES_A_DAY));
  const values: number[] = [];
  for (let minute = 0; ; minute += 1) {
    const risen = Math.max(0, minute - beginsAt) / lengthMinutes;
    const value = base + day(minute) + tooth() + wobble() + (1 - base) * shape(risen);
    values.push(minute < beginsAt ? Math.min(0.97, value) : value);
    if (minute >= beginsAt && value >= 1) break;
  }
  return { kind, values: Float64Array.from(values), beginsAt, breachesAt: values.length - 1, lengthMinutes };
};

const calmValue = (kind: CalmKind, random: Random): ((minute: number) => number) => {
  const base = between(random, 0.2, 0.5);
  const wobble = noise(random, logBetween(random, 0.002, 0.03), between(random, 0, 0.9));
  const room = 0.92 - base;
  switch (kind) {
    case 'flat':
      return () => base + wobble();
    case 'daily-swing': {
      const day = swing(random, between(random, 0.1, room / 1.1));
      return (minute) => base + Math.max(-base, day(minute)) + wobble();
    }
    case 'working-week': {
      const day = swing(random, between(random, 0.1, room / 1.1));
      return (minute) => base + Math.max(-base, day(minute)) * (Math.floor(minute / MINUTES_A_DAY) % 7 < 5 ? 1 : 0.3) + wobble();
    }
    case 'saw-tooth': {
      const tooth = teeth(random, between(random, 0.2, room), logBetween(random, 6, 240));
      return () => base + tooth() + wobble();
    }
    case 'nightly-batch': {
      const begins = Math.floor(between(random, 0, MINUTES_A_DAY - 300));
      const rise = between(random, 20, 90);
      const height = between(random, 0.2, room);
      return (minute) => {
        const since = (minute % MINUTES_A_DAY) - begins + 10 * Math.sin(minute / MINUTES_A_DAY);
        return base + wobble() + height * Math.max(0, Math.min(1, since / rise, (rise + 120 - since) / 30));
      };
    }
    case 'level-shifts': {
      let level = base;
      return () => {
        if (random() < 1 / (2 * MINUTES_A_DAY)) level = between(random, 0.15, 0.85);
        return level + wobble();
      };
    }
    case 'wandering': {
      const wander = noise(random, between(random, 0.03, 0.09), 1 - 1 / between(random, 120, 720));
      return () => Math.min(0.95, base + wander() + wobble());
    }
    case 'spikes': {
      let left = 0;
      return () => {
        if (random() < 1 / 720) left = 1 + Math.floor(random() * 6);
        left -= 1;
        return base + (left >= 0 ? room : 0) + wobble();
      };
    }
  }
};

/** Weeks of a gauge that never reaches its bound. */
export const createCalm = (kind: CalmKind, seed: number, days: number): Float64Array => {
  const random = seededRandom(seed);
  const value = calmValue(kind, random);
  return Float64Array.from({ length: days * MINUTES_A_DAY }, (_, minute) => Math.max(0, Math.min(0.99, value(minute))));
};
