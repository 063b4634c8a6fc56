import { alignClocks, isAsynchronous } from './align.ts';
import type { AssembledTraces } from './assemble.ts';
import { type Callees, operationKey } from './callees.ts';
import { partitionTime } from './critical-path.ts';
import { type SpanNode, TRACE_ATTRIBUTION, type TraceAttributionConstants } from './span.ts';
import { OTHER_UNIT, type Unit, unitKey, unitOf } from './unit.ts';

/** Sums over the requests of one operation at the entry. */
export interface UnitTotals {
  readonly unit: Unit;
  /** Spans of the unit that were waited for. */
  calls: number;
  /** Sum over requests of the squared calls of each: how sure the calls a request are. */
  callSquares: number;
  /** Milliseconds of the requests it took. */
  ms: number;
  /** Sum over spans of the squared milliseconds of each: how sure the time a call is. */
  msSquares: number;
  /** Requests whose failure began here. */
  failures: number;
}

export interface OperationProfile {
  readonly service: string;
  readonly operation: string;
  requests: number;
  ms: number;
  failed: number;
  readonly units: Map<string, UnitTotals>;
}

/** Everything attribution needs of a window of traces, in memory bounded by the number of operations. */
export interface TraceProfile {
  readonly operations: Map<string, OperationProfile>;
}

const totalsOf = (units: Map<string, UnitTotals>, unit: Unit, constants: TraceAttributionConstants): UnitTotals => {
  const key = unitKey(unit);
  const known = units.get(key);
  if (known !== undefined) return known;
  if (units.size >= constants.mostUnits && key !== unitKey(OTHER_UNIT)) return totalsOf(units, OTHER_UNIT, constants);
  const totals: UnitTotals = { unit, calls: 0, callSquares: 0, ms: 0, msSquares: 0, failures: 0 };
  units.set(key, totals);
  return totals;
};

/**
 * Where a failed request failed: down through failed children to a failed span with none. Of several failed children
 * the one that ended last is followed, since a caller that tried again fails with its last attempt.
 */
export const failureOrigin = (root: SpanNode, constants: TraceAttributionConstants = TRACE_ATTRIBUTION): SpanNode | undefined => {
  if (!root.span.failed) return undefined;
  let node = root;
  for (;;) {
    let last: SpanNode | undefined;
    for (const child of node.children) {
      if (child.span.failed && !isAsynchronous(child, node, constants) && (last === undefined || child.endMs >= last.endMs)) last = child;
    }
    if (last === undefined) return node;
    node = last;
  }
};

const operationOf = (profile: TraceProfile, root: SpanNode, constants: TraceAttributionConstants): OperationProfile => {
  const overflows = (key: string): boolean => !profile.operations.has(key) && profile.operations.size >= constants.mostOperations;
  const { service } = root.span;
  const operation = overflows(operationKey(service, root.span.operation)) ? OTHER_UNIT.service : root.span.operation;
  const key = operationKey(service, operation);
  const known = profile.operations.get(key) ?? { service, operation, requests: 0, ms: 0, failed: 0, units: new Map() };
  profile.operations.set(key, known);
  return known;
};

const addRequest = (profile: TraceProfile, root: SpanNode, callees: Callees, constants: TraceAttributionConstants): void => {
  alignClocks(root);
  const operation = operationOf(profile, root, constants);
  const totals = (node: SpanNode): UnitTotals => totalsOf(operation.units, unitOf(node, callees), constants);
  partitionTime(
    root,
    (node, ms) => {
      const unit = totals(node);
      unit.ms += ms;
      unit.msSquares += ms * ms;
    },
    constants,
  );
  const called = new Map<UnitTotals, number>();
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const unit = totals(node);
    called.set(unit, (called.get(unit) ?? 0) + 1);
    for (const child of node.children) if (!isAsynchronous(child, node, constants)) pending.push(child);
  }
  for (const [unit, calls] of called) {
    unit.calls += calls;
    unit.callSquares += calls * calls;
  }
  operation.requests += 1;
  operation.ms += root.endMs - root.startMs;
  const origin = failureOrigin(root, constants);
  if (origin !== undefined) {
    operation.failed += 1;
    totals(origin).failures += 1;
  }
};

/** Adds up requests; `callees` as learned from all windows that will be compared. */
export const profileTraces = (
  traces: Pick<AssembledTraces, 'roots'>,
  callees: Callees,
  constants: TraceAttributionConstants = TRACE_ATTRIBUTION,
): TraceProfile => {
  const profile: TraceProfile = { operations: new Map() };
  for (const root of traces.roots) addRequest(profile, root, callees, constants);
  return profile;
};
