import { redactText } from '../intake/sensitive.ts';

/** Why a request gets no 200. `reason` is the stable code that is counted; the message begins with it. */
export interface Refusal {
  readonly httpStatus: 400 | 404 | 405 | 408 | 413 | 415 | 429 | 503;
  readonly reason: string;
  readonly message: string;
  /** Whole seconds; set exactly when the sender is to try again. */
  readonly retryAfterSeconds?: number;
  /** The rest of the body is not wanted: the connection is closed after the answer. */
  readonly closes?: boolean;
}

export const refusal = (
  httpStatus: Refusal['httpStatus'],
  reason: string,
  message: string,
  more: { readonly retryAfterSeconds?: number; readonly closes?: boolean } = {},
): Refusal => ({ httpStatus, reason, message: redactText(message.startsWith(reason) ? message : `${reason}: ${message}`), ...more });
