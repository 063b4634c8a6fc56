import { HEALTH_CONSTANTS as C } from './constants.ts';

/** Float64 fields of one model. */
export const H = {
  /** Number of the running period since 1970; NaN before the first step. */
  period: 0,
  /** Steps since evidence began to grow: they count once it has come to nothing, and not at all when it opened an alert. */
  pendingSteps: 1,
  pendingNear: 2,
  pendingFar: 3,
  pendingResidual: 4,
  /** Level the last step was beyond: 0, 1 near, 2 far. A run beyond a level counts once. */
  lastBeyond: 5,
  wasOpen: 6,
  inputSum: 7,
  inputSteps: 8,
  /** Periods, by place in the ring, in which an alert was open, and in which one opened. */
  touched: 9,
  opened: 10,
  /** Verdict: 0 warming up, 1 calibrated, from 2 on the reason of distrust. */
  verdict: 11,
  since: 12,
  /** -1, 0 or 1: inputs are below, as, above what they were a week before. */
  inputs: 13,
  inputsSince: 14,
  /** Start of the newest step. */
  newest: 15,
} as const;

/** Float64 values a model. */
export const STRIDE_64 = 16;

export const STEPS = 0;
export const NEAR = C.periods;
export const FAR = 2 * C.periods;
/** Uint16 values a model: steps and runs beyond two levels, by period. */
export const STRIDE_16 = 3 * C.periods;

export const RESIDUALS = 0;
export const INPUTS = C.periods;
/** Float32 values a model: sums of residuals by period, means of inputs by period. */
export const STRIDE_32 = C.periods + C.inputPeriods;

export interface HealthArrays {
  f64: Float64Array;
  f32: Float32Array;
  u16: Uint16Array;
}

export const clearModel = ({ f64, f32, u16 }: HealthArrays, row: number): void => {
  f64.fill(0, row * STRIDE_64, (row + 1) * STRIDE_64);
  f64[row * STRIDE_64 + H.period] = Number.NaN;
  f64[row * STRIDE_64 + H.newest] = Number.NEGATIVE_INFINITY;
  f64[row * STRIDE_64 + H.since] = Number.NaN;
  f64[row * STRIDE_64 + H.inputsSince] = Number.NaN;
  f32.fill(0, row * STRIDE_32, row * STRIDE_32 + INPUTS);
  f32.fill(Number.NaN, row * STRIDE_32 + INPUTS, (row + 1) * STRIDE_32);
  u16.fill(0, row * STRIDE_16, (row + 1) * STRIDE_16);
};
