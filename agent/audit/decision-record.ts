import type { Json } from '../../core/hash.ts';
import type { Instant } from '../../core/time.ts';

/** What the agent decided: to tell, to stay silent, to scale, to hold (one record a run of holds), to close, or to ask and be answered. */
export type DecisionKind = 'page' | 'suppressed' | 'scale' | 'resolve' | 'hold-run' | 'approval';

export const DECISION_KINDS: readonly DecisionKind[] = ['page', 'suppressed', 'scale', 'resolve', 'hold-run', 'approval'];

export interface DecisionVersions {
  readonly foreshock: string;
  /** `process.version` of the runtime that decided. */
  readonly node: string;
  /** SHA-256 of the configuration in force (`configHash`). */
  readonly config: string;
  /** SHA-256 of the built code, where the build gives one. */
  readonly code?: string;
}

/** What the decider hands in. `inputs` must hold everything the decision was a function of: the window, the prior state, the policy. */
export interface DecisionEntry {
  readonly kind: DecisionKind;
  readonly tenant: string;
  /** What it is about: an incident id, a scale target, a service. */
  readonly subject: string;
  readonly inputs: Json;
  readonly output: Json;
  /** When it was decided; the wall clock at `append` when left out. */
  readonly at?: Instant;
}

/** One line of the log: self-contained, so that it replays after the raw data has expired. */
export interface DecisionRecord {
  /** 1 for the first record; no gaps. */
  readonly sequence: number;
  /** 16 characters, sortable, derived from `at` and `sequence`. */
  readonly id: string;
  readonly kind: DecisionKind;
  readonly at: Instant;
  readonly tenant: string;
  readonly subject: string;
  readonly inputs: Json;
  readonly output: Json;
  readonly versions: DecisionVersions;
  /** `hash` of the record before; GENESIS_HASH for the first. */
  readonly previousHash: string;
  /** SHA-256 over the canonical JSON of this record without `hash`. */
  readonly hash: string;
}
