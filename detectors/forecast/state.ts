import { normalTail } from '../../core/math.ts';
import { stepsPerDay, type TimeScale } from '../../core/time.ts';

export interface ForecasterOptions {
  readonly scale: TimeScale;
  /** Ascending, each in (0, 1). */
  readonly levels: readonly number[];
}

/** Horizons that learn, in steps; between them is interpolated, beyond the last its law holds on. */
export const ANCHORS: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
export const FEATURES = 7;
/** A remembered forecast: the step it was made in, its mean, its scale, its base, its features. */
export const ENTRY = 4 + FEATURES;
/** Normal equations (full matrix, right side) and the solution of one anchor. */
export const FIT = FEATURES * FEATURES + 2 * FEATURES;
export const SPREAD_SLOTS = 24;
/** Long and recent excess variance, count of outcomes, then excess variance by part of the season. */
export const SPREAD = 3 + SPREAD_SLOTS;

/** Offsets into `scalars`. */
export const S = {
  /** Newest step seen, absent or not; NaN before the first. */
  now: 0,
  lastObserved: 1,
  fast: 2,
  medium: 3,
  slow: 4,
  /** What the profile said over the same window as `slow`. */
  slowProfile: 5,
  latest: 6,
  /** In bins. */
  season: 7,
  binSum: 8,
  binCount: 9,
  binIndex: 10,
  observations: 11,
  largest: 12,
  sinceSolve: 13,
} as const;

/** Everything a forecast is a function of. Opaque; changed by observeLoad only. */
export interface ForecasterState {
  readonly options: ForecasterOptions;
  /** Steps a bin of the history; bins are minutes of a real day. */
  readonly binSteps: number;
  readonly scalars: Float64Array;
  /** Mean load a bin, eight days, by bin index modulo length; NaN where absent. */
  readonly history: Float32Array;
  /** For each anchor as many remembered forecasts as it has steps. */
  readonly memory: Float64Array;
  readonly fits: Float64Array;
  readonly spreads: Float64Array;
  /** For each anchor and level: residual quantile in scales, share of outcomes below it. */
  readonly tails: Float64Array;
}

export const HISTORY_DAYS = 8;
const MEMORY_ENTRIES = ANCHORS.reduce((sum, anchor) => sum + anchor, 0);

/** Where the memory of each anchor begins, in entries. */
export const MEMORY_START: readonly number[] = ANCHORS.map((_, i) => ANCHORS.slice(0, i).reduce((sum, anchor) => sum + anchor, 0));

/** z with P(Z <= z) = level, by bisection: needed a few times in a life. */
const normalQuantile = (level: number): number => {
  let low = -8;
  let high = 8;
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (1 - normalTail(middle) < level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

/** Shrinks a fresh fit towards "halfway between today's level plus the profile's increment, and the profile itself". */
export const PRIOR_WEIGHT = 20;
export const PRIOR_SEASONAL: readonly number[] = [0, 0, 0, 0.5, 0, 0.2, 0.2];

/** Begins fits and spreads anew: what was learned without the season is an error of knowledge, not noise of the load. */
export const resetLearning = (state: Pick<ForecasterState, 'fits' | 'spreads' | 'tails' | 'options'>, seasonal: boolean): void => {
  const { fits, spreads, tails } = state;
  const { levels } = state.options;
  const normal = levels.map(normalQuantile);
  fits.fill(0);
  tails.fill(0);
  spreads.fill(0.02);
  ANCHORS.forEach((_, a) => {
    spreads[a * SPREAD + 2] = 0;
    normal.forEach((z, i) => {
      tails[(a * levels.length + i) * 2] = z;
    });
    if (seasonal) fits.set(PRIOR_SEASONAL, a * FIT + FEATURES * FEATURES + FEATURES);
  });
};

export const createForecaster = (options: ForecasterOptions): ForecasterState => {
  const { scale, levels } = options;
  if (levels.length === 0) throw new RangeError('forecaster: no levels');
  levels.forEach((level, i) => {
    if (!(level > 0 && level < 1) || level <= (levels[i - 1] ?? 0))
      throw new RangeError(`forecaster: levels must ascend within (0, 1), got ${levels.join(', ')}`);
  });
  const perDay = stepsPerDay(scale);
  const binSteps = Math.max(1, Math.ceil(perDay / 1_440));
  const state: ForecasterState = {
    options: { scale: { stepMs: scale.stepMs, dayLengthMs: scale.dayLengthMs }, levels: [...levels] },
    binSteps,
    scalars: new Float64Array(16),
    history: new Float32Array(Math.ceil((HISTORY_DAYS * perDay) / binSteps) + 1).fill(Number.NaN),
    memory: new Float64Array(MEMORY_ENTRIES * ENTRY).fill(Number.NaN),
    fits: new Float64Array(ANCHORS.length * FIT),
    spreads: new Float64Array(ANCHORS.length * SPREAD),
    tails: new Float64Array(ANCHORS.length * levels.length * 2),
  };
  state.scalars[S.now] = Number.NaN;
  state.scalars[S.lastObserved] = Number.NaN;
  resetLearning(state, false);
  return state;
};
