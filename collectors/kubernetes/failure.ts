import type { IncomingMessage } from 'node:http';
import type { KubernetesFailure, KubernetesFailureCode } from '../../core/kubernetes-api.ts';
import { SECOND_MS } from '../../core/time.ts';

type Failed = { readonly ok: false; readonly error: KubernetesFailure };

const RETRYABLE: ReadonlySet<KubernetesFailureCode> = new Set(['THROTTLED', 'UNAVAILABLE', 'CONFLICT', 'GONE']);
const MESSAGE_CHARACTERS = 300;
/** A server that asks for more is asked again anyway. */
const RETRY_AFTER_MAX_MS = 120 * SECOND_MS;

/** Text of the server as it may stand in a log line. */
const printable = (text: string): string =>
  Array.from(text, (character) => (/\p{Cc}/u.test(character) ? ' ' : character))
    .join('')
    .slice(0, MESSAGE_CHARACTERS);

export const kubernetesFailure = (
  code: KubernetesFailureCode,
  message: string,
  more: { readonly cause?: unknown; readonly retryAfterMs?: number } = {},
): Failed => ({ ok: false, error: { code, message: printable(message), retryable: RETRYABLE.has(code), ...more } });

/** By status, as the API conventions define them. */
const CODES: Readonly<Record<number, KubernetesFailureCode>> = {
  400: 'INVALID',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'INVALID',
  409: 'CONFLICT',
  410: 'GONE',
  413: 'INVALID',
  415: 'INVALID',
  422: 'INVALID',
  429: 'THROTTLED',
};

export const codeOfStatus = (status: number | undefined): KubernetesFailureCode => CODES[status ?? 0] ?? 'UNAVAILABLE';

/** The message of a Status object (API conventions), else the beginning of whatever came. */
const messageOf = (body: string): string => {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // No Status: an HTML page of a proxy, or nothing.
  }
  return body;
};

/** RFC 9110: seconds, or a date; a date needs a clock and is not used by the API server. */
const retryAfterOf = (header: string | undefined): number | undefined => {
  const seconds = Number(header);
  if (header === undefined || header.trim() === '' || !Number.isFinite(seconds) || seconds < 0) return undefined;
  return Math.min(RETRY_AFTER_MAX_MS, seconds * SECOND_MS);
};

export const failureOfStatus = (what: string, answer: IncomingMessage, body: string): Failed => {
  const retryAfterMs = retryAfterOf(answer.headers['retry-after']);
  return kubernetesFailure(
    codeOfStatus(answer.statusCode),
    `${what}: ${answer.statusCode ?? 'no status'} ${messageOf(body)}`,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
};
