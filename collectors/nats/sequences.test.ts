import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closedUpTo, highest, holds, RANGES_MAX, type Sequences, through, withRange } from './sequences.ts';

const ranges = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 8 })).map(([from, length]) => ({ from, to: from + length })),
  { maxLength: 20 },
);
const joined = (list: Sequences): Sequences => list.reduce<Sequences>(withRange, []);

describe('sequences taken in', () => {
  it('hold exactly the numbers that were added, in ranges apart from each other, in whatever order they came', () => {
    fc.assert(
      fc.property(ranges, (list) => {
        const sequences = joined(list);
        for (let number = 0; number <= 70; number += 1) {
          expect(holds(sequences, number)).toBe(list.some(({ from, to }) => from <= number && number <= to));
        }
        sequences.forEach((range, at) => {
          const before = sequences[at - 1];
          if (before !== undefined) expect(range.from).toBeGreaterThan(before.to + 1);
        });
        expect(highest(sequences)).toBe(Math.max(0, ...list.map(({ to }) => to)));
      }),
    );
  });

  it('are one range up to what the server has acknowledged, which gains only numbers between those taken', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 0, max: 75 }), (list, floor) => {
        const sequences = joined(list);
        const closed = closedUpTo(sequences, floor);
        const lowest = sequences[0]?.from ?? Number.POSITIVE_INFINITY;
        for (let number = 0; number <= 75; number += 1) {
          const next = sequences.find(({ from }) => from > number);
          const isClosed = number > lowest && next !== undefined && next.from <= floor + 1;
          expect(holds(closed, number)).toBe(holds(sequences, number) || isClosed);
          if (isClosed) expect(number).toBeLessThanOrEqual(floor);
        }
        expect(closed.filter(({ from }) => from <= floor + 1).length).toBeLessThanOrEqual(1);
        expect(highest(closed)).toBe(highest(sequences));
        expect(closedUpTo(closed, floor)).toEqual(closed);
      }),
    );
  });

  it('end where the stream ends that lost its newest messages', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 0, max: 70 }), (list, last) => {
        const cut = through(joined(list), last);
        for (let number = 0; number <= 70; number += 1) expect(holds(cut, number)).toBe(number <= last && holds(joined(list), number));
      }),
    );
  });

  it('forget the oldest when a stream is read with more holes than can be kept', () => {
    let sequences: Sequences = [];
    for (let number = 1; number <= RANGES_MAX + 10; number += 1) sequences = withRange(sequences, { from: number * 2, to: number * 2 });
    expect(sequences).toHaveLength(RANGES_MAX);
    expect(holds(sequences, 2)).toBe(false);
    expect(holds(sequences, (RANGES_MAX + 10) * 2)).toBe(true);
  });
});
