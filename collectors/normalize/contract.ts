import type { Batch } from '../../core/batch.ts';
import type { Dictionary } from '../../core/dictionary.ts';
import type { ServiceGraph } from '../../core/graph.ts';
import type { LogPosition } from '../../core/ports.ts';
import type { ClosedStep, SignalTable, StepRevision } from '../../core/signal.ts';
import type { StreamTable } from '../../core/stream.ts';
import type { DurationMs, Instant, TimeScale } from '../../core/time.ts';
import type { Objective } from '../red/index.ts';
import type { PointCounts } from './metrics/kernel.ts';

export interface NormalizerOptions {
  readonly scale: TimeScale;
  /** How long after its end a step waits for data. */
  readonly graceMs: DurationMs;
  /** How long after its close a step may still be amended. */
  readonly latenessMs: DurationMs;
  /** Names of the columns of SpanBatch.dimension. */
  readonly dimensions: readonly string[];
  /** Combinations of dimensions (or 'service.version') that get signals of their own. */
  readonly sliceGroups: readonly (readonly string[])[];
  /** Business outcomes that are not success; every other outcome is. */
  readonly adverseOutcomes: Readonly<Record<string, 'declined' | 'failed'>>;
  /** `service`: "namespace/service", or the service alone whatever its namespace. */
  readonly objectives: readonly Objective[];
  /** Past it new edges, slices and metric attributes fold into one overflow signal each. */
  readonly maximumSignals: number;
  /** How long a span waits for its other half, in event time: 60 s. */
  readonly joinTtlMs?: DurationMs;
  /** Bound of each of the three join tables, in spans: 524,288 (about 25 MB each when full). */
  readonly maximumJoins?: number;
}

export interface NormalizerDependencies {
  readonly signals: SignalTable;
  readonly streams: StreamTable;
  readonly texts: Dictionary;
}

export interface LiveService {
  readonly tenant: string;
  readonly service: string;
  /** End of the last closed step in which it reported anything. */
  readonly lastReportedAt: Instant;
}

export interface NormalizerStats {
  readonly spans: { readonly consumed: number; readonly duplicates: number; readonly invalid: number; readonly joinOverflow: number };
  readonly points: Readonly<PointCounts>;
  /** Rows too old to amend anything. */
  readonly late: number;
  /** Rows that amended a closed step. */
  readonly amended: number;
  readonly folded: { readonly count: number; readonly names: readonly string[] };
  readonly openSteps: number;
}

export interface Normalizer {
  /** Takes a batch of the log. Rows are copied: the batch may be reused afterwards. */
  consume(batch: Batch, position: LogPosition): void;
  /**
   * Closes, in order, every step whose end and grace have passed, steps of silence included. `revisions` amend steps
   * closed earlier; `late` counts the rows since the last call that were too old for that.
   */
  closeSteps(now: Instant): { readonly steps: readonly ClosedStep[]; readonly revisions: readonly StepRevision[]; readonly late: number };
  graph(tenant?: string): ServiceGraph;
  /** Services ever seen to report, by tenant and name. */
  liveness(): readonly LiveService[];
  /** Names of the services that reported in a closed step, while it is kept (`latenessMs`). */
  reportedIn(index: number, tenant?: string): readonly string[];
  stats(): NormalizerStats;
  /** Position of the last consumed batch; undefined before any. */
  position(): LogPosition | undefined;
  /** Everything, open steps and pending joins included. What the log holds after `position()` is replayed on top. */
  snapshot(): Uint8Array;
}
