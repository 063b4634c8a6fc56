/**
 * What collectors hand inward: columns of typed arrays, one row a point or a span, never one object a row.
 * Every column of a batch has the same length. Strings are ids of a Dictionary; stream ids are local ids of a
 * StreamTable. Times are float64 milliseconds.
 */

export const POINT_GAUGE = 0;
/** Monotonic counter, value counts from `start`. */
export const POINT_COUNTER_CUMULATIVE = 1;
/** Monotonic counter, value is the increase since `start`. */
export const POINT_COUNTER_DELTA = 2;
/** A sum that may fall: read like a gauge. */
export const POINT_SUM_CUMULATIVE = 3;
export const POINT_SUM_DELTA = 4;
/**
 * `value` things happened in the step of `time`: rows add up in any order, late ones too. 0 says that the source was
 * read to the end of that step and held none, which is not the same as no row.
 */
export const POINT_EVENTS = 5;
/** No observation: everything from `start` to `value` of the source that this stream names has been taken in. */
export const POINT_CURSOR = 6;

export interface SampleBatch {
  readonly length: number;
  /** Local stream id (StreamTable). */
  readonly stream: Uint32Array;
  /** One of the POINT_ constants. */
  readonly type: Uint8Array;
  readonly time: Float64Array;
  /** Start of the counted interval; NaN when the sender did not say. */
  readonly start: Float64Array;
  readonly value: Float64Array;
}

export interface HistogramBatch {
  readonly length: number;
  readonly stream: Uint32Array;
  /** 1 when counts run since `start`, 0 when they cover only [start, time]. */
  readonly cumulative: Uint8Array;
  readonly time: Float64Array;
  readonly start: Float64Array;
  readonly count: Float64Array;
  /** NaN when absent. */
  readonly sum: Float64Array;
  /** Row i owns bounds [boundOffset[i], boundOffset[i + 1]) and one bucket more than it has bounds, from bucketOffset[i]. */
  readonly boundOffset: Uint32Array;
  readonly bound: Float64Array;
  readonly bucketOffset: Uint32Array;
  readonly bucket: Float64Array;
}

export const SPAN_INTERNAL = 1;
export const SPAN_SERVER = 2;
export const SPAN_CLIENT = 3;
export const SPAN_PRODUCER = 4;
export const SPAN_CONSUMER = 5;

export interface SpanBatch {
  readonly length: number;
  /** Dictionary id of the resource identity "namespace/service" (or "service"). */
  readonly service: Uint32Array;
  /** Dictionary id of service.version; 0 absent. */
  readonly version: Uint32Array;
  /** Dictionary id of the low-cardinality operation: http.route with its method where present, else the span name. */
  readonly operation: Uint32Array;
  /** Dictionary id of the peer a client span says it calls (peer.service, else server.address); 0 absent. */
  readonly peer: Uint32Array;
  /** OTLP SpanKind. */
  readonly kind: Uint8Array;
  /** 1 when the status is ERROR, or an HTTP server span answered 5xx (semantic conventions). */
  readonly error: Uint8Array;
  /** Milliseconds, whole; the rest of the start is in startNanos. */
  readonly start: Float64Array;
  /** Nanoseconds 0..999,999 within the millisecond. */
  readonly startNanos: Uint32Array;
  readonly durationNanos: Float64Array;
  /** The 16 bytes of each trace id. */
  readonly traceId: Uint8Array;
  /** The low 53 bits of the 64-bit span id: an exact float64, used as a join key. */
  readonly spanKey: Float64Array;
  /** As spanKey; NaN for a root. */
  readonly parentKey: Float64Array;
  /** Row i, dimension d: dictionary id of the value at i * dimensions.length + d; 0 absent. Dimensions are the configured slice attributes. */
  readonly dimension: Uint32Array;
  /** Dictionary id of the business outcome attribute (for example payment.outcome); 0 absent. */
  readonly outcome: Uint32Array;
}

/** One accepted export request: redacted, identified, about to be logged and acknowledged. */
export interface Batch {
  readonly tenant: string;
  readonly receivedAt: number;
  readonly samples?: SampleBatch;
  readonly histograms?: HistogramBatch;
  readonly spans?: SpanBatch;
}
