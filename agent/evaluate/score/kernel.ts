import type { RowRange } from './ranges.ts';

/** First of the falling `thresholds` that each score reaches, and how many rows each threshold marks. */
export const levelsOf = (score: Float64Array, thresholds: Float64Array, levels: Uint16Array, marked: Float64Array): void => {
  marked.fill(0);
  for (let row = 0; row < score.length; row += 1) {
    const value = score[row]!;
    let low = 0;
    let high = thresholds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (thresholds[middle]! <= value) high = middle;
      else low = middle + 1;
    }
    levels[row] = low;
    marked[low] = marked[low]! + 1;
  }
  for (let k = 1; k < marked.length; k += 1) marked[k] = marked[k]! + marked[k - 1]!;
};

export interface VolumeState {
  readonly events: readonly RowRange[];
  readonly inEvent: Uint8Array;
  readonly levels: Uint16Array;
  /** Rows at or above each threshold, and of them those inside events. */
  readonly marked: Float64Array;
  readonly markedInside: Float64Array;
  readonly insideRows: number;
  /** Zero between calls, one a row. */
  readonly weight: Float64Array;
  /** Scratch, one a threshold. */
  readonly buffered: Float64Array;
  readonly reached: Float64Array;
  /** First level reached from `reach` rows before the event to `reach` rows after it; grows with the buffer. */
  readonly eventLevel: Uint16Array;
}

const addBuffered = (state: VolumeState, row: number): void => {
  const weight = state.weight[row]!;
  if (weight === 0) return;
  state.weight[row] = 0;
  if (state.inEvent[row]! !== 0) return;
  const level = state.levels[row]!;
  state.buffered[level] = state.buffered[level]! + Math.min(1, weight);
};

/** Weights of rows near events fall off as sqrt(1 - distance / buffer), half a buffer to each side. */
const gatherBuffer = (state: VolumeState, buffer: number, reach: number): void => {
  const { events, weight, buffered } = state;
  const rows = weight.length;
  buffered.fill(0);
  for (let e = 0; e < events.length; e += 1) {
    const { first, last } = events[e]!;
    for (let row = last + 1; row <= Math.min(last + reach, rows - 1); row += 1)
      weight[row] = weight[row]! + Math.sqrt(1 - (row - last) / buffer);
    for (let row = Math.max(first - reach, 0); row < first; row += 1) weight[row] = weight[row]! + Math.sqrt(1 - (first - row) / buffer);
  }
  for (let e = 0; e < events.length; e += 1) {
    const { first, last } = events[e]!;
    for (let row = last + 1; row <= Math.min(last + reach, rows - 1); row += 1) addBuffered(state, row);
    for (let row = Math.max(first - reach, 0); row < first; row += 1) addBuffered(state, row);
  }
};

/** To `reached`: how many segments (events whose buffers touch are one) hold a marked row, a threshold each. Returns their number. */
const gatherSegments = (state: VolumeState, reach: number): number => {
  const { events, eventLevel, levels, reached } = state;
  const rows = levels.length;
  reached.fill(0);
  let segments = 0;
  let segmentLevel = 0;
  for (let e = 0; e < events.length; e += 1) {
    const { first, last } = events[e]!;
    let level = eventLevel[e]!;
    if (first - reach >= 0) level = Math.min(level, levels[first - reach]!);
    if (last + reach < rows) level = Math.min(level, levels[last + reach]!);
    eventLevel[e] = level;
    const joins = e > 0 && events[e - 1]!.last + reach >= first - reach;
    if (joins) segmentLevel = Math.min(segmentLevel, level);
    else {
      if (e > 0) reached[segmentLevel] = reached[segmentLevel]! + 1;
      segments += 1;
      segmentLevel = level;
    }
  }
  reached[segmentLevel] = reached[segmentLevel]! + 1;
  return segments;
};

/** Area under the range-based precision-recall curve at one length of buffer. Call with growing lengths: 0, 1, 2, ... */
export const areaAtBuffer = (state: VolumeState, buffer: number): number => {
  const reach = buffer >> 1;
  gatherBuffer(state, buffer, reach);
  const segments = gatherSegments(state, reach);
  let buffered = 0;
  let reached = 0;
  let before = 0;
  let area = 0;
  for (let k = 0; k < state.marked.length; k += 1) {
    buffered += state.buffered[k]!;
    reached += state.reached[k]!;
    const hit = state.markedInside[k]! + buffered;
    const recall = Math.min(1, hit / (state.insideRows + buffered / 2)) * (reached / segments);
    area += (recall - before) * (hit / state.marked[k]!);
    before = recall;
  }
  return area;
};
