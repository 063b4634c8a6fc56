import { normalTail } from '../../../core/math.ts';
import { stepsPerDay, type TimeScale } from '../../../core/time.ts';
import { ENSEMBLE, type EnsembleConstants } from './constants.ts';

export interface EnsembleOptions {
  readonly scale: TimeScale;
  /** Ascending, each in (0, 1). */
  readonly levels: readonly number[];
  /** Horizons that learn, in steps, ascending; between them is interpolated, beyond the last its law holds on. */
  readonly anchors: readonly number[];
}

/** Running levels, their time constants evenly apart on a logarithmic scale. */
export const LEVELS = 6;
/** The level that features are differences from, the one noise is judged by, the one that is compared with the profile. */
export const BASE = 1;
export const SMOOTH = 2;
export const SLOW = 3;
export const FEATURES = 15;
/** The first features know no season. */
export const LEVEL_FEATURES = LEVELS;
/** Ridge fits: of all features with a long memory and a short one, and of levels only. */
export const FITS = 3;
export const SHORT_FIT = 1;
export const LEVEL_FIT = 2;
/** The fits, yesterday, and the newest value. */
export const EXPERTS = FITS + 2;
/** Normal equations (full matrix, right side) and the solution of one fit. */
export const FIT = FEATURES * FEATURES + 2 * FEATURES;
/** Where the solution begins in a fit. */
export const SOLUTION = FEATURES * FEATURES + FEATURES;
/** Parts of a day whose variance is known apart. */
export const SLOTS = 96;
/** Sizes of a load, a factor of two each, whose variance is known apart. */
export const OCTAVES = 48;
/**
 * Opinions on the quantiles: the mean with a scale of size, hour and hour of the day; the mean, persistence and yesterday, each
 * with what it is usually wrong by.
 */
export const MEMBERS = 4;
export const SCALED = 0;
export const PERSISTING = 2;
export const REPEATING = 3;
export const BINS = 160;
/** The bins, their sum, and what the next outcome counts for. */
export const HISTOGRAM = BINS + 2;
/**
 * Half range of the histogram on the scale of the inverse hyperbolic sine of two scales: 13.6 scales. What is farther out
 * counts as if it lay there: an hour in which an idle service came alive must not make every later tail a hundred scales wide.
 */
const TAIL_RANGE = 4;

/** Offsets into the variances of one anchor. */
export const V = { long: 0, recent: 1, count: 2, slots: 3, octaves: 3 + SLOTS, octaveCounts: 3 + SLOTS + OCTAVES } as const;
export const VARIANCES = 3 + SLOTS + 2 * OCTAVES;

/** Offsets into a remembered forecast. Behind them, for each level, the quantiles of each member and at last those that were said. */
export const E = {
  step: 0,
  base: 1,
  features: 2,
  experts: 2 + FEATURES,
  /** What each member says is in the middle, and the scale of its quantiles around it. */
  centers: 2 + FEATURES + EXPERTS,
  scales: 2 + FEATURES + EXPERTS + MEMBERS,
  quantiles: 2 + FEATURES + EXPERTS + 2 * MEMBERS,
} as const;

/** Offsets into `scalars`. */
export const S = {
  /** Newest step seen, absent or not; NaN before the first. */
  now: 0,
  lastObserved: 1,
  latest: 2,
  observations: 3,
  binIndex: 4,
  binSum: 5,
  binCount: 6,
  /** What the profile said over the same window as the slow level. */
  profileLevel: 7,
  sinceSolve: 8,
  /** By how much a day usually differs from the profile. */
  usualError: 9,
  /** 1 as soon as a load was seen that is no whole number. */
  fractional: 10,
  levels: 11,
} as const;

/** What follows from options and constants. */
export interface EnsembleShape {
  readonly perDay: number;
  /** Steps a bin of the profile; bins are minutes of a real day, or steps where those are longer. */
  readonly binSteps: number;
  readonly binsPerDay: number;
  readonly binsPerHour: number;
  readonly wide: number;
  readonly narrow: number;
  readonly aroundYesterday: number;
  readonly gains: readonly number[];
  /** Numbers a remembered forecast has. */
  readonly entry: number;
  /** Where the memory of each anchor begins, in entries. */
  readonly memoryStart: readonly number[];
}

/** Everything a forecast is a function of. Opaque; changed by observeEnsemble only. */
export interface EnsembleState {
  readonly options: EnsembleOptions;
  readonly constants: EnsembleConstants;
  readonly shape: EnsembleShape;
  readonly scalars: Float64Array;
  /** Mean load a bin of eight days, by bin index modulo length; NaN where absent. */
  readonly history: Float32Array;
  /** Running mean of each bin of the day, NaN before it was seen; and of each bin of the hour, relative to the level. */
  readonly profile: Float64Array;
  readonly hourly: Float64Array;
  /** For each anchor as many remembered forecasts as it has steps. */
  readonly memory: Float64Array;
  readonly fits: Float64Array;
  /** Of squared residuals relative to the squared size of the load. */
  readonly variances: Float64Array;
  readonly histograms: Float64Array;
  /** For each anchor and level: correction of the quantile in scales, measured share below it. */
  readonly corrections: Float64Array;
  /** For each anchor and expert. */
  readonly losses: Float64Array;
  /** For each anchor, member and level. */
  readonly memberLosses: Float64Array;
  /** Mean absolute error of each member's middle, for each anchor. */
  readonly memberErrors: Float64Array;
}

const HISTORY_DAYS = 8;
const MINUTES_A_DAY = 1_440;
const HOURS_A_DAY = 24;
/** Time constant of the fastest level, in steps; and the least of the slowest. */
const FASTEST_STEPS = 2;
const SLOWEST_STEPS_MIN = 8;

const shapeOf = ({ scale, levels, anchors }: EnsembleOptions, constants: EnsembleConstants): EnsembleShape => {
  const perDay = stepsPerDay(scale);
  const binSteps = Math.max(1, Math.ceil(perDay / MINUTES_A_DAY));
  const binsPerDay = Math.max(1, Math.round(perDay / binSteps));
  const minutes = (count: number): number => Math.round((count * binsPerDay) / MINUTES_A_DAY);
  const span = Math.log(Math.max(SLOWEST_STEPS_MIN, constants.slowestLevelDays * perDay) / FASTEST_STEPS);
  return {
    perDay,
    binSteps,
    binsPerDay,
    binsPerHour: Math.max(1, Math.round(binsPerDay / HOURS_A_DAY)),
    wide: minutes(constants.wideMinutes),
    narrow: minutes(constants.narrowMinutes),
    aroundYesterday: minutes(constants.yesterdayMinutes),
    gains: Array.from({ length: LEVELS }, (_, i) => 1 - Math.exp(-1 / (FASTEST_STEPS * Math.exp((span * i) / (LEVELS - 1))))),
    entry: E.quantiles + (MEMBERS + 1) * levels.length,
    memoryStart: anchors.map((_, i) => anchors.slice(0, i).reduce((sum, anchor) => sum + anchor, 0)),
  };
};

const check = ({ levels, anchors }: EnsembleOptions): void => {
  if (levels.length === 0 || levels.some((level, i) => !(level > (levels[i - 1] ?? 0) && level < 1)))
    throw new RangeError(`ensemble: levels must ascend within (0, 1), got ${levels.join(', ')}`);
  if (anchors.length === 0 || anchors.some((anchor, i) => !Number.isInteger(anchor) || anchor <= (anchors[i - 1] ?? 0)))
    throw new RangeError(`ensemble: anchors must be ascending whole steps, got ${anchors.join(', ')}`);
};

export const createEnsemble = (options: EnsembleOptions, constants: EnsembleConstants = ENSEMBLE): EnsembleState => {
  check(options);
  const { scale, levels, anchors } = options;
  const shape = shapeOf(options, constants);
  const state: EnsembleState = {
    options: { scale: { stepMs: scale.stepMs, dayLengthMs: scale.dayLengthMs }, levels: [...levels], anchors: [...anchors] },
    constants: { ...constants },
    shape,
    scalars: new Float64Array(S.levels + LEVELS),
    history: new Float32Array(HISTORY_DAYS * shape.binsPerDay + 1).fill(Number.NaN),
    profile: new Float64Array(shape.binsPerDay).fill(Number.NaN),
    hourly: new Float64Array(shape.binsPerHour),
    memory: new Float64Array(anchors.reduce((sum, anchor) => sum + anchor, 0) * shape.entry).fill(Number.NaN),
    fits: new Float64Array(anchors.length * FITS * FIT),
    variances: new Float64Array(anchors.length * VARIANCES),
    histograms: new Float64Array(anchors.length * MEMBERS * HISTOGRAM),
    corrections: new Float64Array(anchors.length * levels.length * 2),
    losses: new Float64Array(anchors.length * EXPERTS),
    memberLosses: new Float64Array(anchors.length * MEMBERS * levels.length),
    memberErrors: new Float64Array(anchors.length * MEMBERS),
  };
  state.scalars[S.now] = Number.NaN;
  state.scalars[S.lastObserved] = Number.NaN;
  anchors.forEach((_, a) => {
    state.variances.fill(constants.scaleStart * constants.scaleStart, a * VARIANCES, a * VARIANCES + V.octaves);
    state.variances[a * VARIANCES + V.count] = 0;
    for (let member = 0; member < MEMBERS; member += 1)
      fillWithNormal(state.histograms, (a * MEMBERS + member) * HISTOGRAM, constants.tailPrior);
  });
  return state;
};

const fillWithNormal = (histograms: Float64Array, start: number, weight: number): void => {
  let below = 0;
  for (let i = 0; i < BINS; i += 1) {
    const upTo = i === BINS - 1 ? 1 : 1 - normalTail(edgeOf(i + 1));
    histograms[start + i] = weight * (upTo - below);
    below = upTo;
  }
  histograms[start + BINS] = weight;
  histograms[start + BINS + 1] = 1;
};

/** Left edge of a bin, in scales. Edges lie evenly on the scale of the inverse hyperbolic sine: fine in the middle, wide in the tails. */
export const edgeOf = (bin: number): number => {
  const x = -TAIL_RANGE + (2 * TAIL_RANGE * bin) / BINS;
  return (Math.exp(x) - Math.exp(-x)) / 4;
};

export const binOf = (scales: number): number => {
  const twice = Math.abs(2 * scales);
  const x = Math.log(twice + Math.sqrt(twice * twice + 1));
  return Math.min(BINS - 1, Math.max(0, Math.floor((((scales < 0 ? -x : x) + TAIL_RANGE) / (2 * TAIL_RANGE)) * BINS)));
};
