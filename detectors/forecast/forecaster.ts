import type { Instant } from '../../core/time.ts';
import type { Forecast } from './forecast.ts';
import { anchorsOf, meanOf, scaleOf, writeFeatures } from './kernel.ts';
import { FEATURES, type ForecasterState, S, SPREAD } from './state.ts';

/** Outcomes an anchor must have seen before its measured coverage is stated. */
const ENOUGH_OUTCOMES = 50;

/** Quantiles for the `horizonSteps` steps after the newest one seen. All NaN before the first observation. */
export const forecastLoad = (state: ForecasterState, horizonSteps: number, madeAt: Instant): Forecast => {
  const { scalars, options, tails, spreads, binSteps } = state;
  const { levels } = options;
  const { stepMs } = options.scale;
  const steps = Math.max(1, Math.floor(horizonSteps));
  const quantiles = levels.map(() => new Float64Array(steps).fill(Number.NaN));
  const known = (scalars[S.observations] as number) > 0;
  const now = known ? (scalars[S.now] as number) : Math.floor(madeAt / stepMs) - 1;
  const lastObserved = scalars[S.lastObserved] as number;
  const features = new Float64Array(FEATURES);
  for (let i = 0; known && i < steps; i += 1) {
    const target = now + 1 + i;
    // A forecast from old data is a forecast farther ahead.
    const { lower, upper, share } = anchorsOf(target - lastObserved);
    const base = writeFeatures(state, target, features, 0);
    const mean = meanOf(state, base, features, 0, lower, upper, share);
    const scale = scaleOf(state, mean, target, lower, upper, share);
    let previous = 0;
    levels.forEach((_, level) => {
      const tail = (anchor: number): number => tails[(anchor * levels.length + level) * 2] as number;
      const value = Math.max(previous, mean + scale * ((1 - share) * tail(lower) + share * tail(upper)));
      (quantiles[level] as Float64Array)[i] = value;
      previous = value;
    });
  }
  const { lower: anchor } = anchorsOf(steps);
  const outcomes = spreads[anchor * SPREAD + 2] as number;
  const coverage = levels.map((_, level) =>
    outcomes < ENOUGH_OUTCOMES ? Number.NaN : (tails[(anchor * levels.length + level) * 2 + 1] as number),
  );
  const seasonSteps = (scalars[S.season] as number) * binSteps;
  return {
    madeAt,
    startsAt: (now + 2) * stepMs,
    stepMs,
    levels,
    quantiles,
    coverage,
    seasonSteps,
    because: known ? explain(state, seasonSteps, coverage, outcomes) : 'no load was observed yet',
  };
};

const explain = (state: ForecasterState, seasonSteps: number, coverage: readonly number[], outcomes: number): string => {
  const { scale, levels } = state.options;
  const days = (seasonSteps * scale.stepMs) / scale.dayLengthMs;
  const rounded = Number(days.toPrecision(3));
  const basis =
    seasonSteps === 0
      ? 'no season found, so the level of the last steps holds with wide bounds'
      : `a season of ${rounded} ${rounded === 1 ? 'day' : 'days'} and the level of the last steps`;
  const top = levels.length - 1;
  const measured = coverage[top];
  return measured === undefined || Number.isNaN(measured)
    ? `${basis}; too few forecasts measured yet`
    : `${basis}; of ${outcomes} past forecasts ${(measured * 100).toFixed(1)} % stayed below the ${levels[top]} quantile`;
};
