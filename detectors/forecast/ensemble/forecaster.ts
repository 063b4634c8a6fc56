import type { Instant } from '../../../core/time.ts';
import type { Forecast } from '../forecast.ts';
import { anchorsOf } from './kernel.ts';
import { readQuantiles, writeForecast } from './members/kernel.ts';
import { type EnsembleState, S, V, VARIANCES } from './state.ts';

/** Outcomes an anchor must have seen before its measured coverage is stated. */
const ENOUGH_OUTCOMES = 50;

/** Quantiles of the load `horizon` steps after the newest step, one a level; NaN before the first observation. */
export const writeQuantiles = (state: EnsembleState, horizon: number, out: Float64Array): void => {
  const { scalars, options, shape } = state;
  const { anchors } = options;
  if (scalars[S.observations] === 0) {
    out.fill(Number.NaN);
    return;
  }
  const target = (scalars[S.now] as number) + horizon;
  // A forecast from old data is a forecast farther ahead.
  const { lower, upper, share } = anchorsOf(anchors, target - (scalars[S.lastObserved] as number));
  const forecast = new Float64Array(shape.entry);
  writeForecast(state, target, lower, upper, share, forecast, 0);
  readQuantiles(state, forecast, 0, out);
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
