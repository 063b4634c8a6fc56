import type { Failure, Outcome } from '../../core/outcome.ts';
import type { Incident } from '../incident/incident.ts';

/** Why people are told now. */
type NotificationReason = 'first' | 'resolved' | 'repeat';

export interface NotificationMessage {
  /** Messages of one group are delivered in order, one at a time: a resolution never overtakes its page. */
  readonly groupKey: string;
  readonly reason: NotificationReason;
  readonly incident: Incident;
  /** Where a person sees more. */
  readonly url?: string;
}

/** A message as a notifier gets it. */
export interface Delivery {
  /** The same for every attempt at the same message, also after a restart: receivers drop what they have seen. */
  readonly idempotencyKey: string;
  readonly message: NotificationMessage;
}

export interface NotifyFailure
  extends Failure<'NOTIFIER_UNREACHABLE' | 'NOTIFIER_REFUSED' | 'NOTIFIER_TIMEOUT' | 'NOTIFIER_MISCONFIGURED'> {
  /** How long the receiver asked us to wait. */
  readonly retryAfterMs?: number;
}

export interface Notifier {
  /** As configured; label of metrics. */
  readonly name: string;
  /** For receivers that forget what they do not hear of again: how often messages of open incidents are sent anew, as `repeat`. */
  readonly repeatEveryMs?: number;
  /** Never rejects: what the receiver does is an outcome. `reference` is what the receiver calls the message, or its status. */
  notify(delivery: Delivery, signal: AbortSignal): Promise<Outcome<{ readonly reference: string }, NotifyFailure>>;
  close(): Promise<void>;
}
