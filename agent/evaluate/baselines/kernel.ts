/** A window of the latest values kept sorted, so that quantiles are read and not searched. */
export interface SortedWindow {
  readonly sorted: Float64Array;
  /** The same values in the order in which they came. */
  readonly ring: Float64Array;
  readonly state: { size: number; next: number };
}

export const createSortedWindow = (capacity: number): SortedWindow => ({
  sorted: new Float64Array(capacity),
  ring: new Float64Array(capacity),
  state: { size: 0, next: 0 },
});

/** First place whose value is at least `value`. */
const placeOf = (sorted: Float64Array, size: number, value: number): number => {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
};

export const push = (window: SortedWindow, value: number): void => {
  const { sorted, ring, state } = window;
  if (state.size === ring.length) {
    const leaving = placeOf(sorted, state.size, ring[state.next]!);
    sorted.copyWithin(leaving, leaving + 1, state.size);
    state.size -= 1;
  }
  const entering = placeOf(sorted, state.size, value);
  sorted.copyWithin(entering + 1, entering, state.size);
  sorted[entering] = value;
  state.size += 1;
  ring[state.next] = value;
  state.next = (state.next + 1) % ring.length;
};

export const medianOf = (window: SortedWindow): number => {
  const { sorted, state } = window;
  return state.size === 0 ? Number.NaN : (sorted[(state.size - 1) >> 1]! + sorted[state.size >> 1]!) / 2;
};

/** Median distance from `center`: the k-th smallest of two sorted runs, one going down from the center and one up. */
export const deviationOf = (window: SortedWindow, center: number): number => {
  const { sorted, state } = window;
  if (state.size === 0) return Number.NaN;
  const wanted = state.size >> 1;
  let above = placeOf(sorted, state.size, center);
  let below = above - 1;
  let distance = 0;
  for (let taken = 0; taken <= wanted; taken += 1) {
    const down = below >= 0 ? center - sorted[below]! : Number.POSITIVE_INFINITY;
    const up = above < state.size ? sorted[above]! - center : Number.POSITIVE_INFINITY;
    if (down <= up) {
      distance = down;
      below -= 1;
    } else {
      distance = up;
      above += 1;
    }
  }
  return distance;
};
