import type { DurationMs } from '../../core/time.ts';

export interface BreachOptions {
  readonly stepMs: DurationMs;
  readonly dayLengthMs: DurationMs;
  /** Told when the median time to the bound is shorter than this. */
  readonly leadMs: DurationMs;
}

/** Every number of the time-to-breach detector. Lengths are blocks; values are shares of the bound. */
export const BREACH_CONSTANTS = {
  /** A block is this part of the lead target: fine enough to see a lead coming, coarse enough to smooth noise. */
  blocksPerLead: 30,
  /** Windows of the trend: half of the lead target, and three times doubled. */
  shortestWindow: 14,
  windows: 4,
  /** Windows agree while their slopes differ by no more than so many standard errors of both. */
  agreement: 2,
  /** The farthest look ahead, in lead targets: what lies beyond is 'not in sight'. */
  horizonLeads: 2,
  /** Share of blocks a window needs. */
  leastFilled: 0.6,
  /** Gain of the error quantiles, as a part of their own width. */
  quantileGain: 0.04,
  /** Error quantiles begin so wide, and are never narrower than the least. */
  firstWidth: 0.1,
  leastWidth: 0.004,
  /** A trend turns: relative spread of a slope to the early and to the late side. */
  earlySpread: 0.75,
  lateSpread: 0.35,
  /** A slope that has grown goes on growing: wholly for the early side, by this part for the median, at most by the limit times itself. */
  growthOfMedian: 0.3,
  growthLimit: 3,
  /** Blocks in which the condition must hold, and in which it must fail. */
  openAfter: 4,
  closeAfter: 4,
  /** An open warning lets go when the median is this many lead targets away. */
  closeAtLeads: 1.5,
  /** Slots of the daily profile, gain of a day, and most a day moves it. */
  slots: 48,
  slotGain: 0.3,
  slotClip: 0.2,
  /** The profile is used once its errors are smaller by this factor; memory of the comparison in blocks. */
  profileAdvantage: 0.9,
  comparisonMemory: 360,
  /** Whoever is woken for what has not happened yet must find it plain: so full already, after so many whole days. */
  pageFrom: 0.8,
  pageAfterDays: 2,
  /** Blocks before anything is told: twenty times the shortest window, about seven lead targets. */
  young: 200,
} as const;

/** Look-aheads at which errors are learned, as parts of the horizon. */
export const HORIZON_PARTS: readonly number[] = [1 / 60, 1 / 30, 1 / 15, 1 / 8, 1 / 4, 1 / 2, 1];
