/** Every bound of the intake in one place, each with its reason. Sizes are bytes, durations milliseconds. */
export const LIMITS = {
  /** OTLP specification: limit after decompression, 64 MiB recommended. */
  decompressedBytes: 64 * 1024 * 1024,
  /** On the wire; no exporter of the SDKs sends more in one request. */
  compressedBytes: 16 * 1024 * 1024,
  /** A body of JSON, inflated: its objects take several times its bytes, so it gets less than protobuf does. */
  jsonBytes: 16 * 1024 * 1024,
  /** Bytes of requests being read or decoded at once: admitted before decoding, so that memory is bounded. */
  admittedBytes: 128 * 1024 * 1024,
  /** Requests that may wait for admission; beyond it the answer is 429, which exporters retry. */
  admissionWaiters: 256,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  /** A gRPC connection without a request is told to go after this long; exporters send once a minute. */
  idleSessionMs: 5 * 60_000,
  /** AnyValue recursion. */
  nestingDepth: 64,
  attributesPerPoint: 128,
  attributeValueBytes: 4_096,
  /** Streams per tenant; past it new ones fold into the overflow stream. */
  streams: 200_000,
  /** Signals the detectors watch; past it new ones fold. */
  signals: 20_000,
  /** Prometheus rejects samples more than ten minutes ahead; so do we. */
  futureMs: 10 * 60_000,
  /** Older than this, a point can no longer revise a step. */
  latenessMs: 2 * 60_000,
} as const;

export type Limits = { readonly [K in keyof typeof LIMITS]: number };
