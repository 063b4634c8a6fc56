import { F, type Layout32 } from '../layout.ts';
import type { SeasonalConstants } from '../options.ts';
import { TAIL_BINS, tailBin } from '../tail.ts';

/** x within plus and minus the bound. */
export const limit = (x: number, bound: number): number => (x > bound ? bound : x < -bound ? -bound : x);

/** Moves one slot of the season towards a value. */
export const learnSlot = (
  m: Float32Array,
  value: number,
  visit: number,
  weight: number,
  y: number,
  offset: number,
  clip: number,
  stepsPerSlot: number,
): void => {
  if (weight <= 0) return;
  const count = m[visit]! + weight;
  const gain = weight * Math.min(1, Math.max(1 / count, 0.2 / stepsPerSlot));
  // The first two days are taken whole; later ones are bounded around what the level already explains.
  const error = y - m[value]!;
  const bounded = m[visit]! < 2 * stepsPerSlot ? error : limit(error - offset, clip) + offset;
  m[visit] = Math.min(count, 50 * stepsPerSlot);
  m[value] = m[value]! + Math.min(1, gain) * bounded;
};

/** Residuals said to come once in a hundred may come twice in it before they are held for something else. */
const RARE_SHARE = 0.02;

/** Counts a residual in the tail of its own history. */
export const learnTail = (
  s: Float64Array,
  m: Float32Array,
  o: number,
  q: number,
  layout: Layout32,
  c: SeasonalConstants,
  z: number,
  evidence: number,
): void => {
  const tail = q + (z >= 0 ? layout.tailRise : layout.tailFall);
  const bin = tailBin(Math.abs(z));
  const before = s[o + F.histogramTotal]!;
  let weight = 1;
  if (evidence > 2 && before > 50) {
    // What is rare counts whole while it is rare, or p-values would be too small by as much as it is left out. Where it
    // comes often, it is an anomaly or somebody who teaches one: its influence on what counts as rare is bounded.
    let beyond = 0;
    for (let i = bin; i < TAIL_BINS; i += 1) beyond += m[tail + i]!;
    if (beyond > RARE_SHARE * before) weight = 0.3;
  }
  const at = tail + bin;
  m[at] = m[at]! + weight;
  const total = before + weight;
  s[o + F.histogramTotal] = total;
  if (total >= 2 * c.histogramMemory) {
    // Fade in bulk: halving now and then costs nothing a step.
    const end = q + layout.stride;
    for (let i = q + layout.tailRise; i < end; i += 1) m[i] = m[i]! * 0.5;
    s[o + F.histogramTotal] = total * 0.5;
  }
};
