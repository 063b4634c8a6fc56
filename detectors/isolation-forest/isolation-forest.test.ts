import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaussian, seededRandom } from '../../core/random.ts';
import type { Finding } from '../finding.ts';
import { pValueOf } from './forest.ts';
import { createServiceForest, fitForest, observeResiduals, refit, refitDue, scoreRows } from './index.ts';
import { attributeRow, averagePath } from './kernel.ts';

const noise = (rows: number, dimensions: number, seed: number): Float64Array => {
  const random = seededRandom(seed);
  return Float64Array.from({ length: rows * dimensions }, () => gaussian(random));
};

const scale = { stepMs: 1_000, dayLengthMs: 120_000 };
const names = ['requests', 'errors', 'duration', 'gap'];

describe('an isolation forest', () => {
  it('ranks rows far out above nearly all others', () => {
    const rows = noise(2_000, 6, 1);
    for (let i = 0; i < 20; i += 1) for (let d = 0; d < 3; d += 1) rows[i * 6 + d] = 4.5;
    const forest = fitForest(rows, 6, seededRandom(2));
    const scores = new Float64Array(2_000);
    scoreRows(forest, rows, scores);
    const outliers = scores.subarray(0, 20);
    let above = 0;
    for (const outlier of outliers) for (const score of scores.subarray(20)) if (outlier > score) above += 1;
    expect(above / (20 * 1_980)).toBeGreaterThan(0.98);
  });

  it('divides the score among the dimensions so that the parts add up, for any row', () => {
    const forest = fitForest(noise(600, 5, 3), 5, seededRandom(4), { trees: 40, subsample: 128 });
    fc.assert(
      fc.property(fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 5, maxLength: 5 }), (values) => {
        const row = Float64Array.from(values);
        const shares = new Float64Array(5);
        const score = attributeRow(forest, row, 0, shares);
        const normal = averagePath(forest.subsample);
        const sum = shares.reduce((total, share) => total + share, 0);
        expect(Math.exp(Math.LN2 * (sum / normal - 1))).toBeCloseTo(score, 10);
        const batch = new Float64Array(1);
        scoreRows(forest, row, batch);
        expect(batch[0]).toBeCloseTo(score, 12);
      }),
      { numRuns: 100, seed: 6 },
    );
  });

  it('scores many rows at once to the bit as it scores each alone, of any number of rows', () => {
    const forest = fitForest(noise(700, 5, 12), 5, seededRandom(13), { trees: 30 });
    for (const count of [1, 3, 4, 5, 103]) {
      const rows = noise(count, 5, 14 + count);
      // A leaf is stayed in whatever stands in the row.
      rows[0] = Number.MAX_VALUE;
      const together = new Float64Array(count);
      scoreRows(forest, rows, together);
      const alone = Float64Array.from({ length: count }, (_, row) => {
        const score = new Float64Array(1);
        scoreRows(forest, rows.slice(row * 5, row * 5 + 5), score);
        return score[0] as number;
      });
      expect(together).toEqual(alone);
    }
  });

  it('takes ten bytes a node, and values too close for single precision as equal', () => {
    const { dimension, threshold, lower, size, root } = fitForest(noise(1_024, 38, 3), 38, seededRandom(5));
    const bytes = dimension.byteLength + threshold.byteLength + lower.byteLength + size.byteLength;
    expect(bytes).toBe(10 * dimension.length);
    expect(root).toHaveLength(100);
    expect(bytes).toBeLessThan(128 * 1_024);
    const close = fitForest(
      noise(64, 2, 4).map((value) => 1e6 + 0.01 + 1e-6 * value),
      2,
      seededRandom(6),
    );
    expect(close.dimension.every((split) => split < 0)).toBe(true);
    const score = new Float64Array(1);
    scoreRows(close, Float64Array.of(1e6, 1e6), score);
    expect(Number.isFinite(score[0])).toBe(true);
  });

  it('blames the dimension that is out', () => {
    const forest = fitForest(noise(1_000, 8, 5), 8, seededRandom(6));
    const row = new Float64Array(8);
    row[5] = 7;
    const shares = new Float64Array(8);
    attributeRow(forest, row, 0, shares);
    expect([...shares].indexOf(Math.max(...shares))).toBe(5);
  });

  it('has p-values that are honest on rows it never saw, and small on what never happened', () => {
    const forest = fitForest(noise(1_000, 6, 7), 6, seededRandom(8));
    const fresh = noise(4_000, 6, 9);
    const scores = new Float64Array(4_000);
    scoreRows(forest, fresh, scores);
    for (const level of [0.5, 0.1, 0.02]) {
      const share = scores.reduce((count, score) => count + (pValueOf(forest, score) <= level ? 1 : 0), 0) / 4_000;
      expect(share).toBeLessThan(1.6 * level);
      expect(share).toBeGreaterThan(level / 3);
    }
    expect(pValueOf(forest, 0.8)).toBeLessThan(1e-4);
  });

  it('is the same for the same seed, survives constant rows, and refuses what cannot be split', () => {
    const rows = noise(300, 3, 10);
    expect(fitForest(rows, 3, seededRandom(1))).toEqual(fitForest(rows, 3, seededRandom(1)));
    const flat = fitForest(new Float64Array(200), 2, seededRandom(1));
    const shares = new Float64Array(2);
    expect(Number.isFinite(attributeRow(flat, new Float64Array(2), 0, shares))).toBe(true);
    expect(() => fitForest(new Float64Array(2), 2, seededRandom(1))).toThrow('1 rows of 2 dimensions cannot be split');
  });
});

describe("a service's forest", () => {
  const lived = (steps: number, odd: (step: number) => boolean): readonly (Finding | undefined)[] => {
    const state = createServiceForest({ tenant: 'default', service: 'ledger', names, scale });
    const random = seededRandom(11);
    return Array.from({ length: steps }, (_, step) => {
      const row = names.map((_, d) => (odd(step) ? (d === 2 ? 6 : 4) : gaussian(random)));
      const finding = observeResiduals(state, row, (step + 1) * 1_000);
      if (refitDue(state)) refit(state, seededRandom(step));
      return finding;
    });
  };

  it('finds signals that are all somewhat out together, pages nobody with it, and its parts add up', () => {
    const findings = lived(640, (step) => step >= 600);
    expect(findings.slice(0, 600).filter((finding) => finding !== undefined)).toHaveLength(0);
    const finding = findings[620] as Finding;
    expect(finding).toMatchObject({ detector: 'isolation-forest', harm: 'none', harmful: false, service: 'ledger', direction: 'rise' });
    // Noise just before may have begun the run.
    expect(finding.since).toBeGreaterThan(596_000);
    expect(finding.since).toBeLessThanOrEqual(601_000);
    expect(Math.abs(finding.contributions.reduce((sum, { value }) => sum + value, 0) - finding.evidence)).toBeLessThan(1e-9);
    expect(finding.because).toContain('of ledger stand together as they seldom do');
  });

  it('ends its evidence within a day even if the state stays', () => {
    const findings = lived(900, (step) => step >= 600);
    expect(findings[720]).toBeUndefined();
  });

  it('changes nothing on a vector of nothing', () => {
    const state = createServiceForest({ tenant: 'default', service: 'ledger', names, scale });
    expect(observeResiduals(state, [Number.NaN, Number.NaN, Number.NaN, Number.NaN], 1_000)).toBeUndefined();
    expect(state.seen).toBe(0);
  });
});
