import type { Failure, Observation, Outcome } from '../../core/outcome.ts';
import type { ScaleStatus, ScaleStep } from '../recommendation.ts';

export type ScaleFailureCode =
  /** Uid, generation or replicas differ from what the step was planned on; the next plan looks anew. */
  | 'STALE_PLAN'
  /** Not allowed, now and at the next try. */
  | 'FORBIDDEN'
  /** Somebody else writes what the step would write; a person decides who goes on. */
  | 'OTHER_WRITER'
  /** Another agent holds the lease. */
  | 'NOT_LEADER'
  /** No answer, or one that asks for patience. */
  | 'UNAVAILABLE';

export type ScaleFailure = Failure<ScaleFailureCode>;

/** Something with replicas. */
export interface ScaleTarget {
  readonly kind: string;
  read(id: string, signal: AbortSignal): Promise<Observation<ScaleStatus>>;
  /** Writes the step, or refuses and has changed nothing. Never tries a write whose outcome is unknown again. */
  apply(step: ScaleStep, signal: AbortSignal): Promise<Outcome<ScaleStatus, ScaleFailure>>;
  /**
   * Why this step cannot be carried out as things stand, found without writing; undefined when it can be tried. Asked
   * before a decision is recorded: a standing refusal is one fact, not a decision a step.
   */
  objection?(step: ScaleStep, signal: AbortSignal): Promise<ScaleFailure | undefined>;
  close(): Promise<void>;
}
