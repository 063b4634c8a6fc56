import type { DurationMs, Instant } from '../../core/time.ts';

/** What readiness is judged by; undefined means: nothing wrong is known, or the part is not in use. */
export interface HealthInput {
  readonly now: Instant;
  readonly stepMs: DurationMs;
  readonly graceMs: DurationMs;
  /** The log is being read again after a start. */
  readonly replaying: boolean;
  /** Why the store takes no data. */
  readonly storeFailure?: string | undefined;
  /** Why decisions cannot be recorded: then nothing may be done, and people are told late. */
  readonly decisionLogFailure?: string | undefined;
  /** When data was last accepted; undefined before the first. */
  readonly lastAcceptedAt?: Instant | undefined;
  /** End of the newest closed step; undefined before the first. */
  readonly lastClosedStepAt?: Instant | undefined;
  readonly eventLoopLagSeconds: number;
  readonly stopping: boolean;
}

export const UNREADY_CODES = [
  'stopping',
  'replaying',
  'store-unavailable',
  'decision-log-unavailable',
  'steps-stalled',
  'event-loop-blocked',
] as const;
export type UnreadyCode = (typeof UNREADY_CODES)[number];

interface UnreadyReason {
  readonly code: UnreadyCode;
  readonly message: string;
}

export interface Readiness {
  readonly ready: boolean;
  /** Empty when ready. */
  readonly reasons: readonly UnreadyReason[];
}

/** A loop that is late by this much answers no probe in time; Kubernetes gives probes one second by default. */
const EVENT_LOOP_LAG_SECONDS_MAX = 1;
/** Steps may close late while a backlog is worked off, but not this many. */
const STALLED_STEPS = 6;

const stalled = ({ now, stepMs, graceMs, lastAcceptedAt, lastClosedStepAt }: HealthInput): UnreadyReason | undefined => {
  // Without new data no step closes, and silence of the senders is no fault of ours.
  if (lastAcceptedAt === undefined || now - lastAcceptedAt > stepMs + graceMs) return undefined;
  if (lastClosedStepAt === undefined) return undefined;
  const behind = now - lastClosedStepAt;
  if (behind <= STALLED_STEPS * stepMs + graceMs) return undefined;
  return { code: 'steps-stalled', message: `data arrives, but no step was closed for ${Math.round(behind / 1_000)} s` };
};

/** Whether this process should get traffic, and every reason why not. */
export const readiness = (input: HealthInput): Readiness => {
  const { stopping, replaying, storeFailure, decisionLogFailure, eventLoopLagSeconds } = input;
  const candidates: readonly (UnreadyReason | undefined)[] = [
    stopping ? { code: 'stopping', message: 'the agent is shutting down' } : undefined,
    replaying ? { code: 'replaying', message: 'the log is being read again after the start' } : undefined,
    storeFailure === undefined ? undefined : { code: 'store-unavailable', message: `data cannot be stored: ${storeFailure}` },
    decisionLogFailure === undefined
      ? undefined
      : { code: 'decision-log-unavailable', message: `decisions cannot be recorded: ${decisionLogFailure}` },
    stalled(input),
    eventLoopLagSeconds > EVENT_LOOP_LAG_SECONDS_MAX
      ? { code: 'event-loop-blocked', message: `the event loop is ${eventLoopLagSeconds.toFixed(1)} s late` }
      : undefined,
  ];
  const reasons = candidates.filter((reason): reason is UnreadyReason => reason !== undefined);
  return { ready: reasons.length === 0, reasons };
};
