import { describe, expect, it } from 'vitest';
import { gaussian, seededRandom } from '../../../core/random.ts';
import { bootstrap } from './bootstrap.ts';

const mean = (items: readonly number[]): number => items.reduce((sum, item) => sum + item, 0) / items.length;

describe('an interval from series drawn anew', () => {
  it('covers the true mean of 40 normal series about 95 times in a hundred', () => {
    const random = seededRandom(3);
    let covered = 0;
    for (let i = 0; i < 100; i += 1) {
      const { low, high } = bootstrap(
        Array.from({ length: 40 }, () => gaussian(random)),
        mean,
        300,
      );
      if (low <= 0 && high >= 0) covered += 1;
    }
    expect(covered).toBeGreaterThanOrEqual(88);
    expect(covered).toBeLessThanOrEqual(99);
  });

  it('is the same every time, and unknown for a single series', () => {
    const items = [1, 5, 2, 8];
    expect(bootstrap(items, mean)).toEqual(bootstrap(items, mean));
    expect(bootstrap([4], mean)).toEqual({ value: 4, low: Number.NaN, high: Number.NaN });
  });
});
