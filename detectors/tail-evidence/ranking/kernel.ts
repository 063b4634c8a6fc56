import { clamp } from '../../../core/math.ts';
import type { TailEvidenceConstants } from '../constants.ts';
import { RESIDUAL, S } from '../layout.ts';

const FIRST_ROWS = 12;

const learn = (f: Float64Array, at: number, size: number, gain: number, young: boolean, c: TailEvidenceConstants): void => {
  const known = f[at] as number;
  f[at] = known + gain * ((young ? size : Math.min(size, c.errorClip * known + 1e-9)) - known);
};

/** What was expected of a row and within which band: the short level and the season, by inverse squared error. */
export const expect = (f: Float64Array, residuals: Float64Array, x: number, c: TailEvidenceConstants): void => {
  const fromLevel = residuals[RESIDUAL.level] as number;
  const fromSeason = residuals[RESIDUAL.season] as number;
  const levelError = f[S.levelError] as number;
  const seasonError = f[S.seasonError] as number;
  const bothErrors = levelError * levelError + seasonError * seasonError;
  const bySeason = bothErrors > 0 ? (levelError * levelError) / bothErrors : 0.5;
  const error = (1 - bySeason) * fromLevel + bySeason * fromSeason;
  const spread = f[S.forecastSpread] as number;
  const rows = f[S.rows] as number;
  const young = rows <= c.youngRows;
  const limit = young ? Number.MAX_VALUE : c.scoreClip * spread;
  f[S.forecastMean] = (f[S.forecastMean] as number) + c.scoreGain * (clamp(error, -limit, limit) - (f[S.forecastMean] as number));
  // Where the law known beforehand gives the chance of the band.
  const half = spread * (Math.exp((c.band * Math.LN10) / c.priorPower) - 1);
  const lower = x - error - half;
  f[S.expected] = x - error;
  f[S.lower] = f[S.everNegative] === 0 ? Math.max(0, lower) : lower;
  f[S.upper] = Math.max(f[S.lower] as number, x - error + half);
  const gain = Math.max(1 / rows, 1 / c.errorMemory);
  learn(f, S.levelError, Math.abs(fromLevel), gain, young, c);
  learn(f, S.seasonError, Math.abs(fromSeason), gain, young, c);
  learn(f, S.forecastSpread, Math.abs(error), gain, young, c);
};

/**
 * Ranks rows inside a series: all departures in the unit of the value, and what the last rows have shown. Not divided
 * by a spread, since a young spread is too small and would rank the first days highest.
 */
export const rank = (f: Float64Array, residuals: Float64Array, x: number, change: number, c: TailEvidenceConstants): void => {
  const whole =
    Math.abs(residuals[RESIDUAL.centre] as number) +
    Math.abs(residuals[RESIDUAL.season] as number) +
    Math.abs(residuals[RESIDUAL.level] as number) +
    Math.abs(f[S.forecastMean] as number) +
    change;
  f[S.whole] = (f[S.whole] as number) + c.scoreFading * (whole - (f[S.whole] as number));
  const rows = f[S.rows] as number;
  const scale = f[S.scoreScale] as number;
  if (rows <= FIRST_ROWS) f[S.scoreScale] = scale + (Math.abs(x) - scale) / rows;
  else if (scale === 0) f[S.scoreScale] = Math.abs(x);
  const shown = whole + c.scoreTail * (f[S.whole] as number);
  f[S.score] = shown > 0 ? shown / (shown + c.scoreLevel * (f[S.scoreScale] as number)) : 0;
};
