import type { Outcome } from '../../core/outcome.ts';
import type { Instant } from '../../core/time.ts';
import type { FindFailure } from '../audit/decision-reader.ts';
import type { DecisionKind } from '../audit/decision-record.ts';
import type { DecisionSummary, DecisionView, SignalDescription, StoredSteps } from './contract.ts';

export interface DecisionQuery {
  /** Only records with a lower sequence number. */
  readonly before: number | undefined;
  readonly limit: number;
  readonly kind: DecisionKind | undefined;
  readonly subject: string | undefined;
}

/** What the API may read of the disk. */
export interface Archive {
  /** Every signal that is watched, in the order of first sight. */
  signals(): readonly SignalDescription[];
  /** Stored steps that begin in [from, to), the oldest `limit` of them; undefined when no signal has this key. */
  steps(key: string, from: Instant, to: Instant, limit: number): StoredSteps | undefined;
  /** Newest first. `next` is where to go on; a page may be short, even empty, before the end. */
  decisions(query: DecisionQuery): Promise<{ readonly items: readonly DecisionSummary[]; readonly next: number | undefined }>;
  /** By id, or by a beginning of it that no other has. */
  decision(wanted: string): Promise<Outcome<DecisionView, FindFailure>>;
}
