import { F, RING } from '../layout.ts';
import { CALM_STEPS, CLOSE_AT, MINIMUM_EVIDENT_STEPS, PRICE_PER_FINDING, type SeasonalConstants, STEP_EVIDENCE_CAP } from '../options.ts';

/** Adds one step's evidence to the sum of one direction and remembers its term. */
export const accumulate = (
  s: Float64Array,
  o: number,
  sum: number,
  since: number,
  evident: number,
  terms: number,
  ring: number,
  armed: boolean,
  evidence: number,
  endsAt: number,
  c: SeasonalConstants,
): void => {
  const before = s[o + sum]!;
  if (!armed) {
    s[o + sum] = 0;
    return;
  }
  const term = Math.min(STEP_EVIDENCE_CAP, evidence) - 1;
  const after = Math.min(c.evidenceCeiling, Math.max(0, before + term));
  s[o + sum] = after;
  if (after === 0) return;
  if (before === 0) {
    s[o + since] = endsAt;
    s[o + evident] = 0;
    s[o + terms] = 0;
  }
  if (term > 0) s[o + evident] = s[o + evident]! + 1;
  const count = s[o + terms]!;
  s[o + ring + (count % RING)] = after - before;
  s[o + terms] = count + 1;
};

/** Opens, closes or re-anchors after a step; `residual` is on the transformed scale. */
export const openOrClose = (s: Float64Array, o: number, c: SeasonalConstants, endsAt: number, residual: number): void => {
  const needed = c.openAt + Math.min(0.5 * c.openAt, s[o + F.price]!);
  const riseOpens = s[o + F.rise]! >= needed && s[o + F.riseEvident]! >= MINIMUM_EVIDENT_STEPS;
  const fallOpens = s[o + F.fall]! >= needed && s[o + F.fallEvident]! >= MINIMUM_EVIDENT_STEPS;
  const open = s[o + F.open]!;
  const direction = riseOpens && (open !== -1 || !fallOpens) ? 1 : fallOpens ? -1 : 0;
  if (direction !== 0 && direction !== open) {
    s[o + F.open] = direction;
    s[o + F.openSteps] = 0;
    s[o + F.calmSteps] = 0;
    s[o + F.shift] = residual;
    s[o + F.openedAt] = endsAt;
    s[o + F.price] = s[o + F.price]! + PRICE_PER_FINDING;
  }
  const now = s[o + F.open]!;
  if (now !== 0) {
    const steps = s[o + F.openSteps]! + 1;
    s[o + F.openSteps] = steps;
    s[o + F.shift] = s[o + F.shift]! + Math.max(1 / steps, 0.1) * (residual - s[o + F.shift]!);
    s[o + F.calmSteps] = s[o + (now === 1 ? F.rise : F.fall)]! <= CLOSE_AT ? s[o + F.calmSteps]! + 1 : 0;
    if (s[o + F.calmSteps]! >= CALM_STEPS) s[o + F.open] = 0;
    else if (steps >= c.reanchorAfter) {
      // The deadlock answer: clipped learning would never reach a new normal, so after most of a day it is taken whole.
      moveLevel(s, o, s[o + F.shift]!);
      s[o + F.returnShift] = -s[o + F.shift]!;
      s[o + F.returnSteps] = c.stepsPerDay;
      s[o + F.returnHits] = 0;
    }
    return;
  }
  if (s[o + F.returnSteps]! > 0) {
    // Should it go back to where it was, that is recognized at once and is no second finding.
    s[o + F.returnSteps] = s[o + F.returnSteps]! - 1;
    const back = s[o + F.returnShift]!;
    const returned = Math.abs(residual - back) < 0.4 * Math.abs(back);
    s[o + F.returnHits] = returned ? s[o + F.returnHits]! + 1 : 0;
    if (s[o + F.returnHits]! >= 2) {
      moveLevel(s, o, back);
      s[o + F.returnSteps] = 0;
    }
  }
};

const moveLevel = (s: Float64Array, o: number, by: number): void => {
  s[o + F.level] = s[o + F.level]! + by;
  s[o + F.offset] = s[o + F.offset]! + by;
  s[o + F.open] = 0;
  s[o + F.rise] = 0;
  s[o + F.fall] = 0;
};
