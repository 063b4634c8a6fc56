import type { Observation } from '../core/outcome.ts';
import type { Instant } from '../core/time.ts';
import type { Forecast } from '../detectors/forecast/forecast.ts';

/** What the user allows and wants for one workload. Durations are seconds where users set them; here milliseconds. */
export interface ScalingPolicy {
  /** Target id, for example 'process/gateway' or 'payments/deployment/gateway'. */
  readonly target: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Load one replica carries at the SLO, in the unit of the load. */
  readonly loadPerReplica: number;
  /** Share of the time the user accepts load above capacity: the dial. */
  readonly risk: number;
  /** From ordering a replica to its first useful answer. */
  readonly leadMs: number;
  readonly stabilizationMs: number;
  /** At most this many replicas more, or fewer, within the window. */
  readonly up: RateLimit;
  readonly down: RateLimit;
  readonly mode: 'observe' | 'propose' | 'act';
}

export interface RateLimit {
  readonly replicas: number;
  readonly percent: number;
  readonly windowMs: number;
}

export interface ScaleStatus {
  /** As ordered. */
  readonly replicas: number;
  readonly ready: number;
  /** Identity of the object; a step planned for another one is refused. */
  readonly uid: string;
  readonly generation: number;
}

export type LimitReason =
  | 'tolerance'
  | 'stabilization'
  | 'rate-limit'
  | 'min'
  | 'max'
  | 'reactive-floor'
  | 'absent-data'
  | 'cold-start'
  | 'freeze';

export interface PastRecommendation {
  readonly at: Instant;
  /** What demand asked for, before stabilization and limits. */
  readonly raw: number;
  /** What was desired after them. */
  readonly desired: number;
}

export interface PlanInput {
  readonly now: Instant;
  readonly policy: ScalingPolicy;
  readonly status: Observation<ScaleStatus>;
  /** Newest observed load. */
  readonly load: Observation<number>;
  readonly forecast: Forecast | undefined;
  /** Newest last; covers at least the stabilization and rate-limit windows. Persisted, so that a restart forgets nothing. */
  readonly history: readonly PastRecommendation[];
  readonly frozen: boolean;
}

export interface Recommendation {
  readonly kind: 'hold' | 'scale';
  readonly target: string;
  readonly at: Instant;
  readonly current: number | undefined;
  readonly raw: number | undefined;
  readonly desired: number | undefined;
  /** What a HorizontalPodAutoscaler at the policy's load per replica would order now: the counterfactual and the floor. */
  readonly reactive: number | undefined;
  readonly limitedBy: readonly LimitReason[];
  readonly because: string;
}

/** One write, bound to what was observed: the executor makes no choices. */
export interface ScaleStep {
  readonly target: string;
  readonly from: number;
  readonly to: number;
  readonly expectUid: string;
  readonly expectGeneration: number;
}
