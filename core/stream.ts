/**
 * A stream is one time series exactly as its sender identifies it (OpenTelemetry data model: resource, scope,
 * name, attributes, type). Its global identity is a 128-bit hash of the canonical form; its local id is a dense
 * u32 of this process, persisted with the log.
 */
export interface StreamDescriptor {
  readonly id: number;
  /** 32 hex digits: the canonical hash, equal in every process and after any restart. */
  readonly hash: string;
  readonly tenant: string;
  /** "namespace/service" or "service". */
  readonly service: string;
  readonly instance: string;
  /** Metric name as sent, for example "http.server.request.duration". */
  readonly metric: string;
  readonly unit: string;
  /** 'events': how many things happened, each at its own time (POINT_EVENTS). */
  readonly type: 'gauge' | 'counter' | 'sum' | 'histogram' | 'events';
  /** Point attributes after redaction. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface StreamTable {
  readonly size: number;
  describe(id: number): StreamDescriptor;
}
