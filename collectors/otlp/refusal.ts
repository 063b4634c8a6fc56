import { redactText } from '../intake/sensitive.ts';
import type { StatusDetail } from './responses.ts';

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

/** Codes of google.rpc.Code. */
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;
const UNAVAILABLE = 14;

/**
 * The code that goes with a refusal, over gRPC and in the Status of HTTP. What helps to send again is UNAVAILABLE,
 * as the specification asks of a server under pressure; RESOURCE_EXHAUSTED stays for what is too large for ever.
 */
export const rpcCodeOf = ({ httpStatus, retryAfterSeconds }: Refusal): number => {
  if (retryAfterSeconds !== undefined) return UNAVAILABLE;
  switch (httpStatus) {
    case 400:
      return INVALID_ARGUMENT;
    case 408:
      return DEADLINE_EXCEEDED;
    case 413:
      return RESOURCE_EXHAUSTED;
    case 404:
    case 405:
    case 415:
      return UNIMPLEMENTED;
    case 429:
    case 503:
      return UNAVAILABLE;
  }
};

export const statusDetailOf = ({ httpStatus, retryAfterSeconds }: Refusal): StatusDetail | undefined => {
  if (retryAfterSeconds !== undefined) return { kind: 'retry', afterSeconds: retryAfterSeconds };
  return httpStatus === 400 ? { kind: 'bad-request' } : undefined;
};
