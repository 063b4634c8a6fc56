/** Where each number of a series lives: one Float64Array of scalars, one Float32Array of seasons and histograms. */
export const SLOTS = 24;
export const BINS_PER_OCTAVE = 3;
export const BINS = 42;
/** The bin of the first residual ever seen: 12 octaves lie below it, 2 above; for a larger one all move down. */
export const ANCHOR_BIN = 36;

/** Departures that are judged, each by its own history; then some that are only used. */
export const RESIDUAL = { centre: 0, season: 1, level: 2, slow: 3, mixed: 4, fromMixed: 5 } as const;
export const CHANNELS = 5;
export const RESIDUALS = 6;

/** Scalars of one channel. */
export const C = { usual: 0, total: 1, unit: 2, anchor: 3, topAbove: 4, topBelow: 5, evidence: 6 } as const;
export const CHANNEL_SCALARS = 7;

export const S = {
  rows: 0,
  lastValue: 1,
  quantum: 2,
  magnitude: 3,
  ripple: 4,
  everNegative: 5,
  centre: 6,
  centreSpread: 7,
  centreRows: 8,
  run: 9,
  runMean: 10,
  runSpread: 11,
  interim: 12,
  seasonSpread: 13,
  offset: 14,
  offsetError: 15,
  centreError: 16,
  level: 17,
  levelSpread: 18,
  slowMean: 19,
  mixedMean: 20,
  mixedSpread: 21,
  effect: 22,
  brief: 23,
  open: 24,
  peak: 25,
  alerts: 26,
  calm: 27,
  freshAt: 28,
  freshPeak: 29,
  whole: 30,
  forecastMean: 31,
  forecastSpread: 32,
  levelError: 33,
  seasonError: 34,
  scoreScale: 35,
  expected: 36,
  lower: 37,
  upper: 38,
  score: 39,
  evidence: 40,
  season: 41,
  told: 42,
  asked: 43,
  noise: 44,
} as const;
export const CHANNELS_AT = 45;
export const SCALARS = CHANNELS_AT + CHANNELS * CHANNEL_SCALARS;

/** Hours of weekdays and weekends, hours of all days, and the rows each has seen. */
export const SEASON = { byKind: 0, all: 2 * SLOTS, kindRows: 3 * SLOTS, allRows: 5 * SLOTS } as const;
export const HISTORY_AT = 6 * SLOTS;
export const HISTORY_CELLS = 2 * BINS;
export const CELLS = HISTORY_AT + CHANNELS * HISTORY_CELLS;
export const STATE_BYTES = SCALARS * 8 + CELLS * 4;
