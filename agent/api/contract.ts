import type { z } from 'zod';
import type { changeReceipts, changeRequest } from './schemas/change-request.ts';
import type { decisionRecord, decisionSummary } from './schemas/decision.ts';
import type { scalingView, sloBudget } from './schemas/scaling.ts';
import type { signalDescription, signalSeries, storedSteps } from './schemas/signal.ts';
import type {
  agentState,
  callGraph,
  demoView,
  feedEvent,
  ingestLedger,
  recordedHistory,
  serviceCard,
  serviceStatus,
} from './schemas/state.ts';

/**
 * What the agent shows to people, as JSON. Types only, inferred from the schemas that also check requests and make the
 * OpenAPI document; the web page imports nothing else of the agent.
 *
 * - Instants are milliseconds since the epoch (UTC); durations are seconds; ratios are 0..1.
 * - Absent is `null`, never zero. JSON has no NaN: JSON.stringify writes NaN as null, so a producer may leave
 *   NaN where the type says `Reading`. Arrays are ordinary arrays; a typed array would serialize as an object.
 * - Incident, Finding and Recommendation are sent as they are; a NaN in them arrives as null.
 * - Values of consecutive steps stand in windows, the first one at step `stepIndexFrom`. Merge rule for tails: a
 *   window replaces the steps it covers and appends what is new; the page keeps the last 180 steps.
 */
export type Reading = number | null;

/** What was sent is never changed. */
export type Sent<Shape> = Shape extends readonly (infer Item)[]
  ? readonly Sent<Item>[]
  : Shape extends object
    ? { readonly [Key in keyof Shape]: Sent<Shape[Key]> }
    : Shape;

type Of<Schema extends z.ZodType> = Sent<z.output<Schema>>;

/**
 * The whole state. A producer always hands the full state with full windows (about the last 180 steps) to the
 * server. The server sends it whole on first load, and afterwards only the tail of each window.
 */
export type AgentState = Of<typeof agentState>;
export type RecordedHistory = Of<typeof recordedHistory>;
export type ServiceStatus = Of<typeof serviceStatus>;
export type ServiceCard = Of<typeof serviceCard>;
export type CallGraph = Of<typeof callGraph>;
export type CallNode = CallGraph['nodes'][number];
export type CallEdge = CallGraph['edges'][number];
export type SignalSeries = Of<typeof signalSeries>;
export type SignalDescription = Of<typeof signalDescription>;
export type StoredSteps = Of<typeof storedSteps>;
export type ScalingView = Of<typeof scalingView>;
export type ForecastView = NonNullable<ScalingView['forecast']>;
export type FeedEvent = Of<typeof feedEvent>;
export type FeedKind = FeedEvent['kind'];
export type IngestLedger = Of<typeof ingestLedger>;
export type SloBudget = Of<typeof sloBudget>;
export type DemoView = Of<typeof demoView>;
/** One decision record, as listed; `foreshock explain <id>` and `foreshock replay <id>` open it. */
export type DecisionSummary = Of<typeof decisionSummary>;
export type DecisionView = Of<typeof decisionRecord>;
/** A change as checked: with its time as an instant. */
export type ChangeInput = Of<typeof changeRequest>;
export type ChangeReceipt = Of<typeof changeReceipts>['changes'][number];

/** Every answer that is not a success. */
export interface ApiError {
  /** Stable. */
  readonly code: string;
  readonly message: string;
}

/** Server-sent events of /api/v1/events: 'state' once with full windows, then 'update' with tails. */
export type StreamEvent = 'state' | 'update';
