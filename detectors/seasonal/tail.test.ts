import { describe, expect, it } from 'vitest';
import { normalTail } from '../../core/math.ts';
import { betaBinomialEvidence, empiricalEvidence, poissonCeiling, studentEvidence, TAIL_BINS, tailBin } from './tail.ts';

describe('tails', () => {
  it('of Student with 6 degrees of freedom agree with the table', () => {
    expect(Math.exp(-Math.LN10 * studentEvidence(0))).toBeCloseTo(0.5, 10);
    expect(Math.exp(-Math.LN10 * studentEvidence(1.943))).toBeCloseTo(0.05, 4);
    expect(Math.exp(-Math.LN10 * studentEvidence(3.143))).toBeCloseTo(0.01, 4);
    expect(Math.exp(-Math.LN10 * studentEvidence(5.208))).toBeCloseTo(0.001, 5);
  });

  it('of a beta-binomial agree with the sum of its terms', () => {
    // Precision large: a plain binomial. P(K >= 3 | 10, 0.1) = 0.0701908264.
    expect(Math.exp(-Math.LN10 * betaBinomialEvidence(3, 10, 0.1, 1e9))).toBeCloseTo(0.0701908264, 6);
    // a = b = 1: every count is equally likely, so P(K >= 8 of 10) = 3 / 11.
    expect(Math.exp(-Math.LN10 * betaBinomialEvidence(8, 10, 0.5, 2))).toBeCloseTo(3 / 11, 9);
  });

  it('of a count never say more than Poisson', () => {
    expect(poissonCeiling(0, 8)).toBeGreaterThanOrEqual(8 / Math.LN10);
    expect(poissonCeiling(8, 8)).toBeCloseTo(0.3, 10);
    expect(poissonCeiling(1, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each<[string, (z: number) => number]>([
    ['normal', normalTail],
    ['exponential', (z) => 0.5 * Math.exp(-z)],
  ])('of %s residuals, known only to their bins, say one in ten thousand of what comes as rarely', (_, tail) => {
    const residuals = 8_000;
    const edge = (bin: number): number => Math.exp((bin / 3 - 2) * Math.LN2);
    const bins = Float32Array.from({ length: TAIL_BINS }, (_bin, bin) => residuals * (tail(edge(bin)) - tail(edge(bin + 1))));
    let magnitude = 1;
    while (empiricalEvidence(bins, 0, residuals, magnitude) < 4) magnitude *= 1.001;
    expect(tail(magnitude)).toBeGreaterThan(0.25e-4);
    expect(tail(magnitude)).toBeLessThan(2.5e-4);
  });

  it('of its own history grow with the deviation and go on beyond what was seen', () => {
    const bins = new Float32Array(TAIL_BINS);
    for (let i = 1; i <= 1_000; i += 1) bins[tailBin(2 * Math.sqrt(-2 * Math.log(i / 1_001)))]! += 1;
    let before = 0;
    for (const magnitude of [0.5, 1, 2, 4, 8, 16, 32]) {
      const evidence = empiricalEvidence(bins, 0, 2_000, magnitude);
      expect(evidence).toBeGreaterThanOrEqual(before);
      before = evidence;
    }
    expect(before).toBeGreaterThan(4);
  });
});
