/** Turns of the power iteration at most; a direction that stands out settles in a few. */
const TURNS = 40;
const SETTLED = 1e-10;

/**
 * The direction of length one along which the rows vary most, by power iteration on rows minus mean (row by row,
 * `width` values each; absent entries are given as their mean). Zero when nothing varies.
 */
export const leadingDirection = (rows: Float64Array, width: number, mean: Float64Array): Float64Array => {
  const count = rows.length / width;
  // Any start that is not orthogonal to the answer will do; unequal values break ties of symmetric data.
  const direction = new Float64Array(width);
  for (let i = 0; i < width; i += 1) direction[i] = 1 + i / width;
  const next = new Float64Array(width);
  for (let turn = 0; turn < TURNS; turn += 1) {
    next.fill(0);
    for (let row = 0; row < count; row += 1) {
      const at = row * width;
      let coordinate = 0;
      for (let i = 0; i < width; i += 1) coordinate += (rows[at + i]! - mean[i]!) * direction[i]!;
      for (let i = 0; i < width; i += 1) next[i] = next[i]! + coordinate * (rows[at + i]! - mean[i]!);
    }
    let square = 0;
    for (let i = 0; i < width; i += 1) square += next[i]! * next[i]!;
    if (!(square > 0)) return direction.fill(0);
    const scale = 1 / Math.sqrt(square);
    let moved = 0;
    for (let i = 0; i < width; i += 1) {
      const value = next[i]! * scale;
      moved += (value - direction[i]!) * (value - direction[i]!);
      direction[i] = value;
    }
    if (moved < SETTLED) break;
  }
  return direction;
};

/** Puts the value of rank `rank` (0 the smallest) of the first `count` values in its place, nothing larger before it: Hoare's selection. */
export const selectRank = (values: Float64Array, count: number, rank: number): number => {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i += 1;
      while (values[j]! > pivot) j -= 1;
      if (i <= j) {
        const swapped = values[i]!;
        values[i] = values[j]!;
        values[j] = swapped;
        i += 1;
        j -= 1;
      }
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank]!;
};

/** Quantile of the first `count` values, linear between order statistics, as core's; reorders them. 0 when there are none. */
export const selectQuantile = (values: Float64Array, count: number, share: number): number => {
  if (count === 0) return 0;
  const position = (count - 1) * Math.min(1, Math.max(0, share));
  const below = Math.floor(position);
  const low = selectRank(values, count, below);
  if (below + 1 >= count || position === below) return low;
  let high = Number.POSITIVE_INFINITY;
  for (let i = below + 1; i < count; i += 1) if (values[i]! < high) high = values[i]!;
  return low + (high - low) * (position - below);
};

/** Copies |value| of what is there (not NaN) to the front of `into`; returns how many. */
export const copySizes = (values: Float64Array, into: Float64Array): number => {
  let count = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    into[count] = value < 0 ? -value : value;
    count += 1;
  }
  return count;
};

/** Copies the values that are there and whose fold is not `heldBack` to the front of `into`; returns how many. */
export const copyPresent = (values: Float64Array, fold: Int32Array, heldBack: number, into: Float64Array): number => {
  let count = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (fold[i] === heldBack || !(value > -1e300 && value < 1e300)) continue;
    into[count] = value;
    count += 1;
  }
  return count;
};

/**
 * Median of each slot of the day over the rows whose fold is not `heldBack` (-1 holds none back), into `profile`;
 * `otherwise` where a slot has none. Rows of slot s are `order[starts[s]]` to before `order[starts[s + 1]]`; `into` is
 * room for the values of one slot.
 */
export const slotMedians = (
  values: Float64Array,
  order: Int32Array,
  starts: Int32Array,
  fold: Int32Array,
  heldBack: number,
  otherwise: number,
  profile: Float64Array,
  into: Float64Array,
): void => {
  for (let slot = 0; slot < profile.length; slot += 1) {
    let count = 0;
    for (let place = starts[slot]!; place < starts[slot + 1]!; place += 1) {
      const row = order[place]!;
      const value = values[row]!;
      if (fold[row] === heldBack || !(value > -1e300 && value < 1e300)) continue;
      into[count] = value;
      count += 1;
    }
    profile[slot] = count === 0 ? otherwise : selectQuantile(into, count, 0.5);
  }
};
