import { CALL_TIMES } from '../../core/call-times.ts';
import type { HarmDirection, SignalIdentity, SignalKind, SignalScope } from '../../core/signal.ts';

/** What one field of a holder becomes as a signal. */
export interface SignalSpec {
  readonly name: string;
  readonly kind: SignalKind;
  readonly unit: string;
  readonly harm: HarmDirection;
}

/** Something that owns signals. Ids are looked up once; -1 until the signal was first emitted. */
export interface SignalHolder {
  readonly ids: Int32Array;
  readonly tenant: string;
  readonly service: string;
  readonly scope: SignalScope;
  readonly specs: readonly SignalSpec[];
}

export const identityOf = (holder: SignalHolder, field: number): SignalIdentity => ({
  tenant: holder.tenant,
  service: holder.service,
  name: (holder.specs[field] as SignalSpec).name,
  scope: holder.scope,
});

const REQUESTS: SignalSpec = { name: 'requests', kind: 'rate', unit: '1/s', harm: 'none' };
const ERRORS: SignalSpec = { name: 'errors', kind: 'ratio', unit: '1', harm: 'rise' };
const DECLINED: SignalSpec = { name: 'declined', kind: 'ratio', unit: '1', harm: 'rise' };
const DURATION: SignalSpec = { name: 'duration', kind: 'duration', unit: 's', harm: 'rise' };

const seconds = (name: string): SignalSpec => ({ name, kind: 'gauge', unit: 's', harm: 'none' });

/** Order matters: the fields of a holder are places in these lists. */
export const SERVICE_SPECS: readonly SignalSpec[] = [
  // A fall in traffic hurts; a rise alone feeds the scaler and pages nobody.
  { ...REQUESTS, harm: 'fall' },
  ERRORS,
  { name: 'origin_errors', kind: 'ratio', unit: '1', harm: 'none' },
  DURATION,
  { name: 'self_duration', kind: 'duration', unit: 's', harm: 'none' },
  { name: 'duration_p95', kind: 'gauge', unit: 's', harm: 'none' },
  { name: 'duration_p50', kind: 'gauge', unit: 's', harm: 'none' },
  DECLINED,
  seconds(CALL_TIMES.served),
  seconds(CALL_TIMES.own),
];
export const EDGE_SPECS: readonly SignalSpec[] = [
  REQUESTS,
  { ...ERRORS, harm: 'none' },
  { ...DURATION, harm: 'none' },
  { name: 'gap', kind: 'duration', unit: 's', harm: 'none' },
  seconds(CALL_TIMES.waited),
  seconds(CALL_TIMES.answered),
];
export const SLICE_SPECS: readonly SignalSpec[] = [REQUESTS, ERRORS, DECLINED];
export const REPORTING_SPECS: readonly SignalSpec[] = [{ name: 'reporting', kind: 'gauge', unit: '1', harm: 'none' }];
export const objectiveSpecs = (name: string): readonly SignalSpec[] => [{ name: `slo:${name}`, kind: 'ratio', unit: '1', harm: 'rise' }];

export type GroupFamily = 'service' | 'edge' | 'slice' | 'objective';

/** One row of the span accumulators: a service, an edge, a slice or an objective. */
export interface SpanGroup extends SignalHolder {
  readonly index: number;
  readonly family: GroupFamily;
  readonly owner: ServiceEntry;
  /** Callee of an edge, name of an objective. */
  readonly detail: string;
  /** For a slice: its slice group and the dictionary ids of its values. */
  readonly sliceGroup: number;
  readonly values: readonly number[];
  /** First and last settled step with events; Infinity and -Infinity before any. */
  first: number;
  last: number;
}

export interface Objective {
  readonly name: string;
  readonly service: string;
  readonly kind: 'availability' | 'latency';
  readonly thresholdSeconds?: number;
}

export interface ServiceObjective {
  readonly group: SpanGroup;
  readonly objective: Objective;
  /** Infinity for availability. */
  readonly thresholdNanos: number;
}

/** The callee that calls to an address turned out to reach. */
export interface LearnedCallee {
  readonly callee: string;
  readonly step: number;
  /** Two services answered behind the address in the same step: it tells nothing. */
  readonly ambiguous: boolean;
}

export interface ServiceEntry {
  readonly index: number;
  readonly tenant: string;
  readonly name: string;
  readonly reporting: SignalHolder;
  readonly objectives: ServiceObjective[];
  /** By slice group: the group of a tuple of values, see sliceKey. */
  readonly slices: Map<number | string, SpanGroup>[];
  readonly edges: Map<string, SpanGroup>;
  readonly learned: Map<string, LearnedCallee>;
  red: SpanGroup | undefined;
  /** Last step in which anything of the service was reported; -Infinity before. */
  lastReport: number;
}

export const OVERFLOW = '__overflow__';
