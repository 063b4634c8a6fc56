import { accumulate, habitOf } from './alert/kernel.ts';
import type { TailEvidenceConstants } from './constants.ts';
import { departures } from './expectation/kernel.ts';
import { C, CHANNEL_SCALARS, CHANNELS, CHANNELS_AT, HISTORY_AT, HISTORY_CELLS, RESIDUAL, S } from './layout.ts';
import type { Pace } from './pace.ts';
import { expect, rank } from './ranking/kernel.ts';
import { historyEvidence, priorEvidence } from './tail/kernel.ts';

/** Usual sizes grow by this share of the ripple at least, so that one of zero can grow at all. */
const SMALLEST_GROWTH = 1e-3;
const EFFECT_CLIP = 20;

/** How large values and changes usually are, and the smallest change seen: the grain of the series. */
const learnGrain = (f: Float64Array, x: number, change: number, gain: number, young: boolean, c: TailEvidenceConstants): void => {
  if (x < 0) f[S.everNegative] = 1;
  if (change > 0 && (f[S.quantum] === 0 || change < (f[S.quantum] as number))) f[S.quantum] = change;
  const quantum = f[S.quantum] as number;
  const magnitude = f[S.magnitude] as number;
  const ripple = f[S.ripple] as number;
  const size = Math.abs(x);
  f[S.magnitude] = magnitude + gain * ((young ? size : Math.min(size, c.magnitudeClip * magnitude + quantum)) - magnitude);
  f[S.ripple] = ripple + gain * ((young ? change : Math.min(change, c.magnitudeClip * ripple + quantum)) - ripple);
};

const judge = (
  f: Float64Array,
  g: Float32Array,
  channel: number,
  residual: number,
  gain: number,
  young: boolean,
  c: TailEvidenceConstants,
  pace: Pace,
): number => {
  const at = CHANNELS_AT + channel * CHANNEL_SCALARS;
  const rows = f[S.rows] as number;
  const size = Math.abs(residual);
  const usual = f[at + C.usual] as number;
  const prior =
    rows <= c.priorRows
      ? 0
      : priorEvidence(f, at, size, channel === RESIDUAL.slow || channel === RESIDUAL.mixed ? pace.lastingFloor : 1, c);
  // What has been told as an alert becomes what is usual only as far as the series is believed to do it by habit.
  const weight = f[S.open] === 1 ? habitOf(f, c) : 1;
  const history = historyEvidence(f, g, at, HISTORY_AT + channel * HISTORY_CELLS, residual, weight, c);
  const byHistory = ((1 - c.priorShare) * rows) / (rows + c.historyRows);
  const evidence = Math.min(c.rowCeiling, byHistory * history + (1 - byHistory) * prior);
  const learned = young ? size : Math.min(size, c.scaleClip * usual + SMALLEST_GROWTH * (f[S.ripple] as number));
  f[at + C.usual] = usual + gain * (learned - usual);
  f[at + C.evidence] = evidence;
  return evidence;
};

/** Evidence of what is nothing unusual in size, against both the mixed and the short expectation, is reduced. */
const effectOf = (f: Float64Array, residuals: Float64Array, gain: number, young: boolean, c: TailEvidenceConstants): number => {
  const effect = Math.max(Math.abs(residuals[RESIDUAL.fromMixed] as number), Math.abs(residuals[RESIDUAL.level] as number));
  const usual = f[S.effect] as number;
  f[S.effect] = usual + gain * ((young ? effect : Math.min(effect, EFFECT_CLIP * usual + 1e-9)) - usual);
  return usual > 0 ? Math.min(1, effect / (c.effectFactor * usual)) : 1;
};

/** One row with a value: everything is judged against what was known before it, then learned. */
export const observeRow = (
  f: Float64Array,
  g: Float32Array,
  residuals: Float64Array,
  at: number,
  x: number,
  c: TailEvidenceConstants,
  pace: Pace,
): void => {
  const rows = (f[S.rows] as number) + 1;
  f[S.rows] = rows;
  if (rows === 1) f[S.lastValue] = x;
  const young = rows <= c.youngRows;
  const gain = Math.max(1 / rows, 1 / c.scaleMemory);
  const change = Math.abs(x - (f[S.lastValue] as number));
  f[S.lastValue] = x;
  learnGrain(f, x, change, gain, young, c);
  departures(f, g, residuals, at, x, c, pace);
  let strongest = 0;
  let together = 0;
  for (let channel = 0; channel < CHANNELS; channel += 1) {
    const evidence = judge(f, g, channel, residuals[channel] as number, gain, young, c, pace);
    if (channel <= RESIDUAL.season) together += evidence / 2;
    if (channel !== RESIDUAL.season && evidence > strongest) strongest = evidence;
  }
  const row = c.strongestShare * strongest + (1 - c.strongestShare) * together;
  accumulate(f, at, row * effectOf(f, residuals, gain, young, c), c, pace);
  expect(f, residuals, x, c);
  rank(f, residuals, x, change, c);
};
