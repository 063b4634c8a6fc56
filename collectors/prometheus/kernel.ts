/** What a list of [seconds, "number"] pairs held. */
export interface PairsRead {
  samples: number;
  notFinite: number;
  offGrid: number;
  /** Index of the first pair that is none; -1 when all are. */
  wrongAt: number;
}

/**
 * Writes pairs onto a grid of `into.length` evaluations from `from` on. Values that are not finite (a stale marker is
 * a NaN) stay gaps; pairs beside the grid are counted and left out, because a value must not move in time.
 */
export const readPairs = (pairs: readonly unknown[], from: number, stepMs: number, into: Float64Array, read: PairsRead): void => {
  for (let i = 0; i < pairs.length; i += 1) {
    const pair = pairs[i] as readonly [number, string];
    if (!Array.isArray(pair) || typeof pair[0] !== 'number' || typeof pair[1] !== 'string') {
      read.wrongAt = i;
      return;
    }
    const place = (pair[0] * 1_000 - from) / stepMs;
    const index = Math.round(place);
    if (index < 0 || index >= into.length || Math.abs(place - index) * stepMs > 1) {
      read.offGrid += 1;
      continue;
    }
    const text = pair[1];
    const value = Number(text);
    if (text === '' || !Number.isFinite(value)) {
      // Go spells what is no number NaN, +Inf and -Inf; every other text is a lie.
      if (text !== 'NaN' && text !== '+Inf' && text !== '-Inf' && text !== 'Inf') {
        read.wrongAt = i;
        return;
      }
      read.notFinite += 1;
      continue;
    }
    into[index] = value;
    read.samples += 1;
  }
};
