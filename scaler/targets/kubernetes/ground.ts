import type { MonotonicClock, WallClock } from '../../../core/clock.ts';
import type { KubernetesApi } from '../../../core/kubernetes-api.ts';
import type { Leadership } from '../leadership.ts';

/** What every target of a cluster stands on. */
export interface KubernetesTargetGround {
  readonly api: KubernetesApi;
  readonly clock: WallClock & MonotonicClock;
  readonly leadership: Leadership;
}
