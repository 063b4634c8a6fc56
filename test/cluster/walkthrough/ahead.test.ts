import { describe, expect, it } from 'vitest';
import { headStartSeconds, risesOf, type Sight, secondsShort } from './ahead.ts';

const START = 1_000_000;
const second = (count: number): number => START + count * 1_000;
/** Ten a second for ten seconds, thirty for ten: two replicas of ten carry the first, three the second. */
const load = { startedAt: START, offered: [...Array(10).fill(10), ...Array(10).fill(30)], perReplica: 10 };
const sights = (...seen: readonly (readonly [at: number, ordered: number, ready: number])[]): readonly Sight[] =>
  seen.map(([at, ordered, ready]) => ({ at: second(at), ordered, ready }));

describe('a rise of load against what was seen of the replicas', () => {
  it('finds each further replica ordered, Ready and needed at its second', () => {
    expect(risesOf(load, sights([0, 1, 1], [1, 3, 1], [7, 3, 2], [8, 3, 3]), 1)).toEqual([
      { replicas: 2, orderedAt: second(1), readyAt: second(7), neededAt: second(8) },
      { replicas: 3, orderedAt: second(1), readyAt: second(8), neededAt: second(10) },
    ]);
  });

  it('tells the head start, a replica that came late, and one that never came', () => {
    const [inTime, late] = risesOf(load, sights([0, 1, 1], [1, 2, 2], [13, 3, 3]), 1);
    const [never] = risesOf(load, sights([0, 1, 1]), 1);
    expect([inTime, late, never].map((rise) => rise && headStartSeconds(rise))).toEqual([7, -3, undefined]);
  });

  it('counts the seconds in which Ready replicas could not carry the load, and those that nobody saw', () => {
    expect(secondsShort(load, sights([0, 3, 3]))).toBe(0);
    expect(secondsShort(load, sights([0, 3, 2], [15, 3, 3]))).toBe(5);
    expect(secondsShort(load, sights([4, 3, 3]))).toBe(4);
  });

  it('has nothing to tell of a load that needs no further replica', () => {
    expect(risesOf({ ...load, offered: Array(20).fill(9) }, sights([0, 1, 1]), 1)).toEqual([]);
  });
});
