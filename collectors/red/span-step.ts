import { createKeySet, type KeySet } from './join/kernel.ts';
import { createSketch } from './sketch/kernel.ts';

/** Spans of one step that wait for its close, when their joins are decided. Columns grow together. */
export interface SpanRows {
  length: number;
  entry: Uint32Array;
  /** Dictionary id of the peer. */
  peer: Uint32Array;
  kind: Uint8Array;
  error: Uint8Array;
  spanKey: Float64Array;
  parentKey: Float64Array;
  /** Milliseconds with fractions. */
  start: Float64Array;
  nanos: Float64Array;
}

/** Numbers a group has in a step; see the FIELD_ constants of kernel.ts. */
export const FIELDS = 10;

/** Sparse accumulators: only groups with events in the step have a slot. */
export interface GroupTable {
  length: number;
  /** By group index: slot + 1, or 0. */
  slotOf: Int32Array;
  /** By slot: group index. */
  groups: Uint32Array;
  fields: Float64Array;
}

export interface SpanStep {
  readonly index: number;
  readonly keys: KeySet;
  rows: SpanRows;
  readonly table: GroupTable;
  /** By group index of a service. */
  readonly sketches: Map<number, Uint32Array>;
  /** Entry indexes of the services that reported anything in the step. */
  readonly reported: Set<number>;
}

export const createSpanRows = (capacity = 64): SpanRows => ({
  length: 0,
  entry: new Uint32Array(capacity),
  peer: new Uint32Array(capacity),
  kind: new Uint8Array(capacity),
  error: new Uint8Array(capacity),
  spanKey: new Float64Array(capacity),
  parentKey: new Float64Array(capacity),
  start: new Float64Array(capacity),
  nanos: new Float64Array(capacity),
});

export const reserveSpanRow = (rows: SpanRows): void => {
  if (rows.length < rows.entry.length) return;
  const grown = createSpanRows(Math.max(64, rows.length * 2));
  grown.entry.set(rows.entry);
  grown.peer.set(rows.peer);
  grown.kind.set(rows.kind);
  grown.error.set(rows.error);
  grown.spanKey.set(rows.spanKey);
  grown.parentKey.set(rows.parentKey);
  grown.start.set(rows.start);
  grown.nanos.set(rows.nanos);
  const { length } = rows;
  Object.assign(rows, grown, { length });
};

export const createGroupTable = (): GroupTable => ({
  length: 0,
  slotOf: new Int32Array(64),
  groups: new Uint32Array(64),
  fields: new Float64Array(64 * FIELDS),
});

/** Offset of the group's fields, made on first use. */
export const fieldsOf = (table: GroupTable, group: number): number => {
  if (group >= table.slotOf.length) {
    const grown = new Int32Array(Math.max(group + 1, table.slotOf.length * 2));
    grown.set(table.slotOf);
    table.slotOf = grown;
  }
  const slot = table.slotOf[group] as number;
  if (slot > 0) return (slot - 1) * FIELDS;
  if (table.length >= table.groups.length) {
    const groups = new Uint32Array(table.groups.length * 2);
    groups.set(table.groups);
    table.groups = groups;
    const fields = new Float64Array(table.fields.length * 2);
    fields.set(table.fields);
    table.fields = fields;
  }
  table.groups[table.length] = group;
  table.length += 1;
  table.slotOf[group] = table.length;
  return (table.length - 1) * FIELDS;
};

/** Offset of the group's fields, or -1 when it had no events in the step. */
export const findFields = (table: GroupTable, group: number): number => {
  const slot = table.slotOf[group] ?? 0;
  return slot === 0 ? -1 : (slot - 1) * FIELDS;
};

export const sketchOf = (step: SpanStep, group: number): Uint32Array => {
  let sketch = step.sketches.get(group);
  if (sketch === undefined) {
    sketch = createSketch();
    step.sketches.set(group, sketch);
  }
  return sketch;
};

export const createSpanStep = (index: number): SpanStep => ({
  index,
  keys: createKeySet(),
  rows: createSpanRows(),
  table: createGroupTable(),
  sketches: new Map(),
  reported: new Set(),
});

export interface SpanStepState {
  readonly index: number;
  readonly keys: Float64Array;
  readonly rows: SpanRows;
  readonly groups: Uint32Array;
  readonly fields: Float64Array;
  readonly sketches: readonly (readonly [group: number, sketch: Uint32Array])[];
  readonly reported: readonly number[];
}

export const spanStepState = (step: SpanStep): SpanStepState => {
  const { length } = step.rows;
  return {
    index: step.index,
    keys: step.keys.keys(),
    rows: {
      length,
      entry: step.rows.entry.slice(0, length),
      peer: step.rows.peer.slice(0, length),
      kind: step.rows.kind.slice(0, length),
      error: step.rows.error.slice(0, length),
      spanKey: step.rows.spanKey.slice(0, length),
      parentKey: step.rows.parentKey.slice(0, length),
      start: step.rows.start.slice(0, length),
      nanos: step.rows.nanos.slice(0, length),
    },
    groups: step.table.groups.slice(0, step.table.length),
    fields: step.table.fields.slice(0, step.table.length * FIELDS),
    sketches: [...step.sketches].sort((a, b) => a[0] - b[0]),
    reported: [...step.reported].sort((a, b) => a - b),
  };
};

export const restoreSpanStep = (state: SpanStepState): SpanStep => {
  const step: SpanStep = {
    index: state.index,
    keys: createKeySet(state.keys),
    rows: { ...state.rows },
    table: createGroupTable(),
    sketches: new Map(state.sketches),
    reported: new Set(state.reported),
  };
  // A snapshot of an earlier version has fewer fields a group; those it lacks count from nothing.
  const width = state.groups.length > 0 ? state.fields.length / state.groups.length : FIELDS;
  for (const [slot, group] of state.groups.entries()) {
    const at = fieldsOf(step.table, group);
    step.table.fields.set(state.fields.subarray(slot * width, (slot + 1) * width), at);
  }
  return step;
};
