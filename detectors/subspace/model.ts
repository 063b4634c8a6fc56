import type { SubspaceConstants } from './constants.ts';

/**
 * One view of the residuals. Entries 0 to columns - 1 are levels, the rest detrended; an entry whose column never
 * moved in training has no scale and stays zero.
 */
export interface Branch {
  readonly clip: number;
  /** 1 / scale, 0 where there is none. */
  readonly gain: Float64Array;
  readonly mean: Float64Array;
  /** The one direction in which everything moves together (load), of length one. */
  readonly direction: Float64Array;
  /** Habit of the removed coordinate along it. */
  readonly coordinateCenter: number;
  readonly coordinateScale: number;
}

/** What is expected of each column: enough to measure residuals. */
export interface Expectation {
  readonly columns: number;
  readonly stepSeconds: number;
  /** Expected level by time of day, `slots` values a column. */
  readonly slots: number;
  readonly profile: Float64Array;
  /** Center of the detrended residual, one a column. */
  readonly detrendedCenter: Float64Array;
  /** One row moves the running mean as if it stood at most this far away: bounded influence. */
  readonly jumpLimit: Float64Array;
  readonly detrendHalfLife: number;
}

/** What was learned of one service. Pure data. */
export interface SubspaceModel extends Expectation {
  readonly constants: SubspaceConstants;
  readonly trainingRows: number;
  readonly fast: Branch;
  readonly slow: Branch;
  /** Entries averaged. */
  readonly largest: number;
  /** 1 / the usual daily peak of each column's steady deviation, 0 where it has none. */
  readonly steadyGain: Float64Array;
  /** Fast statistic that opens an alert. */
  readonly openAt: number;
  /** Steady deviation of one column that does, in its usual daily peaks. */
  readonly steadyAt: number;
  /** What that is worth: -log10 of the share of rows allowed to reach it. */
  readonly openEvidence: number;
  /** Opens only above so many times what was reached of late. */
  readonly memoryFactor: number;
}
