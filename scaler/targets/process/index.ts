import { z } from 'zod';
import type { WallClock } from '../../../core/clock.ts';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { ScaleStatus } from '../../recommendation.ts';
import type { ScaleTarget } from '../target.ts';
import type { HostScale } from './supervisor.ts';

export type { HostConfigFile } from './host-config.ts';
export type { LeadTimes } from './lead-times.ts';
export type { HostScale } from './supervisor.ts';

export interface ProcessTargetOptions {
  /** Origin of the admin API of a process host, for example "http://127.0.0.1:9400". */
  readonly adminUrl: string;
  readonly clock: WallClock;
}

export interface ProcessTarget extends ScaleTarget {
  /** All the host says of itself: beyond the status its lead times and its history. */
  describe(signal: AbortSignal): Promise<Outcome<HostScale, Failure<'UNAVAILABLE'>>>;
}

const scaleSchema = z.object({
  target: z.string(),
  uid: z.string(),
  generation: z.int(),
  replicas: z.int().min(0),
  ready: z.int().min(0),
  startedAt: z.number(),
  maxReplicas: z.int(),
  leadTime: z.object({
    samples: z.int(),
    lastMs: z.number().optional(),
    p50Ms: z.number().optional(),
    p90Ms: z.number().optional(),
  }),
  history: z.array(z.object({ at: z.number(), replicas: z.int(), ready: z.int() })),
});

const refusalSchema = z.object({ code: z.string(), message: z.string() });

const statusOf = ({ replicas, ready, uid, generation }: HostScale): ScaleStatus => ({ replicas, ready, uid, generation });

/** Child processes behind a process host (host.ts), seen through its admin API. */
export const createProcessTarget = ({ adminUrl, clock }: ProcessTargetOptions): ProcessTarget => {
  const scaleUrl = new URL('/scale', adminUrl);

  const unavailable = (cause: unknown): { readonly ok: false; readonly error: Failure<'UNAVAILABLE'> } =>
    fail('UNAVAILABLE', `process host at ${scaleUrl.origin} did not answer as expected`, { retryable: true, cause });

  const describe: ProcessTarget['describe'] = async (signal) => {
    try {
      const response = await fetch(scaleUrl, { signal });
      return succeed(scaleSchema.parse(await response.json()) as HostScale);
    } catch (cause) {
      return unavailable(cause);
    }
  };

  return {
    kind: 'process',
    describe,
    async read(id, signal) {
      const described = await describe(signal);
      if (!described.ok) return { kind: 'absent', reason: 'read-failed' };
      if (described.value.target !== id) return { kind: 'absent', reason: 'never-seen' };
      return { kind: 'observed', value: statusOf(described.value), at: clock.now() };
    },
    async apply(step, signal) {
      try {
        const described = await describe(signal);
        if (!described.ok) return described;
        if (described.value.target !== step.target) {
          return fail('FORBIDDEN', `process host at ${scaleUrl.origin} holds ${described.value.target}, not ${step.target}`);
        }
        const response = await fetch(scaleUrl, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            replicas: step.to,
            expectUid: step.expectUid,
            expectGeneration: step.expectGeneration,
            expectReplicas: step.from,
          }),
          signal,
        });
        const body: unknown = await response.json();
        if (response.ok) return succeed(statusOf(scaleSchema.parse(body) as HostScale));
        const { code, message } = refusalSchema.parse(body);
        if (code === 'STALE_PLAN') return fail('STALE_PLAN', message);
        return fail('FORBIDDEN', `${code}: ${message}`);
      } catch (cause) {
        return unavailable(cause);
      }
    },
    close: () => Promise.resolve(),
  };
};
