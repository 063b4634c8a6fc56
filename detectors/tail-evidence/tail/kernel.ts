import { clamp } from '../../../core/math.ts';
import type { TailEvidenceConstants } from '../constants.ts';
import { ANCHOR_BIN, BINS, BINS_PER_OCTAVE, C, S } from '../layout.ts';

const BIN_WIDTH = Math.LN2 / BINS_PER_OCTAVE;
const HIGHEST = BINS - 1e-6;
/** One row's weight grows instead of all others fading; beyond this everything is scaled back at once. */
const LARGEST_UNIT = 1e6;
/** What is not known to have happened has happened half a time. */
const HALF_A_ROW = 0.5;

/** Moves all bins down so that the largest have room above; the lowest become one. */
const makeRoom = (f: Float64Array, g: Float32Array, at: number, history: number, by: number): void => {
  for (let side = history; side <= history + BINS; side += BINS) {
    let lowest = 0;
    for (let cell = 0; cell <= by && cell < BINS; cell += 1) lowest += g[side + cell] as number;
    for (let cell = 1; cell < BINS; cell += 1) g[side + cell] = cell + by < BINS ? (g[side + cell + by] as number) : 0;
    g[side] = lowest;
  }
  f[at + C.anchor] = (f[at + C.anchor] as number) * Math.exp(by * BIN_WIDTH);
  f[at + C.topAbove] = Math.max(0, (f[at + C.topAbove] as number) - by);
  f[at + C.topBelow] = Math.max(0, (f[at + C.topBelow] as number) - by);
};

/** Where a residual of this size lies on the logarithmic axis of bins. */
const positionOf = (f: Float64Array, at: number, size: number): number => {
  if (size <= 0) return 0;
  if (f[at + C.anchor] === 0) f[at + C.anchor] = size;
  return Math.max(0, ANCHOR_BIN + Math.log(size / (f[at + C.anchor] as number)) / BIN_WIDTH);
};

/**
 * -log10 of the chance of so large a residual on its side by the channel's own history: counted where there have been
 * such, and beyond that a Pareto tail (Hill 1975) whose index is shrunk to the one believed beforehand.
 */
const evidenceAt = (
  f: Float64Array,
  g: Float32Array,
  at: number,
  side: number,
  top: number,
  position: number,
  c: TailEvidenceConstants,
): number => {
  const unit = f[at + C.unit] as number;
  const rows = (f[at + C.total] as number) / unit;
  const limit = Math.max(c.tailShare * rows, c.tailMinimum) * unit;
  const bin = Math.floor(position);
  let cell = top;
  let tail = 0;
  let moment = 0;
  let edge = top + 1;
  for (; cell >= 0; cell -= 1) {
    const count = g[side + cell] as number;
    if (tail + count > limit) break;
    tail += count;
    moment += count * (cell + 0.5);
    edge = cell;
  }
  if (position >= edge) {
    const weight = tail / unit;
    const excess = tail > 0 ? (moment / tail - edge) * weight * BIN_WIDTH : 0;
    const index = (excess + c.tailIndexWeight * c.tailIndex) / (weight + c.tailIndexWeight);
    const logChance = Math.log(Math.max(weight, HALF_A_ROW) / (rows + 1)) - ((position - edge) * BIN_WIDTH) / index;
    return clamp(-logChance * Math.LOG10E, 0, c.historyCeiling);
  }
  let higher = tail;
  for (; cell > bin; cell -= 1) higher += g[side + cell] as number;
  higher += (g[side + bin] as number) * (bin + 1 - position);
  return clamp(-Math.log((higher / unit + HALF_A_ROW) / (rows + 1)) * Math.LOG10E, 0, c.historyCeiling);
};

const scaleBack = (f: Float64Array, g: Float32Array, at: number, history: number): void => {
  const unit = f[at + C.unit] as number;
  for (let cell = history; cell < history + 2 * BINS; cell += 1) g[cell] = (g[cell] as number) / unit;
  f[at + C.total] = (f[at + C.total] as number) / unit;
  f[at + C.unit] = 1;
};

/** Evidence of a residual by the history before it; then it is history itself, with that weight. */
export const historyEvidence = (
  f: Float64Array,
  g: Float32Array,
  at: number,
  history: number,
  residual: number,
  weight: number,
  c: TailEvidenceConstants,
): number => {
  const rise = residual >= 0;
  const side = rise ? history : history + BINS;
  const topAt = at + (rise ? C.topAbove : C.topBelow);
  let position = positionOf(f, at, rise ? residual : -residual);
  if (position >= BINS) {
    // One absurd row must not press everything known into the lowest bin.
    const atMost = (f[S.rows] as number) < c.youngRows ? BINS : BINS_PER_OCTAVE;
    const by = Math.min(Math.floor(position) - BINS + 1, atMost);
    makeRoom(f, g, at, history, by);
    position = Math.min(position - by, HIGHEST);
  }
  if (f[at + C.unit] === 0) f[at + C.unit] = 1;
  const unit = f[at + C.unit] as number;
  const rows = (f[at + C.total] as number) / unit;
  const evidence = rows < c.historyMinimum ? 0 : evidenceAt(f, g, at, side, f[topAt] as number, position, c);
  const bin = Math.floor(position);
  g[side + bin] = (g[side + bin] as number) + unit * weight;
  f[at + C.total] = (f[at + C.total] as number) + unit * weight;
  if (bin > (f[topAt] as number)) f[topAt] = bin;
  if (rows > c.historyMemory) {
    f[at + C.unit] = unit / (1 - 1 / c.historyMemory);
    if ((f[at + C.unit] as number) > LARGEST_UNIT) scaleBack(f, g, at, history);
  }
  return evidence;
};

/**
 * Evidence by a law known beforehand: a Pareto tail of the residual in what is usual. Usual are the channel's own
 * size, and to the share `floors` a part of the level, the smallest change seen, and Poisson noise as far as the values
 * are as lively as counts.
 */
export const priorEvidence = (f: Float64Array, at: number, size: number, floors: number, c: TailEvidenceConstants): number => {
  const quantum = f[S.quantum] as number;
  const magnitude = f[S.magnitude] as number;
  const poisson = Math.min(Math.sqrt(quantum * magnitude), c.countRipple * (f[S.ripple] as number));
  const usual =
    (f[at + C.usual] as number) + floors * (c.levelFloor * magnitude + c.quantumFloor * quantum + c.countFloor * poisson) + 1e-9;
  return c.priorPower * Math.log(1 + size / usual) * Math.LOG10E;
};
