import type { Branch, Expectation } from './model.ts';

export const DAY_SECONDS = 86_400;

/** Working memory of one service; what must survive a restart is all but the last three. */
export interface SubspaceMemory {
  /** Running mean of each column's level, NaN before its first value. */
  readonly reference: Float64Array;
  /** What each column did at the latest row, by its residuals in the fast branch. */
  readonly blame: Float64Array;
  /** Smoothed residual of each column's level, sign kept, and where it has stood for days. */
  readonly steady: Float64Array;
  readonly anchor: Float64Array;
  readonly scalars: Float64Array;
  /** Level and detrended residual of the row at hand, NaN where absent. */
  readonly entries: Float64Array;
  /** Sign kept. */
  readonly residual: Float64Array;
  readonly ranked: Float64Array;
}

/** Places in `scalars`. */
export const AT = 0;
export const ROWS = 1;
export const FAST = 2;
export const SLOW = 3;
export const REMEMBERED = 4;
export const OPEN = 5;
export const CALM_SECONDS = 6;
export const CALM_ROWS = 7;
export const SCORE = 8;
export const EVIDENCE = 9;
/** Of the branch projected last. */
export const LARGEST_MEAN = 10;
export const COORDINATE = 11;
/** Largest steady deviation of one column, in its usual daily peaks. */
export const STEADY = 12;
/** Names fixed at the opening row follow from here. */
export const NAMES = 13;

export const createMemory = (columns: number, named: number): SubspaceMemory => ({
  reference: new Float64Array(columns).fill(Number.NaN),
  blame: new Float64Array(columns),
  steady: new Float64Array(columns),
  anchor: new Float64Array(columns),
  scalars: new Float64Array(NAMES + named).fill(-1, NAMES),
  entries: new Float64Array(2 * columns),
  residual: new Float64Array(2 * columns),
  ranked: new Float64Array(2 * columns),
});

/** Share of the way to a new value in `seconds`. */
export const gainOf = (seconds: number, halfLifeMinutes: number): number => 1 - Math.exp((-Math.LN2 * seconds) / (60 * halfLifeMinutes));

/** Moves one state value a share of the way. */
export const toward = (state: Float64Array, place: number, value: number, gain: number): void => {
  state[place] = state[place]! + gain * (value - state[place]!);
};

/** Expected level of a column, between the centers of two slots. */
export const expectedLevel = (profile: Float64Array, slots: number, column: number, atSeconds: number): number => {
  const day = atSeconds / DAY_SECONDS;
  const position = (day - Math.floor(day)) * slots - 0.5 + slots;
  const below = Math.floor(position);
  const share = position - below;
  const at = column * slots;
  return profile[at + (below % slots)]! * (1 - share) + profile[at + ((below + 1) % slots)]! * share;
};

/** Fills `entries` from a row and moves the references. Returns how many columns were there. */
export const measure = (
  expectation: Expectation,
  memory: SubspaceMemory,
  atSeconds: number,
  elapsed: number,
  row: ArrayLike<number>,
): number => {
  const { columns, profile, slots, detrendedCenter, jumpLimit, detrendHalfLife } = expectation;
  const { reference, entries } = memory;
  const gain = gainOf(elapsed, detrendHalfLife);
  // A reference older than its half-life and two steps says nothing of a jump.
  const stale = elapsed > Math.max(60 * detrendHalfLife, 2 * expectation.stepSeconds);
  let present = 0;
  for (let column = 0; column < columns; column += 1) {
    const value = row[column]!;
    if (!(value > -1e300 && value < 1e300)) {
      entries[column] = Number.NaN;
      entries[columns + column] = Number.NaN;
      continue;
    }
    present += 1;
    const level = value - expectedLevel(profile, slots, column, atSeconds);
    const before = reference[column]!;
    const fresh = stale || Number.isNaN(before);
    const jump = level - before;
    const limit = jumpLimit[column]!;
    entries[column] = level;
    entries[columns + column] = fresh ? Number.NaN : jump - detrendedCenter[column]!;
    reference[column] = fresh ? level : before + gain * (jump > limit ? limit : jump < -limit ? -limit : jump);
  }
  return present;
};

/** Standardizes `entries` and takes the shared direction out: residuals, the mean of the largest, and the coordinate removed. */
export const project = (branch: Branch, memory: SubspaceMemory, largest: number): void => {
  const { entries, residual, ranked, scalars } = memory;
  const { gain, mean, direction, clip } = branch;
  const n = entries.length;
  let coordinate = 0;
  for (let i = 0; i < n; i += 1) {
    const value = entries[i]! * gain[i]!;
    const clipped = value > clip ? clip : value < -clip ? -clip : value;
    // Absent adds nothing: neither to the direction nor to the residual.
    const deviation = Number.isNaN(clipped) ? 0 : clipped - mean[i]!;
    residual[i] = deviation;
    coordinate += direction[i]! * deviation;
  }
  for (let i = 0; i < n; i += 1) {
    if (Number.isNaN(entries[i]!)) {
      residual[i] = 0;
      ranked[i] = 0;
      continue;
    }
    const rest = residual[i]! - direction[i]! * coordinate;
    residual[i] = rest;
    ranked[i] = rest < 0 ? -rest : rest;
  }
  scalars[COORDINATE] = coordinate;
  scalars[LARGEST_MEAN] = meanOfLargest(ranked, n, largest);
};

/**
 * Smooths the level residuals of the fast branch, projected last. `STEADY` becomes the largest of them, from where its
 * column has stood for days, in the usual daily peaks of the column. What is absent stays where it was and says nothing.
 */
export const steady = (gain: Float64Array, memory: SubspaceMemory, smoothing: number, anchoring: number): void => {
  const { entries, residual, scalars } = memory;
  let largest = 0;
  for (let column = 0; column < gain.length; column += 1) {
    if (Number.isNaN(entries[column]!)) continue;
    const before = memory.steady[column]!;
    const level = before + smoothing * (residual[column]! - before);
    const stood = memory.anchor[column]!;
    const size = (level < stood ? stood - level : level - stood) * gain[column]!;
    memory.steady[column] = level;
    memory.anchor[column] = stood + anchoring * (level - stood);
    if (size > largest) largest = size;
  }
  scalars[STEADY] = largest;
};

/** Mean of the `count` largest of the first `length` values, which it brings to the front: Hoare's selection. */
const meanOfLargest = (values: Float64Array, length: number, count: number): number => {
  const k = count < length ? count : length;
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! > pivot) i += 1;
      while (values[j]! < pivot) j -= 1;
      if (i <= j) {
        const swapped = values[i]!;
        values[i] = values[j]!;
        values[j] = swapped;
        i += 1;
        j -= 1;
      }
    }
    if (k - 1 <= j) high = j;
    else if (k - 1 >= i) low = i;
    else break;
  }
  let sum = 0;
  for (let i = 0; i < k; i += 1) sum += values[i]!;
  return sum / k;
};

/** The statistic of a branch: the residuals that stand out most, or a shift of everything at once. */
export const statisticOf = (branch: Branch, largestMean: number, coordinate: number, removedWeight: number): number => {
  const shift = coordinate - branch.coordinateCenter;
  const shared = removedWeight * (shift < 0 ? -shift : shift) * branch.coordinateScale;
  return shared > largestMean ? shared : largestMean;
};
