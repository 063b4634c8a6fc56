import type { Random } from '../../../core/random.ts';
import { MINUTE_MS } from '../../../core/time.ts';

export interface RetryPolicy {
  readonly firstDelayMs: number;
  readonly delayMsMax: number;
  /** The first attempt counts. */
  readonly attemptsMax: number;
}

/** Half a minute between attempts and 128 of them is about an hour: longer than a receiver's restart, shorter than a shift. */
export const RETRY_POLICY: RetryPolicy = { firstDelayMs: 500, delayMsMax: 30_000, attemptsMax: 128 };

/** A receiver may ask for patience, but not for silence: a page that comes a day late is none. */
const RETRY_AFTER_MS_MAX = 5 * MINUTE_MS;

export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'give-up'; readonly because: 'final' | 'attempts-exhausted' };

/**
 * What to do after the `attempts`-th failed attempt. Delays double to the limit, each drawn from its upper half, so
 * that senders that failed together do not return together.
 */
export const afterFailure = (
  attempts: number,
  failure: { readonly retryable: boolean; readonly retryAfterMs?: number },
  random: Random,
  policy: RetryPolicy = RETRY_POLICY,
): RetryDecision => {
  if (!failure.retryable) return { kind: 'give-up', because: 'final' };
  if (attempts >= policy.attemptsMax) return { kind: 'give-up', because: 'attempts-exhausted' };
  let delay = policy.firstDelayMs;
  for (let doubled = 1; doubled < attempts && delay < policy.delayMsMax; doubled += 1) delay *= 2;
  const backOff = Math.min(delay, policy.delayMsMax) * (0.5 + 0.5 * random());
  const asked = Math.min(failure.retryAfterMs ?? 0, RETRY_AFTER_MS_MAX);
  return { kind: 'retry', delayMs: Math.max(backOff, asked) };
};

/** 408 and 429 ask for another attempt, 5xx promises nothing; every other answer would be the same again. Redirects are not followed. */
export const isRetryableStatus = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Retry-After in its two forms (RFC 9110, 10.2.3): seconds, or a date. Undefined when it says nothing usable. */
export const parseRetryAfter = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const date = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
};
