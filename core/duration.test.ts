import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

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
