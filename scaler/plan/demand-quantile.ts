import type { Forecast } from '../../detectors/forecast/forecast.ts';

/** Exponential scale of a probability: the distance, in mean excesses, that an exponential tail puts between survival 1 and 1 - p. */
const depth = (p: number): number => -Math.log(1 - p);

/**
 * The load that stays below with probability `p`, read from quantiles that are known at a few levels only.
 * Between levels the logarithm of the survival function is linear in the load; beyond the last level the tail goes
 * on exponentially with the slope of the last segment, so that a risk smaller than the forecaster's finest level
 * still buys margin. Quantiles that cross are rearranged by a running maximum (Chernozhukov et al. 2010).
 *
 * @param levels ascending, each inside (0, 1)
 * @param valueAt value of the i-th level, finite
 */
export const quantileOfLevels = (levels: readonly number[], valueAt: (index: number) => number, p: number): number => {
  const target = depth(Math.min(p, 1 - Number.EPSILON));
  let lowDepth = Number.NaN;
  let lowValue = Number.NaN;
  let slope = 0;
  let value = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < levels.length; index += 1) {
    value = Math.max(value, valueAt(index));
    const here = depth(levels[index] as number);
    if (index > 0) slope = (value - lowValue) / (here - lowDepth);
    if (target <= here) return index === 0 ? value : lowValue + slope * (target - lowDepth);
    lowDepth = here;
    lowValue = value;
  }
  return lowValue + slope * (target - lowDepth);
};

/** The largest value of the demand quantile over a span of time, and when it is reached. */
export interface DemandPeak {
  readonly load: number;
  /** End of the step in which it is reached. */
  readonly at: number;
}

const stepIsUsable = (forecast: Forecast, step: number): boolean =>
  forecast.quantiles.every((values) => Number.isFinite(values[step] ?? Number.NaN));

/** Why a forecast cannot be planned on at `now`, or undefined when it can. */
export const unusableBecause = (forecast: Forecast | undefined, now: number): string | undefined => {
  if (forecast === undefined) return 'there is no forecast yet';
  const steps = forecast.quantiles[0]?.length ?? 0;
  const { levels, quantiles } = forecast;
  const wellFormed =
    levels.length > 0 &&
    quantiles.length === levels.length &&
    quantiles.every((values) => values.length === steps) &&
    levels.every((level, index) => level > 0 && level < 1 && (index === 0 || level > (levels[index - 1] as number))) &&
    forecast.stepMs > 0;
  if (!wellFormed || steps === 0) return 'the forecast has no usable quantiles';
  if (forecast.startsAt + (steps - 1) * forecast.stepMs <= now) return 'the forecast has run out';
  for (let step = 0; step < steps; step += 1) {
    if (!stepIsUsable(forecast, step)) return 'the forecast contains values that are no numbers';
  }
  return undefined;
};

/**
 * Largest demand quantile over the forecast steps that touch (from, to]. A forecast that ends before `to` speaks
 * for the rest with its last step; one that ended before `from` does as well, because the nearest known step is a
 * better witness than none. The forecast must be usable.
 */
export const peakDemand = (forecast: Forecast, p: number, from: number, to: number): DemandPeak => {
  const steps = (forecast.quantiles[0] as Float64Array).length;
  const { startsAt, stepMs } = forecast;
  // Step i covers (startsAt + (i - 1) stepMs, startsAt + i stepMs].
  const first = Math.min(steps - 1, Math.max(0, Math.floor((from - startsAt) / stepMs) + 1));
  const last = Math.min(steps - 1, Math.max(first, Math.ceil((to - startsAt) / stepMs)));
  let peak: DemandPeak = { load: Number.NEGATIVE_INFINITY, at: startsAt + first * stepMs };
  for (let step = first; step <= last; step += 1) {
    const load = quantileOfLevels(forecast.levels, (index) => forecast.quantiles[index]?.[step] as number, p);
    if (load > peak.load) peak = { load, at: startsAt + step * stepMs };
  }
  return peak;
};
