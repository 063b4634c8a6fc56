/** Scratch columns of one request, kept between requests and grown by doubling. */
export interface SpanRows {
  length: number;
  resource: Uint32Array;
  kind: Uint8Array;
  /** 1 when the status code is ERROR. */
  failed: Uint8Array;
  start: Float64Array;
  startNanos: Uint32Array;
  durationNanos: Float64Array;
  traceId: Uint8Array;
  spanKey: Float64Array;
  parentKey: Float64Array;
  nameStart: Uint32Array;
  nameEnd: Uint32Array;
  /** AnyValue of row r, slot s: [slotStart, slotEnd) at r * slots.count + s; equal when absent. */
  slotStart: Uint32Array;
  slotEnd: Uint32Array;
}

const grownTo = <T extends Uint8Array | Uint32Array | Float64Array>(column: T, length: number): T => {
  const grown = new (column.constructor as new (length: number) => T)(length);
  grown.set(column);
  return grown;
};

export const createSpanRows = (slotCount: number, capacity = 256): SpanRows => ({
  length: 0,
  resource: new Uint32Array(capacity),
  kind: new Uint8Array(capacity),
  failed: new Uint8Array(capacity),
  start: new Float64Array(capacity),
  startNanos: new Uint32Array(capacity),
  durationNanos: new Float64Array(capacity),
  traceId: new Uint8Array(capacity * 16),
  spanKey: new Float64Array(capacity),
  parentKey: new Float64Array(capacity),
  nameStart: new Uint32Array(capacity),
  nameEnd: new Uint32Array(capacity),
  slotStart: new Uint32Array(capacity * slotCount),
  slotEnd: new Uint32Array(capacity * slotCount),
});

export const growSpans = (rows: SpanRows, slotCount: number): void => {
  const length = rows.kind.length * 2;
  rows.resource = grownTo(rows.resource, length);
  rows.kind = grownTo(rows.kind, length);
  rows.failed = grownTo(rows.failed, length);
  rows.start = grownTo(rows.start, length);
  rows.startNanos = grownTo(rows.startNanos, length);
  rows.durationNanos = grownTo(rows.durationNanos, length);
  rows.traceId = grownTo(rows.traceId, length * 16);
  rows.spanKey = grownTo(rows.spanKey, length);
  rows.parentKey = grownTo(rows.parentKey, length);
  rows.nameStart = grownTo(rows.nameStart, length);
  rows.nameEnd = grownTo(rows.nameEnd, length);
  rows.slotStart = grownTo(rows.slotStart, length * slotCount);
  rows.slotEnd = grownTo(rows.slotEnd, length * slotCount);
};
