import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import type { SignalKind } from '../../core/signal.ts';
import { createSeasonalBank, ensureSignal, scoreStep } from './index.ts';
import { DEMO_DAY, DEMO_SCALE, drawPoint, shopLoad, stepOf, syntheticSignals } from './synthetic.ts';
import { betaBinomialEvidence, empiricalEvidence, poissonCeiling, studentEvidence, TAIL_BINS, tailBin } from './tail.ts';

/** Findings opened by 200 signals of pure noise in ten days, after six days of history. */
const falseOpenings = (kind: SignalKind, loadAt: (step: number) => number): number => {
  const signals = syntheticSignals(Array.from({ length: 200 }, () => kind));
  const bank = createSeasonalBank({ scale: DEMO_SCALE });
  for (const signal of signals) ensureSignal(bank, signal);
  const random = seededRandom(7);
  let before = new Set<string>();
  let opened = 0;
  for (let step = 0; step < 16 * DEMO_DAY; step += 1) {
    const load = loadAt(step);
    const points = signals.map(() => drawPoint(kind, random, { load, latencySeconds: 0.04 * (1 + load / 100), errorRatio: 0.003 }));
    const now = new Set(scoreStep(bank, stepOf(step, points, signals)).map((finding) => finding.signal));
    if (step >= 6 * DEMO_DAY) for (const key of now) if (!before.has(key)) opened += 1;
    before = now;
  }
  return opened;
};

describe('two hundred signals of nothing but noise over ten days', () => {
  // The budget is 0.05 findings a service-week of 20 signals: 0.7 in these 286 signal-weeks. Up to five is that budget's order.
  it.each<[string, SignalKind]>([
    ['gauges', 'gauge'],
    ['rates', 'rate'],
    ['ratios', 'ratio'],
    ['durations', 'duration'],
  ])('as %s with a daily season open next to nothing', (_, kind) => {
    expect(falseOpenings(kind, shopLoad)).toBeLessThanOrEqual(3);
  });

  it('as ratios of little traffic open next to nothing', () => {
    expect(falseOpenings('ratio', () => 2)).toBeLessThanOrEqual(3);
  });
});

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
