/** `read` and `objection` of the targets of a cluster: what they look at differs, what an answer means does not. */
import type { WallClock } from '../../../core/clock.ts';
import type { KubernetesFailure } from '../../../core/kubernetes-api.ts';
import type { Outcome } from '../../../core/outcome.ts';
import type { ScaleStatus, ScaleStep } from '../../recommendation.ts';
import type { Leadership } from '../leadership.ts';
import type { ScaleFailure, ScaleTarget } from '../target.ts';
import { scaleFailureOf } from './api-calls.ts';
import { type WorkloadId, workloadIdOf } from './workload-id.ts';

type Look<Seen> = (id: WorkloadId, signal: AbortSignal) => Promise<Outcome<Seen, KubernetesFailure>>;

export const readBy =
  <Seen>(clock: WallClock, look: Look<Seen>, statusOf: (seen: Seen) => ScaleStatus): ScaleTarget['read'] =>
  async (id, signal) => {
    const workload = workloadIdOf(id);
    if (workload === undefined) return { kind: 'absent', reason: 'never-seen' };
    const seen = await look(workload, signal);
    if (seen.ok) return { kind: 'observed', value: statusOf(seen.value), at: clock.now() };
    return { kind: 'absent', reason: seen.error.code === 'NOT_FOUND' ? 'never-seen' : 'read-failed' };
  };

export const objectBy =
  <Seen>(
    leadership: Leadership,
    look: Look<Seen>,
    claim: (seen: Seen, step: ScaleStep) => Outcome<unknown, ScaleFailure>,
  ): NonNullable<ScaleTarget['objection']> =>
  async (step, signal) => {
    const id = workloadIdOf(step.target);
    if (id === undefined) return undefined;
    const permit = leadership.permit();
    if (!permit.ok) return permit.error;
    const seen = await look(id, signal);
    if (!seen.ok) return scaleFailureOf(seen.error).error;
    const claimed = claim(seen.value, step);
    return claimed.ok ? undefined : claimed.error;
  };
