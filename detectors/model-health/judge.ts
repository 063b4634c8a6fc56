import { betaTail } from '../special-functions.ts';
import { HEALTH_CONSTANTS as C } from './constants.ts';
import { FAR, H, type HealthArrays, INPUTS, NEAR, RESIDUALS, STEPS, STRIDE_16, STRIDE_32, STRIDE_64 } from './layout.ts';

/** Why a model is not believed, in the order in which they are asked. */
export type Distrust = 'odd-by-habit' | 'too-often-beyond-limits' | 'beside-its-expectation';

export const WARMING_UP = 0;
export const CALIBRATED = 1;
const DISTRUST: readonly Distrust[] = ['odd-by-habit', 'too-often-beyond-limits', 'beside-its-expectation'];
export const verdictOf = (distrust: Distrust): number => DISTRUST.indexOf(distrust) + 2;
export const distrustOf = (verdict: number): Distrust | undefined => DISTRUST[verdict - 2];

/** P(K >= k) of K events in n trials of chance p: exact, by the incomplete beta function. */
export const binomialTail = (k: number, n: number, p: number): number => {
  if (k <= 0) return 1;
  if (k > n) return 0;
  return 1 - betaTail(p, k, n - k + 1);
};

/** What the window shows of one model. */
export interface WindowTally {
  /** Periods with steps in them, the running one left out. */
  readonly periods: number;
  readonly steps: number;
  /** Runs beyond the two levels, the worst periods left out. */
  readonly near: number;
  readonly far: number;
  /** Periods whose mean residual lies above, and below. */
  readonly above: number;
  readonly below: number;
  readonly touched: number;
  readonly opened: number;
}

const bits = (mask: number): number => {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
};

/** Of the periods that are over: `running` is the one that has just begun. */
export const tallyOf = ({ f64, f32, u16 }: HealthArrays, row: number, running: number): WindowTally => {
  const counted: { steps: number; near: number; far: number }[] = [];
  let above = 0;
  let below = 0;
  for (let place = 0; place < C.periods; place += 1) {
    if (place === running % C.periods) continue;
    const steps = u16[row * STRIDE_16 + STEPS + place] as number;
    if (steps < C.leastSteps) continue;
    counted.push({ steps, near: u16[row * STRIDE_16 + NEAR + place] as number, far: u16[row * STRIDE_16 + FAR + place] as number });
    const mean = (f32[row * STRIDE_32 + RESIDUALS + place] as number) / steps;
    if (mean > C.offCenter) above += 1;
    if (mean < -C.offCenter) below += 1;
  }
  const kept = counted.sort((a, b) => a.near / a.steps + a.far / a.steps - (b.near / b.steps + b.far / b.steps));
  const rest = kept.slice(0, Math.max(0, kept.length - C.leftOut));
  const sum = (of: 'steps' | 'near' | 'far'): number => rest.reduce((total, period) => total + period[of], 0);
  return {
    periods: counted.length,
    steps: sum('steps'),
    near: sum('near'),
    far: sum('far'),
    above,
    below,
    touched: bits(f64[row * STRIDE_64 + H.touched] as number),
    opened: bits(f64[row * STRIDE_64 + H.opened] as number),
  };
};

/** Both directions can be odd, so a level is passed twice as often as it says for one. */
export const expectedBeyond = (steps: number, evidence: number): number => 2 * steps * Math.exp(-Math.LN10 * evidence);

/** A model that is believed needs more to lose that than one that is not needs to regain it. */
const isTooOften = (count: number, steps: number, evidence: number, already: boolean): boolean => {
  const allowed = C.tolerance * expectedBeyond(steps, evidence);
  return already ? count > allowed : steps > 0 && binomialTail(count, steps, allowed / steps) < C.chance;
};

const isOneSided = ({ above, below, periods }: WindowTally, already: boolean): boolean =>
  already ? Math.max(above, below) > periods / 2 : binomialTail(Math.max(above, below), periods, 0.5) < C.periodChance;

export const judge = (tally: WindowTally, before: number): number => {
  if (tally.touched >= C.touchedPeriods && tally.opened >= C.openedPeriods) return verdictOf('odd-by-habit');
  if (tally.periods < C.leastPeriods) return before >= 2 ? before : WARMING_UP;
  const often = before === verdictOf('too-often-beyond-limits');
  if (isTooOften(tally.near, tally.steps, C.nearEvidence, often) || isTooOften(tally.far, tally.steps, C.farEvidence, often))
    return verdictOf('too-often-beyond-limits');
  if (isOneSided(tally, before === verdictOf('beside-its-expectation'))) return verdictOf('beside-its-expectation');
  return CALIBRATED;
};

/** -1, 0 or 1: the periods of the window lie below, as, or above the same periods a week before. */
export const inputDrift = ({ f32 }: HealthArrays, row: number, running: number): number => {
  let pairs = 0;
  let higher = 0;
  let lower = 0;
  const week = C.inputPeriods - C.periods;
  for (let back = 1; back < C.periods; back += 1) {
    const at = (period: number): number =>
      f32[row * STRIDE_32 + INPUTS + (((period % C.inputPeriods) + C.inputPeriods) % C.inputPeriods)] as number;
    const now = at(running - back);
    const before = at(running - back - week);
    if (!(now > 0) || !(before > 0)) continue;
    pairs += 1;
    if (now > C.inputFactor * before) higher += 1;
    if (before > C.inputFactor * now) lower += 1;
  }
  if (binomialTail(higher, pairs, 0.5) < C.periodChance) return 1;
  return binomialTail(lower, pairs, 0.5) < C.periodChance ? -1 : 0;
};
