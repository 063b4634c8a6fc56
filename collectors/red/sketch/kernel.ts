/**
 * A latency sketch of fixed size: logarithmic buckets, 16 an octave (each 4.4 % wide, so a quantile is within
 * 2.2 %), from one microsecond to over an hour. Counts are integers: the sketch does not depend on the order of arrival.
 */
export const SKETCH_BUCKETS = 512;
const FLOOR_LN = Math.log(1e-6);
const PER_LN = 16 / Math.LN2;

export const createSketch = (): Uint32Array => new Uint32Array(SKETCH_BUCKETS);

export const addToSketch = (sketch: Uint32Array, lnSeconds: number): void => {
  const bucket = Math.floor((lnSeconds - FLOOR_LN) * PER_LN);
  sketch[bucket < 0 ? 0 : bucket >= SKETCH_BUCKETS ? SKETCH_BUCKETS - 1 : bucket]! += 1;
};

/** Seconds at quantile q in [0, 1], interpolated geometrically inside a bucket; NaN when the sketch is empty. */
export const sketchQuantile = (sketch: Uint32Array, q: number): number => {
  let total = 0;
  for (let i = 0; i < SKETCH_BUCKETS; i++) total += sketch[i]!;
  if (total === 0) return Number.NaN;
  const rank = q * total;
  let below = 0;
  for (let i = 0; i < SKETCH_BUCKETS; i++) {
    const count = sketch[i]!;
    if (count > 0 && below + count >= rank) {
      const inside = (rank - below) / count;
      return Math.exp(FLOOR_LN + (i + inside) / PER_LN);
    }
    below += count;
  }
  return Number.NaN;
};
