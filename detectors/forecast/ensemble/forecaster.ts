import type { Instant } from '../../../core/time.ts';
import type { Forecast } from '../forecast.ts';
import { anchorsOf, scaleOf, writeExperts, writeFeatures, writeWeights } from './kernel.ts';
import { type EnsembleState, EXPERTS, FEATURES, S, V, VARIANCES } from './state.ts';
import { writeTails } from './tails.ts';

/** Outcomes an anchor must have seen before its measured coverage is stated. */
const ENOUGH_OUTCOMES = 50;

/** Quantiles of the load `horizon` steps after the newest step, one a level; NaN before the first observation. */
export const writeQuantiles = (state: EnsembleState, horizon: number, out: Float64Array): void => {
  const { scalars, options } = state;
  const { levels, anchors } = options;
  if (scalars[S.observations] === 0) {
    out.fill(Number.NaN);
    return;
  }
  const target = (scalars[S.now] as number) + horizon;
  // A forecast from old data is a forecast farther ahead.
  const { lower, upper, share } = anchorsOf(anchors, target - (scalars[S.lastObserved] as number));
  const features = new Float64Array(FEATURES);
  const experts = new Float64Array(EXPERTS);
  const weights = new Float64Array(2 * EXPERTS);
  const tails = new Float64Array(2 * levels.length);
  const base = writeFeatures(state, target, features, 0);
  writeExperts(state, base, features, 0, lower, upper, share, experts, 0);
  writeWeights(state, lower, weights, 0);
  writeWeights(state, upper, weights, EXPERTS);
  let mean = 0;
  for (let i = 0; i < EXPERTS; i += 1)
    mean += ((1 - share) * (weights[i] as number) + share * (weights[EXPERTS + i] as number)) * (experts[i] as number);
  const scale = scaleOf(state, mean, target, lower, upper, share);
  writeTails(state, lower, tails, 0);
  writeTails(state, upper, tails, levels.length);
  let previous = 0;
  for (let i = 0; i < levels.length; i += 1) {
    const tail = (1 - share) * (tails[i] as number) + share * (tails[levels.length + i] as number);
    const value = mean + scale * tail;
    // Quantiles of counts are counts. Between 0 and 1 that is the difference between "never" and "always".
    previous = Math.max(previous, scalars[S.fractional] === 1 ? value : Math.round(value));
    out[i] = previous;
  }
};

/** Quantiles for the `horizonSteps` steps after the newest one seen. */
export const forecastEnsemble = (state: EnsembleState, horizonSteps: number, madeAt: Instant): Forecast => {
  const { scalars, options, corrections, variances, shape } = state;
  const { levels, anchors, scale } = options;
  const steps = Math.max(1, Math.floor(horizonSteps));
  const known = (scalars[S.observations] as number) > 0;
  const now = known ? (scalars[S.now] as number) : Math.floor(madeAt / scale.stepMs) - 1;
  const quantiles = levels.map(() => new Float64Array(steps));
  const column = new Float64Array(levels.length);
  for (let i = 0; i < steps; i += 1) {
    writeQuantiles(state, i + 1, column);
    levels.forEach((_, level) => {
      (quantiles[level] as Float64Array)[i] = column[level] as number;
    });
  }
  const { lower } = anchorsOf(anchors, steps);
  const outcomes = variances[lower * VARIANCES + V.count] as number;
  const coverage = levels.map((_, i) =>
    outcomes < ENOUGH_OUTCOMES ? Number.NaN : (corrections[(lower * levels.length + i) * 2 + 1] as number),
  );
  return {
    madeAt,
    startsAt: (now + 2) * scale.stepMs,
    stepMs: scale.stepMs,
    levels,
    quantiles,
    coverage,
    seasonSteps: shape.perDay,
    because: known ? explain(levels, coverage, outcomes) : 'no load was observed yet',
  };
};

const explain = (levels: readonly number[], coverage: readonly number[], outcomes: number): string => {
  const basis = 'the levels of the last steps, the usual day, yesterday and last week, weighted by how well they did';
  const measured = coverage.at(-1) ?? Number.NaN;
  return Number.isNaN(measured)
    ? `${basis}; too few forecasts measured yet`
    : `${basis}; of ${outcomes} past forecasts ${(measured * 100).toFixed(1)} % stayed below the ${levels.at(-1)} quantile`;
};
