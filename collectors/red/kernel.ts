import { SPAN_CLIENT, SPAN_CONSUMER, SPAN_INTERNAL, SPAN_PRODUCER, SPAN_SERVER, type SpanBatch } from '../../core/batch.ts';
import type { ChildTable, JoinTable } from './join/kernel.ts';
import type { ServiceEntry, SpanGroup } from './service-entry.ts';
import { addToSketch } from './sketch/kernel.ts';
import { fieldsOf, reserveSpanRow, type SpanStep, sketchOf } from './span-step.ts';

/*
 * Everything summed here is an integer (counts, and logarithms in fixed point), so that a step has the same bytes in
 * whatever order its spans arrived: floating-point addition is not associative.
 */

/** Field 0 counts the requests themselves. */
export const FIELD_ERRORS = 1;
/** Service. */
export const FIELD_ORIGIN_ERRORS = 2;
export const FIELD_LN = 3;
export const FIELD_SELF_LN = 4;
export const FIELD_SELF_COUNT = 5;
export const FIELD_OUTCOMES = 6;
export const FIELD_DECLINED = 7;
/** Sums in nanoseconds beside the logarithms: shares of a change add up on times, not on their logarithms. */
export const FIELD_NANOS = 8;
export const FIELD_SELF_NANOS = 9;
/** Edge. */
export const FIELD_DURATIONS = 2;
export const FIELD_GAP_LN = 4;
export const FIELD_GAPS = 5;
export const FIELD_CALL_NANOS = 6;
export const FIELD_ANSWER_NANOS = 7;

/** Fixed point of ln(seconds): 2^-24, so that 20 million events a step stay exact. */
export const LN_SCALE = 16_777_216;
const DURATION_FLOOR_LN = Math.log(1e-6);
/** Below a tenth of a millisecond nobody cares, and ln of next to nothing would drown every other value in the mean. */
const SELF_FLOOR_LN = Math.log(1e-4);

/** Skewed clocks make a server outlast its call: the difference is then next to nothing, not NaN. */
const lnOf = (nanos: number, floorLn: number): number => (nanos > 0 ? Math.max(Math.log(nanos * 1e-9), floorLn) : floorLn);

export const OUTCOME_NONE = 0;
export const OUTCOME_FINE = 1;
export const OUTCOME_DECLINED = 2;
export const OUTCOME_FAILED = 3;

export interface SpanCounts {
  consumed: number;
  duplicates: number;
  invalid: number;
  joinOverflow: number;
}

export interface AccumulateContext {
  readonly stepMs: number;
  /** Column of each dimension of each slice group; -1 stands for service.version. */
  readonly sliceColumns: readonly Int32Array[];
  readonly dimensions: number;
  readonly counts: SpanCounts;
  entryOf(tenant: string, service: number): ServiceEntry;
  outcomeOf(outcome: number): number;
  serviceGroup(entry: ServiceEntry): SpanGroup;
  sliceGroup(entry: ServiceEntry, sliceGroup: number, values: readonly number[]): SpanGroup;
  /** The step that takes a span ending in it, or undefined when it is too late (and counted). */
  stepAt(index: number): SpanStep | undefined;
}

/** The tuples of one or two values every span carries, without an array a span. */
const SCRATCH: number[][] = [];
const scratchOf = (length: number): number[] => {
  SCRATCH[length] ??= new Array<number>(length).fill(0);
  return SCRATCH[length]!;
};

const addSlices = (spans: SpanBatch, i: number, step: SpanStep, entry: ServiceEntry, outcome: number, context: AccumulateContext): void => {
  const { sliceColumns, dimensions } = context;
  for (let g = 0; g < sliceColumns.length; g++) {
    const columns = sliceColumns[g]!;
    const values = scratchOf(columns.length);
    let complete = columns.length > 0;
    for (let c = 0; c < columns.length; c++) {
      const column = columns[c]!;
      const value = column < 0 ? spans.version[i]! : spans.dimension[i * dimensions + column]!;
      if (value === 0) {
        complete = false;
        break;
      }
      values[c] = value;
    }
    if (!complete) continue;
    const at = fieldsOf(step.table, context.sliceGroup(entry, g, values).index);
    const fields = step.table.fields;
    fields[at]! += 1;
    if (spans.error[i] === 1 || outcome === OUTCOME_FAILED) fields[at + FIELD_ERRORS]! += 1;
    if (outcome !== OUTCOME_NONE) fields[at + FIELD_OUTCOMES]! += 1;
    if (outcome === OUTCOME_DECLINED) fields[at + FIELD_DECLINED]! += 1;
  }
};

const addEntrySpan = (spans: SpanBatch, i: number, step: SpanStep, entry: ServiceEntry, context: AccumulateContext): void => {
  const error = spans.error[i] === 1;
  const nanos = spans.durationNanos[i]!;
  const outcome = context.outcomeOf(spans.outcome[i]!);
  const group = context.serviceGroup(entry).index;
  const ln = lnOf(nanos, DURATION_FLOOR_LN);
  const at = fieldsOf(step.table, group);
  const fields = step.table.fields;
  fields[at]! += 1;
  if (error) fields[at + FIELD_ERRORS]! += 1;
  fields[at + FIELD_LN]! += Math.round(ln * LN_SCALE);
  fields[at + FIELD_NANOS]! += Math.round(nanos);
  if (outcome !== OUTCOME_NONE) fields[at + FIELD_OUTCOMES]! += 1;
  if (outcome === OUTCOME_DECLINED) fields[at + FIELD_DECLINED]! += 1;
  addToSketch(sketchOf(step, group), ln);
  for (let o = 0; o < entry.objectives.length; o++) {
    const objective = entry.objectives[o]!;
    const place = fieldsOf(step.table, objective.group.index);
    step.table.fields[place]! += 1;
    if (error || nanos > objective.thresholdNanos) step.table.fields[place + FIELD_ERRORS]! += 1;
  }
  addSlices(spans, i, step, entry, outcome, context);
};

/** Counts every span in the step in which it ends, and keeps what its close needs for the joins. */
export const accumulateSpans = (spans: SpanBatch, tenant: string, context: AccumulateContext): void => {
  const { counts, stepMs } = context;
  let service = -1;
  let entry: ServiceEntry | undefined;
  for (let i = 0; i < spans.length; i++) {
    const start = spans.start[i]! + spans.startNanos[i]! * 1e-6;
    const nanos = spans.durationNanos[i]!;
    const end = start + nanos * 1e-6;
    if (!Number.isFinite(end) || !(nanos >= 0)) {
      counts.invalid += 1;
      continue;
    }
    const step = context.stepAt(Math.floor(end / stepMs));
    if (step === undefined) continue;
    if (!step.keys.insert(spans.spanKey[i]!)) {
      counts.duplicates += 1;
      continue;
    }
    counts.consumed += 1;
    if (entry === undefined || spans.service[i]! !== service) {
      service = spans.service[i]!;
      entry = context.entryOf(tenant, service);
    }
    step.reported.add(entry.index);
    const kind = spans.kind[i]!;
    if (kind === SPAN_SERVER || kind === SPAN_CONSUMER) addEntrySpan(spans, i, step, entry, context);
    const rows = step.rows;
    reserveSpanRow(rows);
    const at = rows.length;
    rows.entry[at] = entry.index;
    rows.peer[at] = spans.peer[i]!;
    rows.kind[at] = kind;
    rows.error[at] = spans.error[i]!;
    rows.spanKey[at] = spans.spanKey[i]!;
    rows.parentKey[at] = spans.parentKey[i]!;
    rows.start[at] = start;
    rows.nanos[at] = nanos;
    rows.length = at + 1;
  }
};

export interface SettleContext {
  readonly entries: readonly ServiceEntry[];
  /** Server spans by the client span that called them. */
  readonly servers: JoinTable;
  /** Producer spans by their own id. */
  readonly producers: JoinTable;
  readonly children: ChildTable;
  readonly counts: SpanCounts;
  serviceGroup(entry: ServiceEntry): SpanGroup;
  edgeGroup(caller: ServiceEntry, callee: string): SpanGroup;
  learn(caller: ServiceEntry, peer: number, callee: ServiceEntry, step: number): void;
  /** Name of the callee behind an address, or undefined when the span names none. */
  resolve(caller: ServiceEntry, peer: number): string | undefined;
}

const offer = (step: SpanStep, context: SettleContext): void => {
  const { rows } = step;
  for (let i = 0; i < rows.length; i++) {
    const kind = rows.kind[i]!;
    const parent = rows.parentKey[i]!;
    const owner = rows.entry[i]!;
    let kept = true;
    if (kind === SPAN_SERVER) {
      if (parent >= 0) kept = context.servers.put(parent, owner, rows.nanos[i]!, step.index);
    } else if (kind !== SPAN_CONSUMER) {
      if (kind === SPAN_PRODUCER) kept = context.producers.put(rows.spanKey[i]!, owner, rows.nanos[i]!, step.index);
      if (parent >= 0) {
        const start = rows.start[i]!;
        const outgoing = kind !== SPAN_INTERNAL && kind !== 0;
        const end = start + rows.nanos[i]! * 1e-6;
        if (!context.children.add(parent, rows.spanKey[i]!, owner, outgoing, rows.error[i] === 1, start, end, step.index)) kept = false;
      }
    }
    if (!kept) context.counts.joinOverflow += 1;
  }
};

const settleEntrySpan = (step: SpanStep, i: number, context: SettleContext): void => {
  const { rows } = step;
  const entry = context.entries[rows.entry[i]!]!;
  const start = rows.start[i]!;
  const nanos = rows.nanos[i]!;
  const children = context.children.take(rows.spanKey[i]!, entry.index, start, start + nanos * 1e-6);
  const at = fieldsOf(step.table, context.serviceGroup(entry).index);
  const fields = step.table.fields;
  if (rows.error[i] === 1 && !children.failed) fields[at + FIELD_ORIGIN_ERRORS]! += 1;
  fields[at + FIELD_SELF_LN]! += Math.round(lnOf(nanos - children.coveredMs * 1e6, SELF_FLOOR_LN) * LN_SCALE);
  fields[at + FIELD_SELF_NANOS]! += Math.max(0, Math.round(nanos - children.coveredMs * 1e6));
  fields[at + FIELD_SELF_COUNT]! += 1;
  if (rows.kind[i] !== SPAN_CONSUMER || !(rows.parentKey[i]! >= 0)) return;
  const producer = context.producers.find(rows.parentKey[i]!);
  if (producer < 0) return;
  // One message may have many consumers, so the producer's record is not used up.
  const edge = fieldsOf(step.table, context.edgeGroup(context.entries[context.producers.ownerAt(producer)]!, entry.name).index);
  step.table.fields[edge]! += 1;
  if (rows.error[i] === 1) step.table.fields[edge + FIELD_ERRORS]! += 1;
};

const settleCall = (step: SpanStep, i: number, callee: string, serverNanos: number, context: SettleContext): void => {
  const { rows } = step;
  const nanos = rows.nanos[i]!;
  const at = fieldsOf(step.table, context.edgeGroup(context.entries[rows.entry[i]!]!, callee).index);
  const fields = step.table.fields;
  fields[at]! += 1;
  if (rows.error[i] === 1) fields[at + FIELD_ERRORS]! += 1;
  fields[at + FIELD_DURATIONS]! += 1;
  fields[at + FIELD_LN]! += Math.round(lnOf(nanos, DURATION_FLOOR_LN) * LN_SCALE);
  fields[at + FIELD_CALL_NANOS]! += Math.round(nanos);
  if (!(serverNanos >= 0)) return;
  // A server that outlasts its call kept its caller waiting for the call alone.
  fields[at + FIELD_ANSWER_NANOS]! += Math.round(Math.min(nanos, serverNanos));
  fields[at + FIELD_GAPS]! += 1;
  fields[at + FIELD_GAP_LN]! += Math.round(lnOf(nanos - serverNanos, SELF_FLOOR_LN) * LN_SCALE);
};

/**
 * Decides the joins of the waiting spans of a step. A call and the server span it caused end in the same step or the
 * server's earlier one, so at the close both are there, whichever came first. Callees behind addresses are learned from
 * all joined calls before any unjoined call is charged.
 */
export const settleSpans = (step: SpanStep, context: SettleContext): void => {
  offer(step, context);
  const { rows } = step;
  for (let i = 0; i < rows.length; i++) {
    const kind = rows.kind[i]!;
    if (kind === SPAN_SERVER || kind === SPAN_CONSUMER) settleEntrySpan(step, i, context);
    if (kind !== SPAN_CLIENT) continue;
    const server = context.servers.find(rows.spanKey[i]!);
    if (server < 0) continue;
    const caller = context.entries[rows.entry[i]!]!;
    const callee = context.entries[context.servers.ownerAt(server)]!;
    const serverNanos = context.servers.nanosAt(server);
    context.servers.use(server);
    if (rows.peer[i]! > 0) context.learn(caller, rows.peer[i]!, callee, step.index);
    settleCall(step, i, callee.name, serverNanos, context);
    // Marks the row as done for the pass over unjoined calls.
    rows.kind[i] = 0;
  }
  for (let i = 0; i < rows.length; i++) {
    if (rows.kind[i] !== SPAN_CLIENT) continue;
    const caller = context.entries[rows.entry[i]!]!;
    if (context.children.wraps(rows.spanKey[i]!, caller.index)) continue;
    const callee = context.resolve(caller, rows.peer[i]!);
    if (callee !== undefined) settleCall(step, i, callee, Number.NaN, context);
  }
  rows.length = 0;
};
