import { HEALTH_CONSTANTS as C } from './constants.ts';
import { FAR, H, type HealthArrays, INPUTS, NEAR, RESIDUALS, STEPS, STRIDE_16, STRIDE_32, STRIDE_64 } from './layout.ts';

const MOST = 65_535;

const add = (counts: Uint16Array, at: number, more: number): void => {
  const sum = counts[at]! + more;
  counts[at] = sum > MOST ? MOST : sum;
};

/** Counts the steps of an excursion that came to nothing in the running period. */
const commit = (arrays: HealthArrays, row: number, period: number): void => {
  const { f64, f32, u16 } = arrays;
  const o = row * STRIDE_64;
  const place = period % C.periods;
  add(u16, row * STRIDE_16 + STEPS + place, f64[o + H.pendingSteps]!);
  add(u16, row * STRIDE_16 + NEAR + place, f64[o + H.pendingNear]!);
  add(u16, row * STRIDE_16 + FAR + place, f64[o + H.pendingFar]!);
  const at = row * STRIDE_32 + RESIDUALS + place;
  f32[at] = f32[at]! + f64[o + H.pendingResidual]!;
  discard(f64, o);
};

const discard = (f64: Float64Array, o: number): void => {
  f64[o + H.pendingSteps] = 0;
  f64[o + H.pendingNear] = 0;
  f64[o + H.pendingFar] = 0;
  f64[o + H.pendingResidual] = 0;
};

/** Empties the places of the periods after the running one up to `period`, which becomes the running one. */
export const turnPeriod = (arrays: HealthArrays, row: number, period: number): void => {
  const { f64, f32, u16 } = arrays;
  const o = row * STRIDE_64;
  const last = f64[o + H.period]!;
  if (!Number.isNaN(last)) {
    commit(arrays, row, last);
    f32[row * STRIDE_32 + INPUTS + (last % C.inputPeriods)] =
      f64[o + H.inputSteps]! >= C.leastSteps ? f64[o + H.inputSum]! / f64[o + H.inputSteps]! : Number.NaN;
  }
  f64[o + H.inputSum] = 0;
  f64[o + H.inputSteps] = 0;
  const first = Number.isNaN(last) ? period : Math.max(last + 1, period - C.inputPeriods + 1);
  for (let next = first; next <= period; next += 1) {
    const place = next % C.periods;
    u16[row * STRIDE_16 + STEPS + place] = 0;
    u16[row * STRIDE_16 + NEAR + place] = 0;
    u16[row * STRIDE_16 + FAR + place] = 0;
    f32[row * STRIDE_32 + RESIDUALS + place] = 0;
    f32[row * STRIDE_32 + INPUTS + (next % C.inputPeriods)] = Number.NaN;
    f64[o + H.touched] = f64[o + H.touched]! & ~(1 << place);
    f64[o + H.opened] = f64[o + H.opened]! & ~(1 << place);
  }
  f64[o + H.period] = period;
};

/**
 * One scored step of one model, in its running period. `evidence` is -log10 p of the step, `gathered` what its sums hold
 * after it, `open` whether an alert is, `residual` in scales, `input` the value on the scale of the model.
 */
export const countStep = (
  arrays: HealthArrays,
  row: number,
  evidence: number,
  gathered: number,
  open: boolean,
  residual: number,
  input: number,
): void => {
  const { f64 } = arrays;
  const o = row * STRIDE_64;
  const period = f64[o + H.period]!;
  f64[o + H.inputSum] = f64[o + H.inputSum]! + input;
  f64[o + H.inputSteps] = f64[o + H.inputSteps]! + 1;
  if (open) {
    const bit = 1 << (period % C.periods);
    f64[o + H.touched] = f64[o + H.touched]! | bit;
    if (f64[o + H.wasOpen] === 0) f64[o + H.opened] = f64[o + H.opened]! | bit;
    f64[o + H.wasOpen] = 1;
    discard(f64, o);
    return;
  }
  f64[o + H.wasOpen] = 0;
  const beyond = evidence >= C.farEvidence ? 2 : evidence >= C.nearEvidence ? 1 : 0;
  const before = f64[o + H.lastBeyond]!;
  f64[o + H.lastBeyond] = beyond;
  f64[o + H.pendingSteps] = f64[o + H.pendingSteps]! + 1;
  if (beyond >= 1 && before < 1) f64[o + H.pendingNear] = f64[o + H.pendingNear]! + 1;
  if (beyond === 2 && before < 2) f64[o + H.pendingFar] = f64[o + H.pendingFar]! + 1;
  const bounded = residual > C.residualClip ? C.residualClip : residual < -C.residualClip ? -C.residualClip : residual;
  f64[o + H.pendingResidual] = f64[o + H.pendingResidual]! + bounded;
  if (gathered === 0) commit(arrays, row, period);
};
