import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedRate, type LoadShape, loadPlan, loadShapeSchema } from './load.ts';

const shape = (over: Partial<LoadShape> = {}): LoadShape => loadShapeSchema.parse(over);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('load plan', () => {
  it('is the same for the same seed and another for another seed', () => {
    const seconds = loadPlan(7, shape()).arrivalsPerSecond(240_000);
    expect(loadPlan(7, shape()).arrivalsPerSecond(240_000)).toEqual(seconds);
    expect(loadPlan(8, shape()).arrivalsPerSecond(240_000)).not.toEqual(seconds);
    expect(loadPlan(7, shape()).payment(42)).toEqual(loadPlan(7, shape()).payment(42));
  });

  it('rises from 8 to 40 payments a second within 18 seconds of the morning, peaks at lunch, and is calm at midnight', () => {
    const rates = [0, 30_000, 48_000, 63_600, 88_800, 119_999].map((tMs) => expectedRate(tMs, shape()));
    expect(rates[0]).toBe(8);
    expect(rates[1]).toBeCloseTo(8, 5);
    expect(rates[2]).toBeCloseTo(40, 5);
    expect(rates[3]).toBeCloseTo(55, 5);
    expect(rates[4]).toBeCloseTo(44, 5);
    expect(rates[5]).toBeCloseTo(8, 1);
  });

  it('draws as many arrivals as its rate says, second by second', () => {
    const plan = loadPlan(3, shape());
    const counts = plan.arrivalsPerSecond(600_000);
    let chiSquare = 0;
    counts.forEach((count, second) => {
      const expected = plan.rateAt(second * 1_000 + 500);
      chiSquare += ((count - expected) * (count - expected)) / expected;
    });
    // Chi-square of 600 seconds: mean 600, standard deviation 35.
    expect(chiSquare).toBeGreaterThan(600 - 4 * 35);
    expect(chiSquare).toBeLessThan(600 + 4 * 35);
  });

  it('has days that differ in level, around the same shape', () => {
    const plan = loadPlan(5, shape());
    const levels = [0, 1, 2, 3, 4].map((day) => plan.rateAt(day * 120_000 + 63_600));
    expect(new Set(levels.map((level) => level.toFixed(3))).size).toBe(5);
    for (const level of levels) expect(Math.abs(Math.log(level / 55))).toBeLessThan(0.35);
  });

  it('multiplies the load during a surge and leaves every arrival before it untouched', () => {
    const surged = loadPlan(7, shape({ surges: [{ startsAtMs: 60_000, durationMs: 10_000, factor: 3 }] })).arrivalsPerSecond(80_000);
    const plain = loadPlan(7, shape()).arrivalsPerSecond(80_000);
    expect(surged.slice(0, 60)).toEqual(plain.slice(0, 60));
    expect(sum(surged.slice(60, 70)) / sum(plain.slice(60, 70))).toBeGreaterThan(2.4);
    expect(sum(surged.slice(60, 70)) / sum(plain.slice(60, 70))).toBeLessThan(3.6);
  });

  it('yields arrivals in order of time, counted from zero, for any seed, phase and length of day', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 10_000, max: 86_400_000 }),
        (seed, startPhase, dayLengthMs) => {
          let before = { index: -1, atMs: 0 };
          for (const arrival of loadPlan(seed, shape({ startPhase, dayLengthMs })).arrivals()) {
            expect(arrival.index).toBe(before.index + 1);
            expect(arrival.atMs).toBeGreaterThanOrEqual(before.atMs);
            before = arrival;
            if (arrival.index === 50) break;
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('draws payments of all tenants, rails and issuers with whole amounts', () => {
    const plan = loadPlan(1, shape());
    const payments = Array.from({ length: 2_000 }, (_, index) => plan.payment(index));
    expect(new Set(payments.map((payment) => payment.id)).size).toBe(2_000);
    expect(new Set(payments.map(({ tenant, rail, issuer }) => `${tenant} ${rail} ${issuer}`)).size).toBe(36);
    const amounts = payments.map((payment) => payment.amountMinor).sort((a, b) => a - b);
    expect(amounts.every((amount) => Number.isInteger(amount) && amount > 0)).toBe(true);
    expect(Math.abs(Math.log((amounts[1_000] ?? 0) / 3_800))).toBeLessThan(0.15);
  });
});
