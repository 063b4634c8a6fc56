import type { Random } from '../../core/random.ts';
import { modelKey } from '../../core/signal.ts';
import { type Instant, stepsPerDay, type TimeScale } from '../../core/time.ts';
import type { Finding } from '../finding.ts';
import { openingEvidence } from '../seasonal/options.ts';
import { type ForestOptions, fitForest, pValueOf } from './forest.ts';
import { attributeRow, type Forest } from './kernel.ts';

export interface ServiceForestOptions extends ForestOptions {
  readonly tenant: string;
  readonly service: string;
  /** Names of the signals whose standardized residuals make the vector, in its order. */
  readonly names: readonly string[];
  readonly scale: TimeScale;
  /** Rows of history kept for fitting. */
  readonly history?: number;
  readonly falseFindingsPerServiceWeek?: number;
}

/** One service's forest over the residuals of its signals: sees combinations that no signal alone would show. */
export interface ServiceForest {
  readonly options: ServiceForestOptions;
  readonly rows: Float64Array;
  readonly shares: Float64Array;
  readonly openAt: number;
  forest: Forest | undefined;
  seen: number;
  seenAtFit: number;
  evidence: number;
  since: Instant;
  calm: number;
  openSteps: number;
  open: boolean;
}

const DEFAULT_HISTORY = 1_024;
/** Rows before a first fit. */
const LEAST_ROWS = 128;
/** Bounded influence, in scales: beyond it a residual is simply far out. */
const RESIDUAL_LIMIT = 8;
const STEP_CAP = 4;
const CLOSE_AT = 1;
const CALM_STEPS = 3;

export const createServiceForest = (options: ServiceForestOptions): ServiceForest => {
  const dimensions = options.names.length;
  if (dimensions < 2) throw new RangeError(`forest of ${options.service}: ${dimensions} signals make no combination`);
  const openAt = openingEvidence(7 * stepsPerDay(options.scale), 1, options.falseFindingsPerServiceWeek ?? 0.05);
  return {
    options,
    rows: new Float64Array((options.history ?? DEFAULT_HISTORY) * dimensions),
    shares: new Float64Array(dimensions),
    openAt,
    forest: undefined,
    seen: 0,
    seenAtFit: 0,
    evidence: 0,
    since: Number.NaN,
    calm: 0,
    openSteps: 0,
    open: false,
  };
};

/** Whether enough was seen since the last fit that another would know more. */
export const refitDue = (state: ServiceForest): boolean => {
  const capacity = state.rows.length / state.options.names.length;
  return state.seen >= LEAST_ROWS && (state.forest === undefined || state.seen - state.seenAtFit >= capacity / 2);
};

/** The rows a fit is made of, oldest state included: hand them to `fitForest` off the hot path, then `adopt` the result. */
export const fittingRows = (state: ServiceForest): Float64Array =>
  state.rows.slice(0, Math.min(state.seen * state.options.names.length, state.rows.length));

export const adopt = (state: ServiceForest, forest: Forest): void => {
  state.forest = forest;
  state.seenAtFit = state.seen;
};

/** Fits in place; some milliseconds, so not in the step. */
export const refit = (state: ServiceForest, random: Random): void =>
  adopt(state, fitForest(fittingRows(state), state.options.names.length, random, state.options));

/**
 * Scores one step's residual vector (see standardizedResidual of the seasonal bank) and, while nothing is open, keeps it
 * as history. An absent residual is NaN and counts as "as expected": it adds nothing. A vector of nothing changes nothing.
 */
export const observeResiduals = (state: ServiceForest, residuals: ArrayLike<number>, endsAt: Instant): Finding | undefined => {
  const dimensions = state.options.names.length;
  const row = Float64Array.from({ length: dimensions }, (_, d) => {
    const value = residuals[d] ?? Number.NaN;
    return Number.isFinite(value) ? Math.max(-RESIDUAL_LIMIT, Math.min(RESIDUAL_LIMIT, value)) : Number.NaN;
  });
  if (row.every((value) => Number.isNaN(value))) return undefined;
  const filled = row.map((value) => (Number.isNaN(value) ? 0 : value));
  const finding = state.forest === undefined ? undefined : judge(state, state.forest, filled, endsAt);
  if (!state.open) {
    state.rows.set(filled, (state.seen * dimensions) % state.rows.length);
    state.seen += 1;
  }
  return finding;
};

const judge = (state: ServiceForest, forest: Forest, row: Float64Array, endsAt: Instant): Finding | undefined => {
  const score = attributeRow(forest, row, 0, state.shares);
  const pValue = pValueOf(forest, score);
  const before = state.evidence;
  const term = Math.min(STEP_CAP, -Math.log10(pValue)) - 1;
  state.evidence = Math.min(2 * state.openAt, Math.max(0, before + term));
  if (before === 0 && state.evidence > 0) state.since = endsAt;
  if (state.evidence >= state.openAt) state.open = true;
  state.calm = state.evidence <= CLOSE_AT ? state.calm + 1 : 0;
  state.openSteps = state.open ? state.openSteps + 1 : 0;
  // What lasts most of a day is how the service is now: evidence ends, and history begins anew.
  const lasting = state.openSteps >= 0.75 * stepsPerDay(state.options.scale);
  if (lasting) {
    state.evidence = 0;
    state.forest = undefined;
    state.seen = 0;
    state.seenAtFit = 0;
  }
  if (lasting || state.calm >= CALM_STEPS) state.open = false;
  return state.open ? describe(state, row, score, pValue, endsAt) : undefined;
};

/** Contributions: the evidence, divided among the dimensions as the path-length evidence of the latest step is. */
const describe = (state: ServiceForest, row: Float64Array, score: number, pValue: number, endsAt: Instant): Finding => {
  const { tenant, service, names } = state.options;
  const total = state.shares.reduce((sum, share) => sum + share, 0);
  const contributions = names.map((name, d) => ({
    name,
    value: Math.abs(total) < 1e-9 ? state.evidence / names.length : (state.evidence * (state.shares[d] as number)) / total,
  }));
  const leading = [...contributions.keys()].sort((a, b) => (state.shares[b] as number) - (state.shares[a] as number)).slice(0, 3);
  const strongest = leading[0] ?? 0;
  const listed = leading.map((d) => `${names[d]} ${(row[d] as number) >= 0 ? '+' : ''}${(row[d] as number).toFixed(1)}`).join(', ');
  return {
    detector: 'isolation-forest',
    signal: modelKey({ tenant, service, name: 'combination', scope: { kind: 'service' } }),
    tenant,
    service,
    name: 'combination',
    at: endsAt,
    since: state.since,
    direction: (row[strongest] as number) >= 0 ? 'rise' : 'fall',
    harmful: false,
    harm: 'none',
    observed: score,
    expected: 0.5,
    lower: 0,
    upper: state.forest?.calibration[Math.floor(0.99 * state.forest.calibration.length)] ?? 1,
    unit: '1',
    pValue,
    evidence: state.evidence,
    contributions,
    because: `the signals of ${service} stand together as they seldom do; in standard deviations from expected: ${listed}`,
  };
};
