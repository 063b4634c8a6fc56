import type { Instant, TimeScale } from '../../core/time.ts';
import { HEALTH_CONSTANTS as C } from './constants.ts';
import { describeDistrust, describeInputs } from './describe.ts';
import { CALIBRATED, type Distrust, distrustOf, inputDrift, judge, tallyOf, WARMING_UP } from './judge.ts';
import { countStep, turnPeriod } from './kernel.ts';
import { clearModel, H, type HealthArrays, STRIDE_16, STRIDE_32, STRIDE_64 } from './layout.ts';

/** Whether what a model calls rare is rare. */
export type ModelHealth =
  | { readonly kind: 'warming-up'; readonly because: string }
  | {
      readonly kind: 'calibrated';
      /** End of the period in which that was first seen. */
      readonly since: Instant;
      /** What it is fed has changed; models follow that, so it is told and costs nothing. */
      readonly inputs?: { readonly since: Instant; readonly because: string };
    }
  | { readonly kind: 'out-of-calibration'; readonly since: Instant; readonly reason: Distrust; readonly because: string };

/** What a model said of a step that it scored. */
export interface ScoredStep {
  readonly startsAt: Instant;
  /** -log10 p of the step; 0.3 where the deviation is too small to matter. */
  readonly evidence: number;
  /** What its sums of evidence hold after the step. */
  readonly gathered: number;
  /** Whether an alert is open. */
  readonly open: boolean;
  /** In scales. */
  readonly residual: number;
  /** In its unit; sizes are compared as factors, so what is too small to matter is added first. */
  readonly input: number;
}

/** The health of many models in a few typed arrays. Opaque; a function of the steps given, in order. */
export interface ModelHealthBank {
  readonly periodMs: number;
  readonly arrays: HealthArrays;
  /** Names of models in row order. */
  readonly keys: string[];
  readonly rows: Map<string, number>;
}

const FIRST_CAPACITY = 64;

export const createModelHealthBank = (scale: TimeScale): ModelHealthBank => ({
  periodMs: scale.dayLengthMs / C.periodsPerDay,
  arrays: {
    f64: new Float64Array(FIRST_CAPACITY * STRIDE_64),
    f32: new Float32Array(FIRST_CAPACITY * STRIDE_32),
    u16: new Uint16Array(FIRST_CAPACITY * STRIDE_16),
  },
  keys: [],
  rows: new Map(),
});

const grow = ({ arrays }: ModelHealthBank, models: number): void => {
  if (models * STRIDE_64 <= arrays.f64.length) return;
  const f64 = new Float64Array(2 * models * STRIDE_64);
  const f32 = new Float32Array(2 * models * STRIDE_32);
  const u16 = new Uint16Array(2 * models * STRIDE_16);
  f64.set(arrays.f64);
  f32.set(arrays.f32);
  u16.set(arrays.u16);
  Object.assign(arrays, { f64, f32, u16 });
};

/** The row of a model, which is watched from now on. */
export const rowOf = (bank: ModelHealthBank, key: string): number => {
  const known = bank.rows.get(key);
  if (known !== undefined) return known;
  const row = bank.keys.length;
  grow(bank, row + 1);
  clearModel(bank.arrays, row);
  bank.keys.push(key);
  bank.rows.set(key, row);
  return row;
};

const judgeRow = (bank: ModelHealthBank, row: number, period: number): void => {
  const { f64 } = bank.arrays;
  const o = row * STRIDE_64;
  const at = period * bank.periodMs;
  const before = f64[o + H.verdict] as number;
  const verdict = judge(tallyOf(bank.arrays, row, period), before);
  if (verdict !== before || Number.isNaN(f64[o + H.since] as number)) {
    f64[o + H.verdict] = verdict;
    f64[o + H.since] = at;
  }
  const inputs = inputDrift(bank.arrays, row, period);
  if (inputs !== f64[o + H.inputs]) {
    f64[o + H.inputs] = inputs;
    f64[o + H.inputsSince] = at;
  }
};

/** Takes what the model of a row said of a step. Once a period, with its first step, the model is judged by those that are over. */
export const observeModel = (bank: ModelHealthBank, row: number, step: ScoredStep): void => {
  const { arrays, periodMs } = bank;
  const o = row * STRIDE_64;
  if (step.startsAt <= (arrays.f64[o + H.newest] as number)) return;
  arrays.f64[o + H.newest] = step.startsAt;
  const period = Math.floor(step.startsAt / periodMs);
  if (period !== arrays.f64[o + H.period]) {
    turnPeriod(arrays, row, period);
    judgeRow(bank, row, period);
  }
  countStep(arrays, row, step.evidence, step.gathered, step.open, step.residual, step.input);
};

/** The verdict of a model; one that was never observed warms up. */
export const healthOf = (bank: ModelHealthBank, key: string): ModelHealth => {
  const row = bank.rows.get(key);
  if (row === undefined) return { kind: 'warming-up', because: 'nothing was observed yet' };
  const { f64 } = bank.arrays;
  const o = row * STRIDE_64;
  const verdict = f64[o + H.verdict] as number;
  const since = f64[o + H.since] as number;
  const tally = tallyOf(bank.arrays, row, f64[o + H.period] as number);
  if (verdict === WARMING_UP)
    return { kind: 'warming-up', because: `${tally.periods} of ${C.leastPeriods} periods of an eighth of a day observed` };
  const reason = distrustOf(verdict);
  if (verdict !== CALIBRATED && reason !== undefined)
    return { kind: 'out-of-calibration', since, reason, because: describeDistrust(reason, tally) };
  const drift = f64[o + H.inputs] as number;
  return {
    kind: 'calibrated',
    since,
    ...(drift === 0 ? {} : { inputs: { since: f64[o + H.inputsSince] as number, because: describeInputs(drift) } }),
  };
};

/** Which models are where, without the reasons. */
export interface Verdicts {
  readonly warmingUp: number;
  readonly calibrated: number;
  readonly distrusted: readonly string[];
  readonly otherInputs: readonly string[];
}

export const verdictsOf = ({ keys, arrays: { f64 } }: ModelHealthBank): Verdicts => {
  const distrusted: string[] = [];
  const otherInputs: string[] = [];
  let warmingUp = 0;
  let calibrated = 0;
  keys.forEach((key, row) => {
    const verdict = f64[row * STRIDE_64 + H.verdict] as number;
    if (verdict === WARMING_UP) warmingUp += 1;
    else if (verdict !== CALIBRATED) distrusted.push(key);
    else {
      calibrated += 1;
      if (f64[row * STRIDE_64 + H.inputs] !== 0) otherInputs.push(key);
    }
  });
  return { warmingUp, calibrated, distrusted, otherInputs };
};

/** Whether findings of a model may wake somebody: all but those of one that is out of calibration. */
export const isTrusted = (bank: ModelHealthBank, key: string): boolean => {
  const row = bank.rows.get(key);
  return row === undefined || distrustOf(bank.arrays.f64[row * STRIDE_64 + H.verdict] as number) === undefined;
};
