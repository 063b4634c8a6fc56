import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantileOfLevels } from './demand-quantile.ts';

const at = (levels: readonly number[], values: readonly number[], p: number): number =>
  quantileOfLevels(levels, (index) => values[index] as number, p);

describe('the demand quantile', () => {
  it('meets the forecast at its own levels', () => {
    const levels = [0.1, 0.5, 0.9, 0.99];
    for (const [index, level] of levels.entries())
      expect(at(levels, [10, 20, 40, 60], level)).toBeCloseTo([10, 20, 40, 60][index] as number, 9);
  });

  it('adds the same load for every further tenth of risk beyond the last level', () => {
    expect(at([0.9, 0.99], [40, 60], 0.999)).toBeCloseTo(80, 9);
    expect(at([0.9, 0.99], [40, 60], 0.9999)).toBeCloseTo(100, 9);
  });

  it('knows an exponential load exactly from two of its quantiles', () => {
    const exact = (p: number): number => -7 * Math.log(1 - p);
    for (const p of [0.5, 0.8, 0.95, 0.9995]) expect(at([0.5, 0.9], [exact(0.5), exact(0.9)], p)).toBeCloseTo(exact(p), 9);
  });

  it('speaks with the first level below it, and with the only one when there is one', () => {
    expect(at([0.5, 0.9], [10, 20], 0.2)).toBe(10);
    expect(at([0.5], [10], 0.999)).toBe(10);
  });

  it('never falls with growing confidence, even where quantiles cross', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 4, maxLength: 4 }), (values) => {
        const read = [0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 0.999].map((p) => at([0.1, 0.5, 0.9, 0.99], values, p));
        for (let index = 1; index < read.length; index += 1) expect(read[index]).toBeGreaterThanOrEqual((read[index - 1] as number) - 1e-6);
      }),
    );
  });
});
