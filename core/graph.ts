/** Who calls whom, learned from traces. Keys are service names as in Signal.service. */
export interface ServiceGraph {
  readonly services: readonly string[];
  readonly edges: readonly ServiceEdge[];
}

export interface ServiceEdge {
  readonly caller: string;
  readonly callee: string;
  /** Calls per second, most recent steps. */
  readonly rate: number;
  /** True when the callee was seen only from the client side, never by its own telemetry. */
  readonly inferred: boolean;
}
