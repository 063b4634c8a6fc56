import type { SeasonalConstants } from './options.ts';
import { TAIL_BINS } from './tail.ts';

/** Field offsets of one signal's interleaved Float64 state. Values are on the transformed scale unless said. */
export const F = {
  observations: 0,
  lastIndex: 1,
  /** Robust running level without a season. */
  level: 2,
  /** What the season misses just now. */
  offset: 3,
  /** Variance between steps that no sampling explains. */
  between: 4,
  /** Variance of one event (durations). */
  within: 5,
  meanWeight: 6,
  totalWeight: 7,
  autoCross: 8,
  autoSquare: 9,
  /** Standardized residual of the last observed step. */
  lastResidual: 10,
  seasonError: 11,
  levelError: 12,
  histogramTotal: 13,
  /** Smallest step between two values seen (gauges). */
  quantum: 14,
  lastTransformed: 15,
  rise: 16,
  fall: 17,
  riseSince: 18,
  fallSince: 19,
  riseEvident: 20,
  fallEvident: 21,
  riseTerms: 22,
  fallTerms: 23,
  /** 0 closed, 1 a rise is open, -1 a fall. */
  open: 24,
  openSteps: 25,
  calmSteps: 26,
  /** Mean residual while open: where the level would be re-anchored. */
  shift: 27,
  price: 28,
  settle: 29,
  lastEndsAt: 30,
  lastValue: 31,
  lastExpected: 32,
  lastLower: 33,
  lastUpper: 34,
  /** -log10 p of the last step in its own direction. */
  lastEvidence: 35,
  /** Whitened standardized residual of the last step. */
  lastScore: 36,
  /** Share of the season in the last expectation. */
  seasonShare: 37,
  /** The level as it was before the last re-anchoring, relative to now, for as long as `returnSteps` lasts. */
  returnShift: 38,
  returnSteps: 39,
  returnHits: 40,
  openedAt: 41,
  lastWeight: 42,
  sinceGap: 43,
  riseRing: 44,
  fallRing: 52,
  /** Observations since the season was first known: what was learned of spread before it was mostly the season. */
  seasonSteps: 60,
  /** Slow wave of a ratio: running mean of its standardized residuals, and what it said of the next one. */
  wave: 61,
  waveCross: 62,
  waveSquare: 63,
} as const;

export const RING = 8;
/** Float64 values a signal. */
export const STRIDE_64 = 64;

/** Offsets of one signal's Float32 state: slot values and visits by class of day, slot spread, then both tails. */
export interface Layout32 {
  readonly values: number;
  readonly visits: number;
  readonly spread: number;
  readonly tailRise: number;
  readonly tailFall: number;
  readonly stride: number;
}

export const layout32 = (c: SeasonalConstants): Layout32 => {
  const values = 0;
  const visits = values + c.slots * c.classes;
  const spread = visits + c.slots * c.classes;
  const tailRise = spread + c.slots;
  const tailFall = tailRise + TAIL_BINS;
  return { values, visits, spread, tailRise, tailFall, stride: tailFall + TAIL_BINS };
};

export const KIND_GAUGE = 0;
export const KIND_RATE = 1;
export const KIND_RATIO = 2;
export const KIND_DURATION = 3;

export interface KernelState {
  f64: Float64Array;
  f32: Float32Array;
}

/** Writes the state of a signal that was never observed. */
export const clearSignal = (state: KernelState, row: number, layout: Layout32): void => {
  const base = row * STRIDE_64;
  state.f64.fill(0, base, base + STRIDE_64);
  for (const field of [F.lastEndsAt, F.lastValue, F.lastExpected, F.lastLower, F.lastUpper, F.lastIndex, F.lastScore])
    state.f64[base + field] = Number.NaN;
  const low = row * layout.stride;
  state.f32.fill(0, low, low + layout.stride);
  state.f32.fill(1, low + layout.spread, low + layout.tailRise);
};
