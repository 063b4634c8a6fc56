import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantile } from '../../../core/math.ts';
import { gaussian, seededRandom } from '../../../core/random.ts';
import type { MultivariateSeries, UnivariateSeries } from '../contender.ts';
import { createSortedWindow, deviationOf, medianOf, push } from './kernel.ts';
import { MULTIVARIATE_BASELINES } from './multivariate.ts';
import { alertAt } from './threshold.ts';
import { UNIVARIATE_BASELINES } from './univariate.ts';

const middle = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
};

describe('the window of latest values', () => {
  it('has the median of sorting them, and its deviation is the upper median of the distances', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        (values, capacity) => {
          const window = createSortedWindow(capacity);
          for (const [place, value] of values.entries()) {
            push(window, value);
            const latest = values.slice(Math.max(0, place + 1 - capacity), place + 1);
            expect(medianOf(window)).toBe(middle(latest));
            const distances = latest.map((one) => Math.abs(one - middle(latest))).sort((a, b) => a - b);
            expect(deviationOf(window, medianOf(window))).toBe(distances[distances.length >> 1]);
          }
        },
      ),
    );
  });
});

const noise = (rows: number, seed: number): Float64Array => {
  const random = seededRandom(seed);
  return Float64Array.from({ length: rows }, (_, row) => 50 + 5 * Math.sin((2 * Math.PI * row) / 96) + gaussian(random));
};

const times = (rows: number): Float64Array => Float64Array.from({ length: rows }, (_, row) => row * 900);

describe('each baseline of one signal', () => {
  it.each(UNIVARIATE_BASELINES.map((baseline) => [baseline.name, baseline] as const))(
    '%s sees a spike at two deviations or more, and knows nothing of later rows',
    (_, baseline) => {
      const values = noise(700, 4);
      values[500] = 95;
      const series: UnivariateSeries = { name: 's', timestamps: times(700), values };
      const { evidence } = baseline.run(series);
      // A model of the last values sees the spike for as many rows as it looks back.
      expect(Math.max(...evidence.subarray(500, 516))).toBeGreaterThan(2);
      // The first fits, and how often the vectors are fitted anew, depend on the length alone.
      const absurd = values.map((value, row) => (row < 550 ? value : 1e6));
      const other = baseline.run({ ...series, values: absurd }).evidence;
      expect([...other.subarray(0, 550)]).toEqual([...evidence.subarray(0, 550)]);
    },
  );

  it.each(UNIVARIATE_BASELINES.map((baseline) => [baseline.name, baseline] as const))(
    '%s takes flat, empty and absent data',
    (_, baseline) => {
      for (const values of [
        new Float64Array(300).fill(7),
        new Float64Array(300).fill(Number.NaN),
        Float64Array.of(1),
        noise(300, 2).map((v, i) => (i % 3 ? v : Number.NaN)),
      ]) {
        const { evidence } = baseline.run({ name: 's', timestamps: times(values.length), values });
        expect([...evidence].every(Number.isFinite)).toBe(true);
      }
    },
  );
});

describe('each baseline of several metrics', () => {
  const columns = ['a', 'b', 'c', 'd'];
  const service = (rows: number, seed: number): MultivariateSeries => ({
    name: 's',
    columns,
    timestamps: times(rows),
    values: columns.map((_, place) => noise(rows, seed + place)),
  });

  it.each(MULTIVARIATE_BASELINES.map((baseline) => [baseline.name, baseline] as const))(
    '%s finds a broken metric and names it',
    (_, baseline) => {
      const test = service(400, 20);
      (test.values[1] as Float64Array).fill(90, 300, 304);
      const { evidence, top } = baseline.run(service(1_000, 10), test);
      expect(Math.max(...evidence.subarray(300, 304))).toBeGreaterThanOrEqual(quantile(evidence, 0.98));
      expect(top[300]?.[0]).toBe('b');
    },
  );

  it.each(MULTIVARIATE_BASELINES.map((baseline) => [baseline.name, baseline] as const))(
    '%s does without an earlier part',
    (_, baseline) => {
      const { evidence } = baseline.run(undefined, service(400, 3));
      expect([...evidence].every(Number.isFinite)).toBe(true);
    },
  );
});

it('an alert stays open for two rows after the last above the threshold', () => {
  expect([...alertAt(Float64Array.of(0, 7, 0, 0, 0, 8, 9, 0), 6)]).toEqual([0, 1, 1, 1, 0, 1, 1, 1]);
});
