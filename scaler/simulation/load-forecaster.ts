import type { TimeScale } from '../../core/time.ts';
import type { Forecast } from '../../detectors/forecast/forecast.ts';
import { createForecaster, forecastLoad, observeLoad } from '../../detectors/forecast/index.ts';

/** What the planning policy needs of a forecaster; steps are those of the simulation, and negative for its history. */
export interface LoadForecaster {
  observe(step: number, load: number): void;
  /** Quantiles for the `horizonSteps` steps after the newest observed one. */
  forecast(horizonSteps: number, madeAt: number): Forecast | undefined;
}

export const FORECAST_LEVELS: readonly number[] = [0.1, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995];

/**
 * The product's forecaster on the time of a simulation. `historySteps` steps precede step 0; they shift its clock,
 * because it counts steps from an epoch and a simulation from its judged part.
 */
export const createLoadForecaster = (scale: TimeScale, historySteps: number): LoadForecaster => {
  const state = createForecaster({ scale, levels: FORECAST_LEVELS });
  const shiftMs = historySteps * scale.stepMs;
  return {
    observe: (step, load) => observeLoad(state, step + historySteps, load),
    forecast(horizonSteps, madeAt) {
      const forecast = forecastLoad(state, horizonSteps, madeAt + shiftMs);
      return { ...forecast, madeAt, startsAt: forecast.startsAt - shiftMs };
    },
  };
};
