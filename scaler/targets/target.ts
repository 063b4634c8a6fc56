import type { Failure, Observation, Outcome } from '../../core/outcome.ts';
import type { ScaleStatus, ScaleStep } from '../recommendation.ts';

/** Something with replicas. */
export interface ScaleTarget {
  readonly kind: string;
  read(id: string, signal: AbortSignal): Promise<Observation<ScaleStatus>>;
  /** Refuses with STALE_PLAN when uid, generation or replicas differ from what the step was planned on. */
  apply(step: ScaleStep, signal: AbortSignal): Promise<Outcome<ScaleStatus, Failure<'STALE_PLAN' | 'FORBIDDEN' | 'UNAVAILABLE'>>>;
  close(): Promise<void>;
}
