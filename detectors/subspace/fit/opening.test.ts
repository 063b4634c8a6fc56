import { describe, expect, it } from 'vitest';
import { exponential, gaussian, seededRandom } from '../../../core/random.ts';
import { SUBSPACE_CONSTANTS } from '../constants.ts';
import { normalPeak, normalTail } from './normal.ts';
import { heavinessOf, openingOf } from './opening.ts';
import { dailyPeaks, levelScales, type Shape } from './scale.ts';

const ROWS_A_DAY = 288;
const STEP = 300;

const dayOf = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, row) => Math.floor(row / ROWS_A_DAY));

const shapesOf = (days: number, draw: (random: () => number) => number): readonly Shape[] =>
  Array.from({ length: 9 }, (_, metric) => {
    const random = seededRandom(metric + 1);
    const levels = Float64Array.from({ length: days * ROWS_A_DAY }, () => draw(random));
    const { shape } = levelScales(levels, dayOf(levels.length), { smallestStep: 0, still: 0 }, SUBSPACE_CONSTANTS);
    if (shape === undefined) throw new Error('no shape');
    return shape;
  });

describe('how heavy the tails of a service are', () => {
  it('is nothing for normal noise, all for noise that spikes, after one day as after ten', () => {
    for (const days of [1, 10]) {
      expect(heavinessOf(shapesOf(days, gaussian), SUBSPACE_CONSTANTS)).toBeLessThan(0.3);
      expect(
        heavinessOf(
          shapesOf(days, (random) => exponential(random, 1) * exponential(random, 1)),
          SUBSPACE_CONSTANTS,
        ),
      ).toBe(1);
    }
  });

  it('is all where one day is unlike the others, and where nothing moves', () => {
    let row = 0;
    const uneven = shapesOf(10, (random) => {
      row += 1;
      return gaussian(random) * (row % (10 * ROWS_A_DAY) < 20 ? 4 : 1);
    });
    expect(heavinessOf(uneven, SUBSPACE_CONSTANTS)).toBe(1);
    expect(heavinessOf([], SUBSPACE_CONSTANTS)).toBe(1);
  });

  it('is not moved by faults of a few metrics', () => {
    const clean = shapesOf(7, gaussian);
    const hurt = clean.map((shape, metric) => (metric < 3 ? { tail: 1, uneven: 2 } : shape));
    expect(heavinessOf(hurt, SUBSPACE_CONSTANTS)).toBeLessThan(0.3);
  });
});

describe('the opening level', () => {
  const levels = (days: number, heaviness: number) => {
    const random = seededRandom(5);
    const fast = Float64Array.from({ length: days * ROWS_A_DAY }, () => 1.4 + 0.3 * Math.abs(gaussian(random)));
    const steady = fast.map((value) => value / 2);
    return openingOf({ fast, steady, day: dayOf(fast.length), stepSeconds: STEP }, heaviness, SUBSPACE_CONSTANTS);
  };

  it('lies little above a usual day where tails are light, far above where they are heavy, and falls as days are added', () => {
    const [short, long] = [levels(1, 0), levels(28, 0)];
    expect(long.openAt).toBeLessThan(short.openAt);
    expect(long.steadyAt).toBeLessThan(short.steadyAt);
    expect(long.openAt).toBeGreaterThan(2);
    expect(long.openAt).toBeLessThan(3.5);
    expect(levels(28, 1).openAt).toBeGreaterThan(2 * long.openAt);
    const middle = levels(28, 0.5);
    expect(middle.openAt).toBeGreaterThan(long.openAt);
    expect(middle.openAt).toBeLessThan(levels(28, 1).openAt);
  });
});

describe('points of the normal', () => {
  it.each([
    [0.5, 0.6745],
    [0.1, 1.6449],
    [0.01, 2.5758],
    [0.0001, 3.8906],
  ])('|z| exceeds the point of %f at %f', (chance, point) => {
    expect(Math.abs(normalTail(chance) - point)).toBeLessThan(0.001);
  });

  it('half of the days of normal noise peak above the usual peak', () => {
    const random = seededRandom(3);
    const values = Float64Array.from({ length: 400 * ROWS_A_DAY }, () => gaussian(random));
    const above = dailyPeaks(values, dayOf(values.length)).filter((peak) => peak > normalPeak(ROWS_A_DAY)).length;
    expect(above / 400).toBeGreaterThan(0.43);
    expect(above / 400).toBeLessThan(0.57);
  });
});
