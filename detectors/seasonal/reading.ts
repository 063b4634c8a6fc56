import type { SeasonalBank } from './bank.ts';
import { F, KIND_DURATION, KIND_RATE, STRIDE_64 } from './layout.ts';
import { YOUNG_OBSERVATIONS } from './options.ts';

/** What a model said of a step and has learned by it: for those who judge the model, and not the value. */
export interface ModelState {
  /** -log10 p of the step; 0.3 where the deviation is too small to matter. */
  readonly evidence: number;
  /** What its sums of evidence hold after the step. */
  readonly gathered: number;
  readonly open: boolean;
  /** Whitened residual, in scales. */
  readonly residual: number;
  /** In the unit of the signal; durations in seconds. */
  readonly value: number;
  /** On the scale of the model, as are offset and level. */
  readonly seen: number;
  readonly expected: number;
  /** What it has learned of today, after the step: with a season, without one, and how much the season counts. */
  readonly offset: number;
  readonly level: number;
  readonly seasonShare: number;
  readonly weight: number;
  /** Whether it is old enough to open an alert. */
  readonly settled: boolean;
  /** Whether it has lived through a day, so that its season is more than a guess. */
  readonly knowsDay: boolean;
}

/** Undefined where the signal is not watched or was absent from the step. */
export const modelStateAt = ({ rows, kinds, state: { f64 } }: SeasonalBank, id: number, index: number): ModelState | undefined => {
  const row = rows.get(id);
  if (row === undefined) return undefined;
  const o = row * STRIDE_64;
  if (f64[o + F.lastIndex] !== index) return undefined;
  const kind = kinds[row] as number;
  const weight = f64[o + F.lastWeight] as number;
  const plain = f64[o + F.lastExpected] as number;
  return {
    evidence: f64[o + F.lastEvidence] as number,
    gathered: Math.max(f64[o + F.rise] as number, f64[o + F.fall] as number),
    open: f64[o + F.open] !== 0,
    residual: f64[o + F.lastScore] as number,
    value: f64[o + F.lastValue] as number,
    seen: f64[o + F.lastTransformed] as number,
    expected: kind === KIND_DURATION ? Math.log(plain) : kind === KIND_RATE ? Math.sqrt(plain + 0.375 / weight) : plain,
    offset: f64[o + F.offset] as number,
    level: f64[o + F.level] as number,
    seasonShare: f64[o + F.seasonShare] as number,
    weight,
    settled: (f64[o + F.observations] as number) > YOUNG_OBSERVATIONS && (f64[o + F.settle] as number) <= 0,
    knowsDay: (f64[o + F.seasonSteps] as number) > 0,
  };
};
