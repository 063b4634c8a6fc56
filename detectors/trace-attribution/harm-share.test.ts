import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { type HarmShare, harmShares, type SliceCount } from './harm-share.ts';

describe('shares of harm', () => {
  it('find the issuer that declines among twenty, with an interval around its share', () => {
    const slices = Array.from({ length: 20 }, (_, at) => ({ traffic: 200, harmed: at === 7 ? 60 : 4, expected: 4 }));
    const shares = harmShares(slices);
    expect(shares.flatMap(({ gathers }, at) => (gathers ? [at] : []))).toEqual([7]);
    expect(shares[7]).toMatchObject({ harmShare: 1, trafficShare: 0.05 });
    expect(shares[7]?.low).toBeGreaterThan(0.5);
  });

  it('let no slice of two payments win by chance', () => {
    const rest = { traffic: 1_000, harmed: 12, expected: 10 };
    expect(harmShares([rest, { traffic: 2, harmed: 2, expected: 0.02 }])[1]?.gathers).toBe(false);
  });

  it('of traffic that is hurt evenly gather nowhere in 95 % of draws, whatever the size of the slices', () => {
    const random = seededRandom(5);
    const binomial = (n: number, p: number): number => Array.from({ length: n }, random).filter((u) => u < p).length;
    const draws = Array.from({ length: 400 }, () =>
      harmShares([5, 20, 80, 300].map((traffic): SliceCount => ({ traffic, harmed: binomial(traffic, 0.2), expected: 0 }))),
    );
    const wrong = draws.filter((shares) => shares.some(({ gathers }) => gathers)).length;
    expect(wrong / draws.length).toBeLessThan(0.05);
  });

  it('hold what is there: they add up to one, lie within their intervals, and are numbers even of nothing', () => {
    const slice = fc.record({
      traffic: fc.nat({ max: 1e6 }),
      harmed: fc.nat({ max: 1e6 }),
      expected: fc.double({ min: 0, max: 1e6, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(slice, { maxLength: 8 }), (slices) => {
        const shares = harmShares(slices);
        for (const { harmShare, low, high, trafficShare } of shares) {
          expect(low).toBeLessThanOrEqual(harmShare);
          expect(harmShare).toBeLessThanOrEqual(high);
          expect([low, high, trafficShare].every((value) => value >= 0 && value <= 1)).toBe(true);
        }
        const sumOf = (pick: (share: HarmShare) => number): number => shares.reduce((sum, share) => sum + pick(share), 0);
        if (slices.some(({ harmed, expected }) => harmed > expected)) expect(sumOf(({ harmShare }) => harmShare)).toBeCloseTo(1, 9);
        if (slices.some(({ traffic }) => traffic > 0)) expect(sumOf(({ trafficShare }) => trafficShare)).toBeCloseTo(1, 9);
      }),
    );
  });
});
