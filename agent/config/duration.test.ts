import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';
import { secret } from './secret.ts';

describe('a duration', () => {
  it.each([
    [10, 10_000],
    [0.25, 250],
    ['400ms', 400],
    ['10s', 10_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['2w', 14 * 86_400_000],
  ])('reads %s', (written, expected) => {
    expect(parseDuration(written)).toBe(expected);
  });

  it.each(['', '10', 's', '10 s', '-5s', '5S', '1e3s', '10s ', `${'9'.repeat(30)}d`, Number.NaN, -1, Number.POSITIVE_INFINITY])(
    'refuses %j',
    (written) => {
      expect(parseDuration(written)).toBeUndefined();
    },
  );

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000_000 }), (duration) => {
        expect(parseDuration(formatDuration(duration))).toBe(duration);
      }),
    );
  });
});

describe('a secret', () => {
  it('is seen only by who asks for it', () => {
    const token = secret('canary-1234');
    const shown = [
      String(token),
      `${token}`,
      JSON.stringify({ token }),
      inspect({ token }),
      inspect(token, { showHidden: true }),
      Object.keys(token).join(),
    ];
    expect(shown.join()).not.toContain('canary');
    expect(token.reveal()).toBe('canary-1234');
  });
});
