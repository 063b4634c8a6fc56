import type { DurationMs } from '../../core/time.ts';

/** OpenTelemetry's span kinds; 'unset' where the source recorded none. */
export type SpanKind = 'server' | 'client' | 'internal' | 'producer' | 'consumer' | 'unset';

/** One span as attribution reads it. Start in milliseconds with fractions. */
export interface TracedSpan {
  readonly trace: string;
  readonly span: string;
  /** Empty for the root of a request. */
  readonly parent: string;
  readonly service: string;
  readonly operation: string;
  readonly kind: SpanKind;
  readonly startMs: number;
  readonly durationMs: DurationMs;
  readonly failed: boolean;
}

/** A span in its tree. The interval may have been moved, see align.ts. */
export interface SpanNode {
  readonly span: TracedSpan;
  readonly children: SpanNode[];
  startMs: number;
  endMs: number;
}

/** Every numeric constant of the attribution. */
export const TRACE_ATTRIBUTION = {
  /** A child that ends this much later than its parent is clipped, not taken for asynchronous: exporters round to microseconds. */
  outlastToleranceMs: 0.1,
  /** Share of an operation's spans with children that have children of another service only, from which it is a call without its kind saying so. */
  callShare: 0.5,
  /** Units (operations and calls) kept apart in one operation's profile; the rest is added up as one. A request through 200 services has fewer. */
  mostUnits: 2_048,
  /** Operations at the entry kept apart; paths with ids in them would otherwise fill the memory. */
  mostOperations: 512,
  /** Standard errors by which the time between a caller and its callees must have risen before it says who of the two is slow. */
  gapDeviations: 3,
  /** Share of the other end's calls that must be slower as well before a gap is charged to the caller: half of them, as one of two may chance. */
  callerShare: 0.5,
  /** Spans of an operation, before and now, below which the shape of its children is an anecdote. */
  leastSpans: 5,
  /** Standard errors by which the share of spans that stop early must have risen. */
  cutDeviations: 3,
  /** Share by which shapes come and go for no reason: retries, caches, requests cut by the end of a window. */
  shapeNoise: 0.003,
  /** Two-sided level of an interval of a share of harm, divided by the number of slices compared (Bonferroni). */
  sliceLevel: 0.05,
  /** Events a slice must have lost beyond what was expected of it: fewer are an anecdote. */
  leastExcess: 3,
} as const;

export type TraceAttributionConstants = { readonly [K in keyof typeof TRACE_ATTRIBUTION]: number };
