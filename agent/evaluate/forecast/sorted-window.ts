import { quantileSorted } from '../../../core/math.ts';

/** The newest values, kept sorted: exact quantiles of a rolling window. */
export interface SortedWindow {
  readonly size: number;
  add(value: number): void;
  quantile(level: number): number;
}

export const createSortedWindow = (capacity: number): SortedWindow => {
  const inOrder = new Float64Array(capacity);
  const sorted = new Float64Array(capacity);
  let size = 0;
  let next = 0;
  /** First place whose value is not below. */
  const placeOf = (value: number): number => {
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    get size() {
      return size;
    },
    add(value) {
      if (size === capacity) {
        const oldest = placeOf(inOrder[next] as number);
        sorted.copyWithin(oldest, oldest + 1, size);
        size -= 1;
      }
      const at = placeOf(value);
      sorted.copyWithin(at + 1, at, size);
      sorted[at] = value;
      size += 1;
      inOrder[next] = value;
      next = (next + 1) % capacity;
    },
    quantile: (level) => quantileSorted(sorted.subarray(0, size), level),
  };
};
