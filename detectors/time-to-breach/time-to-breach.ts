import { clamp } from '../../core/math.ts';
import type { DurationMs, Instant } from '../../core/time.ts';
import { fitTrend, moveQuantile } from './kernel.ts';
import { BREACH_CONSTANTS, type BreachOptions, HORIZON_PARTS } from './options.ts';

export interface BreachStep {
  readonly index: number;
  readonly endsAt: Instant;
  readonly value: number;
  /** What the value may not reach; it may change from step to step. */
  readonly bound: number;
}

/** When the bound will be reached, as seen from the end of the newest block. */
export interface BreachForecast {
  readonly at: Instant;
  /** Milliseconds; Infinity where it is not in sight, which is twice the lead target. */
  readonly q10: DurationMs;
  readonly q50: DurationMs;
  readonly q90: DurationMs;
  /** Chance of the bound being reached within the lead target, read off the three quantiles. */
  readonly probability: number;
  /** Value and slope an hour, as parts of the bound. */
  readonly level: number;
  readonly slopePerHour: number;
  /** Whether the daily profile is part of the forecast. */
  readonly daily: boolean;
  readonly firing: boolean;
  /** Whole days it has seen, and the highest it has been in the last week of them, today left out; NaN before there is one. */
  readonly days: number;
  readonly record: number;
  /** When it began to fire. */
  readonly since: Instant;
}

/** A forecaster with or without the daily profile: what it said, and how wrong it was. */
interface Path {
  /** Highest point of the path to each look-ahead, by origin. */
  readonly said: Float64Array;
  /** Quantiles 0.01, 0.1, 0.5 and 0.9 of how far above it came, by look-ahead. */
  readonly errors: Float64Array;
}

/** One series and its bound. Opaque; a function of the steps given, in order. */
export interface TimeToBreach {
  readonly options: BreachOptions;
  readonly blockSteps: number;
  readonly lookAheads: readonly number[];
  readonly median: Float64Array;
  readonly highest: Float64Array;
  readonly flattened: Float64Array;
  readonly profile: Float64Array;
  readonly paths: readonly [Path, Path];
  /** Values of the open block, in order of arrival. */
  readonly open: Float64Array;
  /** Highest point of each of the last days, by day. */
  readonly maxima: Float64Array;
  readonly scalars: Float64Array;
}

const C = BREACH_CONSTANTS;
const RING = 128;
const LEVELS = [0.01, 0.1, 0.5, 0.9] as const;
const RARE = 0;
const LOW = 1;
const MIDDLE = 2;
const HIGH = 3;

const NEWEST_STEP = 0;
const BLOCK = 1;
const FILLED = 2;
const BLOCKS_SEEN = 3;
const PLAIN_ERROR = 4;
const DAILY_ERROR = 5;
const HOLDING = 6;
const CALM = 7;
const FIRING = 8;
const SINCE = 9;
const SLOT = 10;
const SLOT_SUM = 11;
const SLOT_COUNT = 12;
const AT = 13;
const Q10 = 14;
const LEVEL = 17;
const SLOPE = 18;
const USED = 19;
const SLOT_DAYS = 20;
const COMPARED = 21;
const DAY = 22;
/** Today and a week. */
const DAYS_KEPT = 8;

const get = (values: Float64Array, index: number): number => values[index] as number;

export const createTimeToBreach = (options: BreachOptions): TimeToBreach => {
  const blockSteps = Math.max(1, Math.round(options.leadMs / C.blocksPerLead / options.stepMs));
  const horizon = Math.max(8, Math.round((C.horizonLeads * options.leadMs) / (blockSteps * options.stepMs)));
  const lookAheads = [...new Set(HORIZON_PARTS.map((part) => Math.max(1, Math.min(RING - 1, Math.round(part * horizon)))))];
  const path = (): Path => {
    const errors = new Float64Array(LEVELS.length * lookAheads.length);
    for (let i = 0; i < lookAheads.length; i += 1) errors.set([-2 * C.firstWidth, -C.firstWidth, 0, C.firstWidth], LEVELS.length * i);
    return { said: new Float64Array(RING * lookAheads.length).fill(Number.NaN), errors };
  };
  const scalars = new Float64Array(24);
  scalars.fill(Number.NaN, NEWEST_STEP, BLOCK + 1);
  scalars.fill(Number.POSITIVE_INFINITY, Q10, Q10 + 3);
  scalars[SINCE] = Number.NaN;
  scalars[SLOT] = Number.NaN;
  scalars[AT] = Number.NaN;
  scalars[DAY] = Number.NaN;
  return {
    options,
    blockSteps,
    lookAheads,
    median: new Float64Array(RING).fill(Number.NaN),
    highest: new Float64Array(RING).fill(Number.NaN),
    flattened: new Float64Array(RING).fill(Number.NaN),
    profile: new Float64Array(C.slots),
    paths: [path(), path()],
    open: new Float64Array(blockSteps),
    maxima: new Float64Array(DAYS_KEPT).fill(Number.NaN),
    scalars,
  };
};

/** The daily profile between the middles of its slots. */
const profileAt = (state: TimeToBreach, block: number): number => {
  const { blockSteps, options, profile } = state;
  const day = options.dayLengthMs / (blockSteps * options.stepMs);
  const position = (((block % day) + day) / day) * C.slots - 0.5 + C.slots;
  const before = Math.floor(position);
  const part = position - before;
  return get(profile, before % C.slots) * (1 - part) + get(profile, (before + 1) % C.slots) * part;
};

const learnProfile = (state: TimeToBreach, block: number, value: number): void => {
  const { scalars, profile, blockSteps, options } = state;
  const day = options.dayLengthMs / (blockSteps * options.stepMs);
  const slot = Math.floor((((block % day) + day) % day) / (day / C.slots));
  if (slot !== get(scalars, SLOT)) {
    const count = get(scalars, SLOT_COUNT);
    if (count > 0) {
      const place = get(scalars, SLOT);
      const days = get(scalars, SLOT_DAYS) / C.slots;
      const mean = get(scalars, SLOT_SUM) / count;
      const moved = mean - get(profile, place);
      profile[place] = days < 1 ? mean : get(profile, place) + Math.max(C.slotGain, 1 / (days + 1)) * clamp(moved, -C.slotClip, C.slotClip);
      scalars[SLOT_DAYS] = get(scalars, SLOT_DAYS) + 1;
    }
    scalars[SLOT] = slot;
    scalars[SLOT_SUM] = 0;
    scalars[SLOT_COUNT] = 0;
  }
  scalars[SLOT_SUM] = get(scalars, SLOT_SUM) + value;
  scalars[SLOT_COUNT] = get(scalars, SLOT_COUNT) + 1;
};

/** Which of two forecasters was nearer, both judged on the same blocks. */
const compare = (state: TimeToBreach, plain: number, daily: number): void => {
  if (Number.isNaN(plain) || Number.isNaN(daily)) return;
  const { scalars } = state;
  scalars[COMPARED] = get(scalars, COMPARED) + 1;
  const gain = 1 / Math.min(C.comparisonMemory, get(scalars, COMPARED));
  for (const [field, error] of [
    [PLAIN_ERROR, plain],
    [DAILY_ERROR, daily],
  ] as const)
    scalars[field] = get(scalars, field) + gain * (Math.min(Math.abs(error), 1) - get(scalars, field));
};

const place = (block: number): number => ((block % RING) + RING) % RING;

/** What came in the blocks since each earlier forecast was said: its error moves the quantiles of its look-ahead. */
const learnErrors = (state: TimeToBreach, block: number): void => {
  const { lookAheads, highest } = state;
  const wrong: [number, number] = [Number.NaN, Number.NaN];
  let top = Number.NEGATIVE_INFINITY;
  let seen = 0;
  let back = 0;
  for (const [i, ahead] of lookAheads.entries()) {
    for (; back < ahead; back += 1) {
      const value = get(highest, place(block - back));
      if (Number.isNaN(value)) continue;
      top = Math.max(top, value);
      seen += 1;
    }
    if (seen < C.leastFilled * ahead) continue;
    state.paths.forEach(({ said, errors }, which) => {
      const told = get(said, place(block - ahead) * lookAheads.length + i);
      if (Number.isNaN(told)) return;
      const error = top - told;
      const from = LEVELS.length * i;
      const width = Math.max(C.leastWidth, get(errors, from + HIGH) - get(errors, from + LOW));
      LEVELS.forEach((level, q) => {
        errors[from + q] = moveQuantile(get(errors, from + q), error, level, width);
      });
      if (i === lookAheads.length - 2) wrong[which] = error;
    });
  }
  compare(state, ...wrong);
};

const trend = new Float64Array(5);

/** First look-ahead, in blocks, at which a path that is linear between its grid points reaches the bound. */
const firstReach = (lookAheads: readonly number[], heightAt: (i: number) => number, now: number): number => {
  if (now >= 1) return 0;
  let before = now;
  let beforeAhead = 0;
  for (const [i, ahead] of lookAheads.entries()) {
    const height = Math.max(before, heightAt(i));
    if (height >= 1) return beforeAhead + ((1 - before) / (height - before)) * (ahead - beforeAhead);
    before = height;
    beforeAhead = ahead;
  }
  return Number.POSITIVE_INFINITY;
};

interface Reach {
  /** Early, median and late, in blocks. */
  readonly times: readonly [number, number, number];
  /** Whether a trend like this has deceived at most once in a hundred times. */
  readonly evident: boolean;
}

/** Says the path of one forecaster and returns the three times in blocks where `wanted`. */
const sayPath = (state: TimeToBreach, which: 0 | 1, block: number, wanted: boolean): Reach | undefined => {
  const { lookAheads, scalars } = state;
  const { said, errors } = state.paths[which];
  fitTrend(which === 0 ? state.median : state.flattened, place(block), trend);
  const [slope, level, slopeError, growth, lag] = trend as unknown as readonly [number, number, number, number, number];
  const from = place(block) * lookAheads.length;
  if (Number.isNaN(slope)) {
    said.fill(Number.NaN, from, from + lookAheads.length);
    return undefined;
  }
  const now = which === 0 ? level : level + profileAt(state, block);
  let top = Number.NEGATIVE_INFINITY;
  let step = 1;
  for (const [i, ahead] of lookAheads.entries()) {
    for (; step <= ahead; step += 1) top = Math.max(top, level + slope * step + (which === 0 ? 0 : profileAt(state, block + step)));
    said[from + i] = top;
  }
  if (!wanted) return undefined;
  scalars[LEVEL] = now;
  scalars[SLOPE] = slope;
  scalars[USED] = which;
  const height = (q: number, spread: number, grows: number) => (i: number) => {
    const ahead = lookAheads[i] as number;
    const middle = get(errors, LEVELS.length * i + MIDDLE);
    const learned = get(errors, LEVELS.length * i + q) - middle;
    const turning = spread * Math.max(0, slope) * ahead;
    const fitted = q === MIDDLE ? 0 : 1.28 * slopeError * ahead;
    const grown = grows * Math.min(growth * ahead * (lag + ahead / 2), C.growthLimit * Math.max(0, slope) * ahead);
    return (
      get(said, from + i) + middle + grown + Math.sign(q - MIDDLE) * Math.sqrt(learned * learned + turning * turning + fitted * fitted)
    );
  };
  const highest = get(state.highest, place(block));
  if (highest >= 1) return { times: [0, 0, 0], evident: true };
  const reach = (q: number, spread: number, grows: number): number =>
    firstReach(lookAheads, height(q, spread, grows), Math.min(now, 0.9999));
  return {
    times: [reach(HIGH, C.earlySpread, 1), reach(MIDDLE, 0, C.growthOfMedian), reach(LOW, C.lateSpread, 0)],
    evident: Number.isFinite(reach(RARE, C.lateSpread, 0)),
  };
};

const judge = (state: TimeToBreach, reached: Reach | undefined, at: Instant): void => {
  const { scalars, blockSteps, options } = state;
  const blockMs = blockSteps * options.stepMs;
  const [q10, q50, q90] = reached?.times ?? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  scalars[Q10] = q10 * blockMs;
  scalars[Q10 + 1] = q50 * blockMs;
  scalars[Q10 + 2] = q90 * blockMs;
  scalars[AT] = at;
  const near = q50 * blockMs < options.leadMs && Number.isFinite(q90) && reached?.evident === true && get(scalars, BLOCKS_SEEN) >= C.young;
  scalars[HOLDING] = near ? get(scalars, HOLDING) + 1 : 0;
  const far = !Number.isFinite(q90) || q50 * blockMs > C.closeAtLeads * options.leadMs;
  scalars[CALM] = far ? get(scalars, CALM) + 1 : 0;
  if (get(scalars, FIRING) === 0 && get(scalars, HOLDING) >= C.openAfter) {
    scalars[FIRING] = 1;
    scalars[SINCE] = at - (C.openAfter - 1) * blockMs;
  } else if (get(scalars, FIRING) === 1 && get(scalars, CALM) >= C.closeAfter) {
    scalars[FIRING] = 0;
    scalars[SINCE] = Number.NaN;
  }
};

/** Remembers the highest point of the day; days without a value have none. */
const learnRecord = ({ maxima, scalars, blockSteps, options }: TimeToBreach, block: number, highest: number): void => {
  const day = Math.floor((block * blockSteps * options.stepMs) / options.dayLengthMs);
  const last = get(scalars, DAY);
  for (let next = Number.isNaN(last) ? day : Math.max(last + 1, day - DAYS_KEPT + 1); next <= day; next += 1)
    maxima[next % DAYS_KEPT] = Number.NaN;
  scalars[DAY] = day;
  if (Number.isNaN(highest)) return;
  const known = get(maxima, day % DAYS_KEPT);
  maxima[day % DAYS_KEPT] = Number.isNaN(known) ? highest : Math.max(known, highest);
};

const recordOf = ({ maxima, scalars }: TimeToBreach): number =>
  maxima.reduce((top, value, place) => {
    if (place === get(scalars, DAY) % DAYS_KEPT || Number.isNaN(value)) return top;
    return Number.isNaN(top) ? value : Math.max(top, value);
  }, Number.NaN);

const closeBlock = (state: TimeToBreach, block: number, at: Instant): void => {
  const { scalars, open } = state;
  const filled = get(scalars, FILLED);
  const values = open.subarray(0, filled);
  const highest = values.reduce((top, value) => Math.max(top, value), Number.NEGATIVE_INFINITY);
  values.sort();
  const middle = filled === 0 ? Number.NaN : (get(values, (filled - 1) >> 1) + get(values, filled >> 1)) / 2;
  state.median[place(block)] = middle;
  state.highest[place(block)] = filled === 0 ? Number.NaN : highest;
  scalars[FILLED] = 0;
  learnRecord(state, block, get(state.highest, place(block)));
  if (filled > 0) {
    learnProfile(state, block, middle);
    scalars[BLOCKS_SEEN] = get(scalars, BLOCKS_SEEN) + 1;
  }
  state.flattened[place(block)] = middle - profileAt(state, block);
  learnErrors(state, block);
  const knowsDay = get(scalars, SLOT_DAYS) >= 2 * C.slots;
  const compared = get(scalars, COMPARED) >= C.blocksPerLead;
  const useDaily = knowsDay && compared && get(scalars, DAILY_ERROR) < C.profileAdvantage * get(scalars, PLAIN_ERROR);
  const plain = sayPath(state, 0, block, !useDaily);
  const daily = knowsDay ? sayPath(state, 1, block, useDaily) : undefined;
  judge(state, useDaily ? daily : plain, at);
};

/** Takes one step; steps left out, and values that are none, are gaps. A step seen before changes nothing. */
export const observeBreach = (state: TimeToBreach, { index, endsAt, value, bound }: BreachStep): BreachForecast | undefined => {
  const { scalars, blockSteps, options, open } = state;
  if (index <= get(scalars, NEWEST_STEP)) return forecastOf(state);
  const block = Math.floor(index / blockSteps);
  const previous = get(scalars, BLOCK);
  if (!Number.isNaN(previous) && block > previous) {
    const newestEnd = endsAt - (index + 1) * options.stepMs;
    const from = Math.max(previous, block - RING);
    for (let k = from; k < block; k += 1) closeBlock(state, k, newestEnd + (k + 1) * blockSteps * options.stepMs);
  }
  scalars[BLOCK] = block;
  scalars[NEWEST_STEP] = index;
  const share = value / bound;
  if (Number.isFinite(share) && bound > 0) {
    open[get(scalars, FILLED)] = clamp(share, -10, 10);
    scalars[FILLED] = get(scalars, FILLED) + 1;
  }
  if ((index + 1) % blockSteps === 0) {
    closeBlock(state, block, endsAt);
    scalars[BLOCK] = block + 1;
  }
  return forecastOf(state);
};

const probabilityOf = (state: TimeToBreach): number => {
  const lead = state.options.leadMs;
  const times = [0, 1, 2].map((i) => get(state.scalars, Q10 + i)) as [number, number, number];
  const between = (low: number, high: number): number =>
    high > low && Number.isFinite(high) ? clamp((lead - low) / (high - low), 0, 1) : 0;
  if (lead >= times[2]) return 0.9;
  if (lead >= times[1]) return 0.5 + 0.4 * between(times[1], times[2]);
  return lead >= times[0] ? 0.1 + 0.4 * between(times[0], times[1]) : 0.1 * between(0, times[0]);
};

/** The forecast as of the newest block; undefined before the first. */
export const forecastOf = (state: TimeToBreach): BreachForecast | undefined => {
  const { scalars, blockSteps, options } = state;
  const at = get(scalars, AT);
  if (Number.isNaN(at)) return undefined;
  return {
    at,
    q10: get(scalars, Q10),
    q50: get(scalars, Q10 + 1),
    q90: get(scalars, Q10 + 2),
    probability: probabilityOf(state),
    level: get(scalars, LEVEL),
    slopePerHour: (get(scalars, SLOPE) * 3_600_000) / (blockSteps * options.stepMs),
    daily: get(scalars, USED) === 1,
    firing: get(scalars, FIRING) === 1,
    days: Math.floor(get(scalars, SLOT_DAYS) / C.slots),
    record: recordOf(state),
    since: get(scalars, SINCE),
  };
};
