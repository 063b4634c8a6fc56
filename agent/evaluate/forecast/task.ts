import { LAST_WEEK, PERSISTENCE, YESTERDAY } from './baselines.ts';
import { judgeSeries, type SeriesScores } from './judge.ts';
import type { LoadSeries } from './load-series.ts';
import { ensembleContender, SCALER_FORECASTER } from './ours.ts';

/** One load to be judged, as it travels to the thread that does it. */
export interface ForecastJudging {
  readonly series: LoadSeries;
  /** The forecaster that the scaler plans with, too. */
  readonly scaler: boolean;
}

const oursOf = (scaler: boolean) => [ensembleContender(), ...(scaler ? [SCALER_FORECASTER] : [])];

export const namesOfOurs = (scaler: boolean): readonly string[] => oursOf(scaler).map(({ name }) => name);

export const judgeForecasts = ({ series, scaler }: ForecastJudging): SeriesScores =>
  judgeSeries(series, [...oursOf(scaler), PERSISTENCE, YESTERDAY, LAST_WEEK]);
