import { F, type Layout32 } from '../layout.ts';
import type { SeasonalConstants } from '../options.ts';
import { tailBin } from '../tail.ts';

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
  // Bounded influence of anomalies on what counts as rare.
  const weight = evidence > 2 && s[o + F.histogramTotal]! > 50 ? 0.3 : 1;
  const at = q + (z >= 0 ? layout.tailRise : layout.tailFall) + tailBin(Math.abs(z));
  m[at] = m[at]! + weight;
  const total = s[o + F.histogramTotal]! + weight;
  s[o + F.histogramTotal] = total;
  if (total >= 2 * c.histogramMemory) {
    // Fade in bulk: halving now and then costs nothing a step.
    const end = q + layout.stride;
    for (let i = q + layout.tailRise; i < end; i += 1) m[i] = m[i]! * 0.5;
    s[o + F.histogramTotal] = total * 0.5;
  }
};
