import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dominates, frontierOf, violationAtCost } from './frontier.ts';

const point = (replicaSeconds: number, violationSeconds: number) => ({ replicaSeconds, violationSeconds });

describe('the frontier', () => {
  it('keeps the convex lower hull of what is not dominated, cheapest first', () => {
    const points = [point(30, 0), point(10, 10), point(20, 9), point(15, 3), point(10, 12), point(40, 0)];
    expect(frontierOf(points)).toEqual([point(10, 10), point(15, 3), point(30, 0)]);
  });

  it('reads linearly between its points, and with its ends beyond them', () => {
    const frontier = [point(10, 10), point(20, 4), point(40, 0)];
    expect([5, 10, 15, 20, 30, 40, 99].map((cost) => violationAtCost(frontier, cost))).toEqual([10, 10, 7, 4, 2, 0, 0]);
    expect(violationAtCost([], 5)).toBeNaN();
  });

  it('lies at or below every point it was made of', () => {
    const anyPoints = fc.array(fc.tuple(fc.nat(100), fc.nat(100)), { minLength: 1 });
    fc.assert(
      fc.property(anyPoints, (drawn) => {
        const points = drawn.map(([cost, violation]) => point(cost, violation));
        const frontier = frontierOf(points);
        for (const { replicaSeconds, violationSeconds } of points) {
          expect(violationAtCost(frontier, replicaSeconds)).toBeLessThanOrEqual(violationSeconds + 1e-9);
        }
        for (const kept of frontier) expect(points.some((other) => dominates(other, kept))).toBe(false);
      }),
    );
  });
});
