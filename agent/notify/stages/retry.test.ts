import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/random.ts';
import { afterFailure, isRetryableStatus, parseRetryAfter, RETRY_POLICY } from './retry.ts';

const latest = (): number => 1 - Number.EPSILON;
const retryable = { retryable: true };

describe('the back-off', () => {
  it('doubles from half a second to half a minute', () => {
    const delays = Array.from({ length: 9 }, (_, index) => afterFailure(index + 1, retryable, latest));
    expect(delays.map((next) => (next.kind === 'retry' ? Math.round(next.delayMs) : next.kind))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });

  it('stays between half and the whole of its step, and is the same for the same seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 127 }), fc.integer(), (attempts, seed) => {
        const next = afterFailure(attempts, retryable, seededRandom(seed));
        expect(next).toEqual(afterFailure(attempts, retryable, seededRandom(seed)));
        if (next.kind !== 'retry') throw new Error('gave up');
        expect(next.delayMs).toBeGreaterThanOrEqual(250);
        expect(next.delayMs).toBeLessThanOrEqual(30_000);
      }),
    );
  });

  it('gives up at once what would fail again, and in the end everything', () => {
    expect(afterFailure(1, { retryable: false }, latest)).toEqual({ kind: 'give-up', because: 'final' });
    expect(afterFailure(RETRY_POLICY.attemptsMax - 1, retryable, latest).kind).toBe('retry');
    expect(afterFailure(RETRY_POLICY.attemptsMax, retryable, latest)).toEqual({ kind: 'give-up', because: 'attempts-exhausted' });
  });

  it('waits as long as the receiver asks, but not for hours', () => {
    expect(afterFailure(1, { retryable: true, retryAfterMs: 20_000 }, latest)).toEqual({ kind: 'retry', delayMs: 20_000 });
    expect(afterFailure(1, { retryable: true, retryAfterMs: 86_400_000 }, latest)).toEqual({ kind: 'retry', delayMs: 300_000 });
  });

  it.each([
    [200, false],
    [301, false],
    [400, false],
    [401, false],
    [404, false],
    [408, true],
    [410, false],
    [429, true],
    [500, true],
    [503, true],
  ])('after status %i tries again: %s', (status, expected) => {
    expect(isRetryableStatus(status)).toBe(expected);
  });

  const now = Date.UTC(2026, 9, 21, 7, 28, 0);
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Wed, 21 Oct 2026 07:29:00 GMT', 60_000],
    ['Wed, 21 Oct 2025 07:28:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1e9', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads Retry-After %j', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
