import type { ChangeEvent } from '../../core/change.ts';
import type { Instant } from '../../core/time.ts';
import type { LimitReason, Recommendation } from '../../scaler/recommendation.ts';
import type { Incident } from '../incident/incident.ts';

/**
 * What the agent shows to people, as JSON. Types only: the web page imports nothing else of the agent.
 *
 * - Instants are milliseconds since the epoch (UTC); durations are seconds; ratios are 0..1.
 * - Absent is `null`, never zero. JSON has no NaN: JSON.stringify writes NaN as null, so a producer may leave
 *   NaN where the type says `Reading`. Arrays are ordinary arrays; a typed array would serialize as an object.
 * - Incident, Finding and Recommendation are sent as they are; a NaN in them arrives as null.
 */
export type Reading = number | null;

/**
 * The whole state. A producer always hands the full state with full windows (about the last 180 steps) to the
 * server. The server sends it whole on first load, and afterwards only the tail of each window (see `StepWindow`).
 */
export interface AgentState {
  readonly meta: AgentMeta;
  readonly services: readonly ServiceCard[];
  readonly graph: CallGraph;
  readonly signals: readonly SignalSeries[];
  readonly scaling: readonly ScalingView[];
  /** Open ones first, then watched, then resolved; newest first within each. */
  readonly incidents: readonly Incident[];
  /** Newest first. */
  readonly changes: readonly ChangeEvent[];
  /** Newest first; the producer bounds the list (about 100). */
  readonly events: readonly FeedEvent[];
  readonly ingest: IngestLedger;
  readonly slo: readonly SloBudget[];
  /** Present only while the agent runs its demo. */
  readonly demo?: DemoView;
}

export interface AgentMeta {
  readonly version: string;
  readonly tenant: string;
  readonly startedAt: Instant;
  /** The agent's clock when the state was made. */
  readonly now: Instant;
  readonly timeZone: 'UTC';
  readonly stepSeconds: number;
  /** 86400 in production, shorter in the demo. */
  readonly dayLengthSeconds: number;
  /** Index of the newest closed step; -1 before the first. */
  readonly step: number;
  /** Short labels of how the agent runs, for example ['demo', 'acting on processes'] or ['observe only']. */
  readonly modes: readonly string[];
  /** Set when the days before `startedAt` are a recording of these same services, not lived live. */
  readonly history?: RecordedHistory;
}

export interface RecordedHistory {
  readonly label: string;
  /** 64 hex digits over the recording. */
  readonly sha256: string;
  readonly days: number;
}

export type ServiceStatus = 'ok' | 'watching' | 'incident' | 'silent';

export interface ServiceCard {
  readonly name: string;
  readonly status: ServiceStatus;
  readonly requestsPerSecond: Reading;
  /** Failed requests over all requests, 0..1. */
  readonly errorRatio: Reading;
  readonly p50Seconds: Reading;
  readonly p95Seconds: Reading;
  /** False when no telemetry of its own arrived for the newest closed step. */
  readonly reporting: boolean;
}

export interface CallGraph {
  readonly nodes: readonly CallNode[];
  readonly edges: readonly CallEdge[];
}

export interface CallNode {
  readonly name: string;
  readonly status: ServiceStatus;
  /** True when seen only from its callers, never by its own telemetry. */
  readonly inferred: boolean;
}

export interface CallEdge {
  readonly caller: string;
  readonly callee: string;
  /** Calls per second. */
  readonly rate: Reading;
  readonly errorRatio: Reading;
}

/**
 * Values of consecutive steps, first one at step `stepIndexFrom`. Merge rule for tails: a window replaces the
 * steps it covers and appends what is new; the page keeps the last 180 steps.
 * Step k ends at (k + 1) * stepSeconds since the epoch.
 */
export interface StepWindow {
  readonly stepIndexFrom: number;
}

/** A service-level signal with the band in which it was expected before it was observed. */
export interface SignalSeries extends StepWindow {
  /** Model key, unique. */
  readonly key: string;
  readonly service: string;
  /** As Signal.name: 'requests', 'errors', 'duration' ... The page draws these three on each service card. */
  readonly name: string;
  /** 'requests/s', 'ratio', 's' ... Durations are in seconds here (not in logarithms). */
  readonly unit: string;
  readonly observed: readonly Reading[];
  readonly expected: readonly Reading[];
  readonly lower: readonly Reading[];
  readonly upper: readonly Reading[];
}

/** Load, forecast and replicas of one scaled workload. All arrays of a window have the same length. */
export interface ScalingView extends StepWindow {
  readonly target: string;
  readonly service: string;
  readonly mode: 'observe' | 'propose' | 'act';
  readonly frozen: boolean;
  /** Unit of load and capacity, for example 'requests/s'. */
  readonly unit: string;
  readonly observedLoad: readonly Reading[];
  readonly orderedReplicas: readonly Reading[];
  readonly readyReplicas: readonly Reading[];
  /** Load the ready replicas carry at the SLO. */
  readonly capacity: readonly Reading[];
  readonly forecast?: ForecastView;
  /** From ordering a replica to its first useful answer. */
  readonly leadSeconds: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** `reactive` in it is what an HPA at the same load per replica would order now. */
  readonly recommendation?: Recommendation;
}

export type { LimitReason, Recommendation };

export interface ForecastView {
  readonly madeAt: Instant;
  /** Step index of the first forecast value. */
  readonly stepIndexFrom: number;
  /** Ascending, for example [0.1, 0.5, 0.9, 0.99]. */
  readonly levels: readonly number[];
  /** One array a level. */
  readonly quantiles: readonly (readonly Reading[])[];
  /** Measured share of past outcomes below each level; null before there were enough. */
  readonly coverage: readonly Reading[];
  readonly because: string;
}

export type FeedKind = 'page' | 'suppressed' | 'resolved' | 'scale' | 'change' | 'forecast' | 'ingest' | 'fault' | 'agent';

export interface FeedEvent {
  readonly id: string;
  readonly at: Instant;
  readonly kind: FeedKind;
  readonly text: string;
  readonly service?: string;
  readonly incidentId?: string;
}

/** Counts of points and spans since start. Conserved: offered = accepted + all rejected + all refused. */
export interface IngestLedger {
  readonly offered: number;
  readonly accepted: number;
  /** By reason; the sender must not retry these. */
  readonly rejected: Readonly<Record<string, number>>;
  /** By reason; the sender keeps the data and retries. */
  readonly refused: Readonly<Record<string, number>>;
  readonly conserved: boolean;
}

export interface SloBudget {
  readonly name: string;
  readonly service: string;
  /** For example 0.999. */
  readonly objective: number;
  /** Share of the error budget left, 1 = untouched, below 0 = overspent. */
  readonly budgetRemaining: Reading;
  /** Burn rate now: 1 spends exactly the budget over the window. */
  readonly burn: Reading;
}

export interface DemoView {
  /** For example 'learning', 'quiet', 'surge', 'fault: slow database'. */
  readonly phase: string;
  readonly remainingSeconds: number;
  readonly faultButtons: readonly { readonly id: string; readonly label: string; readonly active?: boolean }[];
  readonly eventLoopLagMs: number;
}

/** One decision record, as listed; `foreshock explain <id>` and `foreshock replay <id>` open it. */
export interface DecisionSummary {
  readonly id: string;
  readonly at: Instant;
  /** 'page', 'suppressed-page', 'scale', 'approval' ... */
  readonly kind: string;
  /** Service or target it is about. */
  readonly subject: string;
  readonly summary: string;
  readonly outcome: string;
}

/** Body of POST /api/v1/changes. `at` is epoch milliseconds or an RFC 3339 text; absent means now. */
export interface ChangeRequest {
  readonly id?: string;
  readonly at?: Instant | string;
  readonly kind: ChangeEvent['kind'];
  readonly service?: string;
  readonly summary: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Every answer that is not a success. */
export interface ApiError {
  /** Stable. */
  readonly code: string;
  readonly message: string;
}

/** Server-sent events of /api/v1/events: 'state' once with full windows, then 'update' with tails. */
export type StreamEvent = 'state' | 'update';
