import { POINT_COUNTER_CUMULATIVE, POINT_COUNTER_DELTA, POINT_SUM_DELTA } from '../../../core/batch.ts';

/** Memory of every stream, by local stream id. NaN where nothing is known yet. */
export interface StreamColumns {
  group: Int32Array;
  lastTime: Float64Array;
  lastStart: Float64Array;
  lastValue: Float64Array;
  /** Last rate per second, mean or value. */
  level: Float64Array;
  /** Milliseconds between the last two points: until when the level may stand in. */
  interval: Float64Array;
  /** Last step with points of the stream. */
  fresh: Float64Array;
}

export const NO_GROUP = -1;

export const createStreamColumns = (capacity = 64): StreamColumns => ({
  group: new Int32Array(capacity).fill(NO_GROUP),
  lastTime: new Float64Array(capacity).fill(Number.NaN),
  lastStart: new Float64Array(capacity).fill(Number.NaN),
  lastValue: new Float64Array(capacity).fill(Number.NaN),
  level: new Float64Array(capacity).fill(Number.NaN),
  interval: new Float64Array(capacity).fill(Number.NaN),
  fresh: new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY),
});

export const reserveStream = (columns: StreamColumns, stream: number): void => {
  if (stream < columns.group.length) return;
  const grown = createStreamColumns(Math.max(stream + 1, columns.group.length * 2));
  grown.group.set(columns.group);
  grown.lastTime.set(columns.lastTime);
  grown.lastStart.set(columns.lastStart);
  grown.lastValue.set(columns.lastValue);
  grown.level.set(columns.level);
  grown.interval.set(columns.interval);
  grown.fresh.set(columns.fresh);
  Object.assign(columns, grown);
};

export interface PointCounts {
  points: number;
  duplicates: number;
  /** Same stream and time, another value: the first stays. */
  conflicts: number;
  resets: number;
  resetsInferred: number;
  /** Start times that go back and forth: two writers under one identity. */
  singleWriterViolations: number;
  overlaps: number;
  gaps: number;
  /** Came after a newer point of the stream had been read; a cumulative successor already holds what it said. */
  outdated: number;
  invalid: number;
}

/** Nothing to count yet: the point is where counting starts. */
export const MODE_BASELINE = 0;
/** Count the difference to the last point. */
export const MODE_DIFFERENCE = 1;
/** Count the value as it is. */
export const MODE_WHOLE = 2;
export const MODE_DROP = 3;

export interface Advance {
  mode: number;
  coveredMs: number;
}

/** A counter younger than this at its first point began under our eyes, so that point counts (OpenTelemetry: unknown start counts nothing). */
const YOUNG_MS = 300_000;
/** Senders round times to the millisecond. */
const TOLERANCE_MS = 1;

const advanceCumulative = (
  columns: StreamColumns,
  stream: number,
  time: number,
  start: number,
  fell: boolean,
  counts: PointCounts,
  advance: Advance,
): void => {
  const lastTime = columns.lastTime[stream]!;
  const lastStart = columns.lastStart[stream]!;
  const known = start < time;
  if (Number.isNaN(lastTime)) {
    const young = known && time - start < YOUNG_MS;
    advance.mode = young ? MODE_WHOLE : MODE_BASELINE;
    advance.coveredMs = young ? time - start : 0;
  } else if (known && start < lastStart - TOLERANCE_MS) {
    counts.singleWriterViolations += 1;
    advance.mode = MODE_DROP;
  } else if (known && start > lastStart + TOLERANCE_MS && (fell || start >= lastTime - TOLERANCE_MS)) {
    counts.resets += 1;
    advance.mode = MODE_WHOLE;
    advance.coveredMs = time - start;
  } else if (fell) {
    counts.resetsInferred += 1;
    advance.mode = MODE_WHOLE;
    advance.coveredMs = time - lastTime;
  } else {
    advance.mode = MODE_DIFFERENCE;
    advance.coveredMs = time - lastTime;
  }
  if (advance.mode !== MODE_DROP && known) columns.lastStart[stream] = start;
};

const advanceDelta = (
  columns: StreamColumns,
  stream: number,
  time: number,
  start: number,
  stepMs: number,
  counts: PointCounts,
  advance: Advance,
): void => {
  const lastTime = columns.lastTime[stream]!;
  const known = start < time;
  if (!Number.isNaN(lastTime) && known && start < lastTime - TOLERANCE_MS) {
    counts.overlaps += 1;
    advance.mode = MODE_DROP;
    return;
  }
  if (!Number.isNaN(lastTime) && known && start > lastTime + TOLERANCE_MS) counts.gaps += 1;
  advance.mode = MODE_WHOLE;
  advance.coveredMs = known ? time - start : Number.isNaN(lastTime) ? stepMs : time - lastTime;
};

/** Reads the time and start of a counter or histogram point; moves the stream on unless the point is dropped. */
export const advanceStream = (
  columns: StreamColumns,
  stream: number,
  cumulative: boolean,
  time: number,
  start: number,
  fell: boolean,
  stepMs: number,
  counts: PointCounts,
  advance: Advance,
): void => {
  if (cumulative) advanceCumulative(columns, stream, time, start, fell, counts, advance);
  else advanceDelta(columns, stream, time, start, stepMs, counts, advance);
  if (advance.mode === MODE_DROP) return;
  const lastTime = columns.lastTime[stream]!;
  columns.interval[stream] = Number.isNaN(lastTime) ? stepMs : time - lastTime;
  columns.lastTime[stream] = time;
};

/** What the points of one stream in one step say together. */
export interface Reading {
  increase: number;
  coveredMs: number;
  sum: number;
  observations: number;
  last: number;
}

export const clearReading = (reading: Reading): void => {
  reading.increase = 0;
  reading.coveredMs = 0;
  reading.sum = 0;
  reading.observations = 0;
  reading.last = Number.NaN;
};

const scratch: Advance = { mode: MODE_BASELINE, coveredMs: 0 };

const readCounter = (
  columns: StreamColumns,
  stream: number,
  cumulative: boolean,
  time: number,
  start: number,
  value: number,
  stepMs: number,
  counts: PointCounts,
  reading: Reading,
): void => {
  const last = columns.lastValue[stream]!;
  advanceStream(columns, stream, cumulative, time, start, value < last, stepMs, counts, scratch);
  if (scratch.mode === MODE_DROP) return;
  columns.lastValue[stream] = value;
  if (scratch.mode === MODE_BASELINE) return;
  reading.increase += scratch.mode === MODE_DIFFERENCE ? value - last : value;
  reading.coveredMs += scratch.coveredMs;
  reading.observations += 1;
};

/** Adds one number point, newer than all before it of its stream, to the stream's reading. */
export const readPoint = (
  columns: StreamColumns,
  stream: number,
  type: number,
  time: number,
  start: number,
  value: number,
  stepMs: number,
  counts: PointCounts,
  reading: Reading,
): void => {
  const lastTime = columns.lastTime[stream]!;
  if (time <= lastTime) {
    if (time < lastTime) counts.outdated += 1;
    else if (type !== POINT_SUM_DELTA && value !== columns.lastValue[stream]!) counts.conflicts += 1;
    else counts.duplicates += 1;
    return;
  }
  if (type === POINT_COUNTER_CUMULATIVE || type === POINT_COUNTER_DELTA) {
    readCounter(columns, stream, type === POINT_COUNTER_CUMULATIVE, time, start, value, stepMs, counts, reading);
    return;
  }
  if (type === POINT_SUM_DELTA && start < time && start < lastTime - TOLERANCE_MS) {
    counts.overlaps += 1;
    return;
  }
  // A delta of an up-down counter moves the level from where it stood when the stream was first seen.
  const before = columns.lastValue[stream]!;
  const level = type === POINT_SUM_DELTA && !Number.isNaN(before) ? before + value : value;
  columns.interval[stream] = Number.isNaN(lastTime) ? stepMs : time - lastTime;
  columns.lastTime[stream] = time;
  columns.lastValue[stream] = level;
  reading.sum += level;
  reading.observations += 1;
  reading.last = level;
};

/**
 * Whether a stream without points in a step still counts towards the sum over instances: until one and a half of its
 * own intervals have passed. Pods that export every minute, each at its own second, would otherwise be summed one at a time.
 */
export const isHeld = (columns: StreamColumns, stream: number, stepEnd: number): boolean =>
  columns.lastTime[stream]! + 1.5 * columns.interval[stream]! >= stepEnd;

/** Sum of the levels of the members of a group that are fresh in the step or held. */
export const sumLevels = (columns: StreamColumns, members: readonly number[], step: number, stepEnd: number): number => {
  let sum = 0;
  for (let i = 0; i < members.length; i++) {
    const stream = members[i]!;
    const level = columns.level[stream]!;
    if (Number.isNaN(level)) continue;
    if (columns.fresh[stream]! === step || isHeld(columns, stream, stepEnd)) sum += level;
  }
  return sum;
};

/** Rows [from, to) of `order` belong to one stream; brings them into order of time, first arrivals first. */
export const sortByTime = (order: Uint32Array, from: number, to: number, time: Float64Array): void => {
  for (let i = from + 1; i < to; i++) {
    const row = order[i]!;
    let at = i;
    while (at > from && time[order[at - 1]!]! > time[row]!) {
      order[at] = order[at - 1]!;
      at -= 1;
    }
    order[at] = row;
  }
};

/** Row numbers by stream, in order of arrival within a stream. */
export const orderByStream = (stream: Uint32Array, length: number): Uint32Array => {
  const packed = new Float64Array(length);
  for (let i = 0; i < length; i++) packed[i] = stream[i]! * length + i;
  packed.sort();
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = packed[i]! % length;
  return order;
};
