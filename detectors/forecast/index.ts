export type { Forecast } from './forecast.ts';
export { forecastLoad } from './forecaster.ts';
export { observeLoad } from './observe.ts';
export { discoverSeason } from './season.ts';
export { restoreForecaster, snapshotForecaster } from './snapshot.ts';
export { createForecaster, type ForecasterOptions, type ForecasterState } from './state.ts';
