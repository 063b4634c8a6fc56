import { describe, expect, it } from 'vitest';
import { createEventMemory } from './event-memory.ts';
import { createTally } from './tally.ts';

const batchOf = (
  taken: readonly { readonly from: number; readonly to: number }[],
  events: readonly (readonly [stream: number, at: number, count: number])[] = [],
) => {
  const tally = createTally(1_000);
  for (const [stream, at, count] of events) tally.add(stream, at, count);
  return { tenant: 'default', receivedAt: 5_000, samples: tally.columns(9, taken, 5_000) };
};

describe('what reading events remembers', () => {
  it('is what the newest batch of the log says, and the same after a snapshot', () => {
    const memory = createEventMemory();
    memory.consume(batchOf([{ from: 1, to: 4 }], [[3, 4_100, 2]]));
    memory.consume(
      batchOf(
        [
          { from: 1, to: 4 },
          { from: 8, to: 12 },
        ],
        [
          [3, 4_200, 0],
          [4, 2_000, 1],
        ],
      ),
    );
    memory.consume({ tenant: 'default', receivedAt: 5_000 });
    const again = createEventMemory();
    expect(again.restore(memory.snapshot())).toBe(true);
    for (const one of [memory, again]) {
      expect(one.taken(9)).toEqual([
        { from: 1, to: 4 },
        { from: 8, to: 12 },
      ]);
      expect(one.taken(8)).toEqual([]);
      // A count of nothing is no sign of life.
      expect(one.seenSince(4_150)).toEqual([]);
      expect(one.seenSince(4_000)).toEqual([3]);
    }
  });

  it('adds up cents as whole numbers', () => {
    const tally = createTally(1_000);
    for (let payment = 0; payment < 1_000; payment += 1) tally.add(1, 10, 10, 100);
    expect([...tally.columns(9, [], 0).value]).toEqual([100]);
  });
});
