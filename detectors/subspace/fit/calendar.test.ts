import { describe, expect, it } from 'vitest';
import { gaussian, seededRandom } from '../../../core/random.ts';
import { calendarOf } from './calendar.ts';
import { fitProfile } from './season.ts';

const MINUTE = 60;
const SLOTS = 24;

const profileOf = (days: number, valueAt: (row: number, random: () => number) => number): Float64Array => {
  const random = seededRandom(2);
  const timestamps = Float64Array.from({ length: Math.round(days * 1_440) }, (_, row) => row * MINUTE);
  const column = timestamps.map((_, row) => valueAt(row, random));
  return fitProfile(column, calendarOf(timestamps, SLOTS, 3), 0.5);
};

const range = (values: Float64Array): number => Math.max(...values) - Math.min(...values);
const swing = (row: number, random: () => number): number => 10 * Math.sin((2 * Math.PI * row) / 1_440) + gaussian(random);

describe('the season of a metric', () => {
  it('is followed after one whole day and after many', () => {
    expect(range(profileOf(1, swing))).toBeGreaterThan(15);
    expect(range(profileOf(6, swing))).toBeGreaterThan(15);
  });

  it('is not made up where there is none, nor from the half of a day', () => {
    expect(range(profileOf(1, (_, random) => gaussian(random)))).toBeLessThan(0.1);
    expect(range(profileOf(0.5, swing))).toBeLessThan(0.1);
  });
});
