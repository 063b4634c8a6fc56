import { z } from 'zod';
import type { DurationMs, Instant } from '../../core/time.ts';
import { SECOND_MS } from '../../core/time.ts';

/** What is read of a Lease (coordination.k8s.io/v1); the rest of it is written back as it was. */
export const leaseSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string().min(1) }),
  spec: z
    .looseObject({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.number().nullish(),
      acquireTime: z.string().nullish(),
      leaseTransitions: z.int().nullish(),
    })
    .prefault({}),
});

export type Lease = z.output<typeof leaseSchema>;

/** A version of the Lease, and when we first saw it. */
export interface ObservedLease {
  readonly version: string;
  /** Monotonic. */
  readonly at: number;
}

/** What the next attempt does. */
export type LeaseMove =
  | { readonly kind: 'renew' }
  | { readonly kind: 'take'; readonly from: string }
  | { readonly kind: 'wait'; readonly holder: string };

/**
 * As client-go elects: the times in a Lease are another machine's and are never compared with ours. What counts is
 * for how long we, by our own monotonic clock, have seen the same version.
 */
export const decideLease = (lease: Lease, observed: ObservedLease, me: string, elapsedMs: number): LeaseMove => {
  const holder = lease.spec.holderIdentity ?? '';
  if (holder === me) return { kind: 'renew' };
  const expired = observed.at + (lease.spec.leaseDurationSeconds ?? 0) * SECOND_MS <= elapsedMs;
  return holder === '' || expired ? { kind: 'take', from: holder } : { kind: 'wait', holder };
};

/** MicroTime is parsed with exactly six digits of a second. */
const microTime = (at: Instant): string => new Date(at).toISOString().replace('Z', '000Z');

export const firstSpec = (me: string, durationMs: DurationMs, now: Instant): Lease['spec'] => ({
  holderIdentity: me,
  leaseDurationSeconds: Math.ceil(durationMs / SECOND_MS),
  acquireTime: microTime(now),
  renewTime: microTime(now),
  leaseTransitions: 0,
});

export const heldSpec = (spec: Lease['spec'], move: LeaseMove, me: string, durationMs: DurationMs, now: Instant): Lease['spec'] => ({
  ...spec,
  ...firstSpec(me, durationMs, now),
  ...(move.kind === 'renew' ? { acquireTime: spec.acquireTime ?? microTime(now) } : {}),
  leaseTransitions: (spec.leaseTransitions ?? 0) + (move.kind === 'take' ? 1 : 0),
});

/** Given back: the next one need not wait. */
export const releasedSpec = (spec: Lease['spec'], now: Instant): Lease['spec'] => {
  const { holderIdentity: _holder, ...rest } = spec;
  return { ...rest, leaseDurationSeconds: 1, renewTime: microTime(now) };
};
