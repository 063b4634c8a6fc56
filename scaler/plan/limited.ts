import type { LimitReason } from '../recommendation.ts';

/** A number of replicas, and the word for what bound it, if anything did. */
export interface Limited {
  readonly replicas: number;
  readonly reason: LimitReason | undefined;
}
