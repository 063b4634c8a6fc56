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

/** Median distance from `center`: of two sorted runs, one going down from the center and one up, the middle of both together. */
export const deviationOf = (window: SortedWindow, center: number): number => {
  const { sorted, state } = window;
  const { size } = state;
  if (size === 0) return Number.NaN;
  const split = placeOf(sorted, size, center);
  const wanted = (size >> 1) + 1;
  // How many of the `wanted` nearest lie below: as many as stand nearer than what the upper run would give instead.
  let low = Math.max(0, wanted - (size - split));
  let high = Math.min(split, wanted);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (center - sorted[split - 1 - middle]! < sorted[split + wanted - middle - 1]! - center) low = middle + 1;
    else high = middle;
  }
  const below = low > 0 ? center - sorted[split - low]! : 0;
  const above = wanted > low ? sorted[split + wanted - low - 1]! - center : 0;
  return Math.max(below, above);
};

/** To `places`: where the largest of the row stand, the largest first. */
export const largestPlaces = (row: Float64Array, places: Int32Array): void => {
  for (let taken = 0; taken < places.length; taken += 1) {
    let best = -1;
    for (let place = 0; place < row.length; place += 1) {
      if (best >= 0 && !(row[place]! > row[best]!)) continue;
      let isNew = true;
      for (let before = 0; before < taken; before += 1) if (places[before] === place) isNew = false;
      if (isNew) best = place;
    }
    places[taken] = best;
  }
};
