import { BREACH_CONSTANTS } from './options.ts';

/*
 * Loops over the rings of one series, once a block. Nothing is allocated but in the fixed scratch below, which no two
 * calls share over time.
 */

const C = BREACH_CONSTANTS;
const scratch = new Float64Array(256);
const slopeOf = new Float64Array(8);
const errorOf = new Float64Array(8);

/** Median of the first `length` values of the scratch, by insertion sort: there are at most a few dozen. */
const scratchMedian = (length: number): number => {
  for (let i = 1; i < length; i++) {
    const value = scratch[i]!;
    let j = i - 1;
    while (j >= 0 && scratch[j]! > value) {
      scratch[j + 1] = scratch[j]!;
      j--;
    }
    scratch[j + 1] = value;
  }
  const middle = length >> 1;
  return length % 2 === 1 ? scratch[middle]! : (scratch[middle - 1]! + scratch[middle]!) / 2;
};

/** Theil's incomplete method: the median slope over the pairs that lie `lag` apart. Linear in the window. */
const lagSlope = (ring: Float64Array, newest: number, window: number, lag: number): number => {
  const size = ring.length;
  let pairs = 0;
  for (let back = 0; back < window - lag; back++) {
    const late = ring[(newest - back + size) % size]!;
    const early = ring[(newest - back - lag + size) % size]!;
    if (!Number.isNaN(late - early)) scratch[pairs++] = (late - early) / lag;
  }
  return pairs >= C.leastFilled * (window - lag) ? scratchMedian(pairs) : Number.NaN;
};

/**
 * The gentler of the slopes over half and over a quarter of a window. A jump between two levels is steep over the half
 * that holds it and flat over quarters, since most of those do not.
 */
const windowSlope = (ring: Float64Array, newest: number, window: number): number => {
  const half = lagSlope(ring, newest, window, window >> 1);
  const quarter = lagSlope(ring, newest, window, window >> 2);
  if (half * quarter <= 0) return 0;
  return Math.abs(quarter) < Math.abs(half) ? quarter : half;
};

const windowLevel = (ring: Float64Array, newest: number, window: number, slope: number): number => {
  const size = ring.length;
  let seen = 0;
  for (let back = 0; back < window; back++) {
    const value = ring[(newest - back + size) % size]!;
    if (!Number.isNaN(value)) scratch[seen++] = value + slope * back;
  }
  return seen === 0 ? Number.NaN : scratchMedian(seen);
};

const windowSpread = (ring: Float64Array, newest: number, window: number, slope: number, level: number): number => {
  const size = ring.length;
  let seen = 0;
  for (let back = 0; back < window; back++) {
    const value = ring[(newest - back + size) % size]!;
    if (!Number.isNaN(value)) scratch[seen++] = Math.abs(value + slope * back - level);
  }
  return seen === 0 ? Number.NaN : 1.4826 * scratchMedian(seen);
};

/**
 * The trend of the longest window that its shorter ones do not contradict (after Lepski): long where nothing has
 * changed, short after a ramp began. Writes slope, level now, standard error of the slope, and
 * how much a block the slope has surely grown, and how many blocks ago it was that; slope NaN where too little was seen.
 */
export const fitTrend = (ring: Float64Array, newest: number, out: Float64Array): void => {
  out[0] = Number.NaN;
  out[3] = 0;
  out[4] = 0;
  let window: number = C.shortestWindow;
  for (let w = 0; w < C.windows; w++, window *= 2) {
    const slope = windowSlope(ring, newest, window);
    if (Number.isNaN(slope)) break;
    const level = windowLevel(ring, newest, window, slope);
    const spread = windowSpread(ring, newest, window, slope, level);
    slopeOf[w] = slope;
    // Of a line through independent points; a third more for the incomplete method.
    errorOf[w] = (1.35 * spread * Math.sqrt(12 / window)) / window;
    let agrees = true;
    for (let v = 0; v < w; v++) if (Math.abs(slopeOf[v]! - slope) > C.agreement * (errorOf[v]! + errorOf[w]!)) agrees = false;
    // The middles of the two windows lie a quarter of the longer one apart.
    const faster = w === 0 ? 0 : (slopeOf[w - 1]! - slope - errorOf[w - 1]!) / (window / 4);
    if (!agrees) {
      if (faster > 0 && slope >= 0) out[3] = faster;
      break;
    }
    out[3] = faster > 0 && slope > 0 ? faster : 0;
    out[0] = slope;
    out[4] = window / 2;
    out[1] = level;
    out[2] = errorOf[w]!;
  }
};

/** Moves a quantile of level `q` towards a value by a part of `width`: its balance point is the quantile itself. */
export const moveQuantile = (current: number, value: number, q: number, width: number): number =>
  current + C.quantileGain * width * (value > current ? q : q - 1);
