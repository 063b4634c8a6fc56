import type { Failure, Outcome } from '../../core/outcome.ts';
import type { DurationMs, Instant } from '../../core/time.ts';

export type PrometheusFailureCode =
  | 'PROMETHEUS_ABORTED'
  | 'PROMETHEUS_UNREACHABLE'
  | 'PROMETHEUS_REDIRECTED'
  | 'PROMETHEUS_UNAUTHORIZED'
  /** Not the HTTP API of Prometheus: a page, another product, another path. */
  | 'PROMETHEUS_NO_API'
  /** The API by its looks, but with parts missing or of the wrong type. */
  | 'PROMETHEUS_MALFORMED'
  | 'PROMETHEUS_QUERY_REFUSED'
  /** The server, or we, bound what one answer may hold: a shorter range may pass. */
  | 'PROMETHEUS_LIMIT'
  | 'PROMETHEUS_OVERLOADED';

export type PrometheusFailure = Failure<PrometheusFailureCode>;
export type PrometheusOutcome<Value> = Outcome<Value, PrometheusFailure>;

export interface PrometheusOptions {
  /** Base address; a path before /api is kept, as Mimir (/prometheus) and VictoriaMetrics clusters need it. */
  readonly url: string;
  /** Sent with every request: authorization, tenant. Secrets: never printed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: DurationMs;
  /** Requests under way at once. */
  readonly concurrency: number;
  /** Tries of one request, when it failed in a way that may pass. */
  readonly attempts: number;
  readonly responseBytesMax: number;
  readonly seriesMax: number;
}

/** Prometheus answers at most 11,000 points a series; others are configured lower, which shows as a limit and is split. */
export const POINTS_MAX = 10_900;

export const PROMETHEUS_DEFAULTS: Omit<PrometheusOptions, 'url'> = {
  headers: {},
  timeoutMs: 120_000,
  concurrency: 4,
  attempts: 5,
  responseBytesMax: 64 * 1024 * 1024,
  seriesMax: 20_000,
};

export type Labels = Readonly<Record<string, string>>;

export interface InstantSample {
  readonly labels: Labels;
  readonly value: number;
}

export interface RangeQuery {
  readonly query: string;
  /** First and last evaluation, both included; multiples of the step, so that every dialect answers on the same grid. */
  readonly from: Instant;
  readonly to: Instant;
  readonly stepMs: DurationMs;
  /** Evaluations an answer should hold at most: what is known of the number of series bounds it. */
  readonly pointsPerRequest?: number;
}

export interface RangeSeries {
  readonly labels: Labels;
  /** One an evaluation; NaN where absent, stale or not finite. */
  readonly values: Float64Array;
}

/** What one request of a range brought. */
export interface RangeChunk {
  readonly from: Instant;
  readonly stepMs: DurationMs;
  readonly steps: number;
  readonly series: readonly RangeSeries[];
}

/** A stretch that could not be read, and why. */
export interface RangeGap {
  readonly from: Instant;
  readonly to: Instant;
  readonly because: string;
}

export interface RangeSummary {
  readonly requests: number;
  readonly samples: number;
  /** Values that were NaN or infinite: gaps, not numbers. */
  readonly notFinite: number;
  /** Samples beside the grid that was asked for: the server answers with a resolution of its own. */
  readonly offGrid: number;
  /** Series with native histograms only, which have no number to read. */
  readonly nativeHistograms: number;
  readonly gaps: readonly RangeGap[];
}

export interface PrometheusTraffic {
  readonly requests: number;
  readonly retries: number;
  readonly bytes: number;
  /** Texts of warnings and infos with how often they came. */
  readonly warnings: ReadonlyMap<string, number>;
}

/** The read side of the Prometheus HTTP API. Nothing it does changes anything on the server. */
export interface PrometheusClient {
  buildInfo(signal?: AbortSignal): Promise<PrometheusOutcome<Readonly<Record<string, string>>>>;
  metricNames(from: Instant, to: Instant, signal?: AbortSignal): Promise<PrometheusOutcome<readonly string[]>>;
  instant(query: string, at: Instant, signal?: AbortSignal): Promise<PrometheusOutcome<readonly InstantSample[]>>;
  /**
   * Reads a range in as many requests as it takes and hands over each answer as it comes, in no particular order.
   * A stretch that stays unreadable is a gap of the summary; a failure only when nothing could be read.
   */
  range(query: RangeQuery, consume: (chunk: RangeChunk) => void, signal?: AbortSignal): Promise<PrometheusOutcome<RangeSummary>>;
  readonly traffic: PrometheusTraffic;
}
