import { DAY_MS } from '../../../core/time.ts';
import {
  createEnsemble,
  createForecaster,
  ENSEMBLE,
  type EnsembleConstants,
  forecastLoad,
  observeEnsemble,
  observeLoad,
  writeQuantiles,
} from '../../../detectors/forecast/index.ts';
import type { ForecastContender } from './contender.ts';

/** The forecaster as it ships, or with other constants. */
export const ensembleContender = (constants: EnsembleConstants = ENSEMBLE): ForecastContender => ({
  name: 'foreshock',
  create({ stepMs, horizons, levels }) {
    const state = createEnsemble({ scale: { stepMs, dayLengthMs: DAY_MS }, levels, anchors: horizons }, constants);
    return {
      observe: (step, value) => observeEnsemble(state, step, value),
      quantiles: (which, out) => writeQuantiles(state, horizons[which] as number, out),
    };
  },
});

const SECONDS_A_MS = 1 / 1_000;

/** The forecaster that the scaler plans with. It is told rates a second. */
export const SCALER_FORECASTER: ForecastContender = {
  name: 'scaler',
  create({ stepMs, horizons, levels }) {
    const state = createForecaster({ scale: { stepMs, dayLengthMs: DAY_MS }, levels });
    const seconds = stepMs * SECONDS_A_MS;
    const farthest = horizons.at(-1) ?? 1;
    let forecast = forecastLoad(state, farthest, 0);
    return {
      observe(step, value) {
        observeLoad(state, step, value / seconds);
        forecast = forecastLoad(state, farthest, 0);
      },
      quantiles(which, out) {
        for (let i = 0; i < out.length; i += 1) out[i] = seconds * (forecast.quantiles[i]?.[(horizons[which] as number) - 1] ?? Number.NaN);
      },
    };
  },
};
