import { bootstrap, type Estimate } from '../score/bootstrap.ts';
import { INTERVALS, type Score, type SeriesScores } from './judge.ts';

/** Our pinball loss over that of the better of the first two rivals. */
export interface HorizonSummary {
  readonly minutes: number;
  /** Geometric mean over series, with the interval of another draw of series. */
  readonly ratio: Estimate;
  readonly worst: number;
  /** Largest distance of a series' coverage from nominal, in points, one an interval. */
  readonly coverageOff: readonly number[];
}

const scoreOf = (series: SeriesScores, minutes: number, who: string): Score | undefined =>
  series.horizons.find((one) => one.minutes === minutes)?.scores.find(({ contender }) => contender === who);

/** NaN where the series is not judged at this horizon. */
export const ratioTo = (series: SeriesScores, minutes: number, who: string, rivals: readonly string[]): number => {
  const own = scoreOf(series, minutes, who)?.pinball ?? Number.NaN;
  const best = Math.min(...rivals.map((rival) => scoreOf(series, minutes, rival)?.pinball ?? Number.NaN));
  // Where both are without fault, neither is better.
  return own === 0 && best === 0 ? 1 : own / best;
};

const geometricMean = (ratios: readonly number[]): number =>
  Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);

export const summarize = (
  all: readonly SeriesScores[],
  who: string,
  rivals: readonly string[],
  horizonMinutes: readonly number[],
): readonly HorizonSummary[] =>
  horizonMinutes.flatMap((minutes) => {
    const judged = all.filter((series) => Number.isFinite(ratioTo(series, minutes, who, rivals)));
    if (judged.length === 0) return [];
    const ratios = judged.map((series) => ratioTo(series, minutes, who, rivals));
    return [
      {
        minutes,
        ratio: bootstrap(ratios, geometricMean),
        worst: Math.max(...ratios),
        coverageOff: INTERVALS.map(({ nominal }, i) =>
          Math.max(...judged.map((series) => 100 * Math.abs((scoreOf(series, minutes, who)?.coverage[i] as number) - nominal))),
        ),
      },
    ];
  });
