import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChildTable, createJoinTable, createKeySet } from './kernel.ts';

/** The low 53 bits of a span id: any integer a float64 holds exactly. */
const key = fc.oneof(fc.nat({ max: 20 }), fc.maxSafeNat());

describe('a set of span ids', () => {
  it('agrees with Set', () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 300 }), (keys) => {
        const ours = createKeySet();
        const reference = new Set<number>();
        for (const each of keys) {
          expect(ours.insert(each)).toBe(!reference.has(each));
          reference.add(each);
        }
        expect([...ours.keys()]).toEqual([...reference].sort((a, b) => a - b));
        expect(createKeySet(ours.keys()).size).toBe(reference.size);
      }),
    );
  });
});

describe('a join table', () => {
  it('keeps the longer of two records, loses used and old ones, and survives a restart', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(key, fc.nat({ max: 9 }), fc.integer({ min: 1, max: 9 }), fc.boolean()), { maxLength: 200 }),
        (records) => {
          const table = createJoinTable(1_000);
          const reference = new Map<number, { readonly nanos: number; readonly step: number }>();
          for (const [each, step, nanos, use] of records) {
            table.put(each, 1, nanos, step);
            const known = reference.get(each);
            if (known === undefined || nanos > known.nanos) reference.set(each, { nanos, step });
            if (!use) continue;
            table.use(table.find(each));
            reference.delete(each);
          }
          table.expire(5);
          const live = [...reference].filter(([, { step }]) => step >= 5).sort((a, b) => a[0] - b[0]);
          expect([...table.state().key]).toEqual(live.map(([each]) => each));
          const restored = createJoinTable(1_000, table.state());
          for (const [each, { nanos }] of live) expect(restored.nanosAt(restored.find(each))).toBe(nanos);
        },
      ),
    );
  });

  it('takes no more than its bound, and takes again once old records are gone', () => {
    const table = createJoinTable(2);
    expect([1, 2, 3].map((each) => table.put(each, 0, 1, 0))).toEqual([true, true, false]);
    expect(table.find(3)).toBe(-1);
    table.expire(1);
    expect(table.put(3, 0, 1, 1)).toBe(true);
  });
});

describe('calls inside a span', () => {
  it('cover what a count of milliseconds covers', () => {
    const interval = fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 60 }));
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 12 }), (intervals) => {
        const table = createChildTable(100);
        const covered = new Set<number>();
        for (const [from, length] of intervals) {
          table.add(1, 2, 0, true, false, from, from + length, 0);
          for (let at = Math.max(10, from); at < Math.min(50, from + length); at++) covered.add(at);
        }
        expect(table.take(1, 0, 10, 50).coveredMs).toBe(covered.size);
        expect(table.take(1, 0, 10, 50).coveredMs).toBe(0);
      }),
    );
  });

  it('outlive growth and expiry of their table', () => {
    const table = createChildTable(10_000);
    for (let parent = 0; parent < 500; parent++) table.add(parent, parent + 10_000, 0, true, parent % 2 === 0, 0, 10, parent);
    table.expire(400);
    expect(table.size).toBe(100);
    expect(table.take(399, 0, 0, 10).coveredMs).toBe(0);
    expect(table.take(400, 0, 0, 10)).toEqual({ coveredMs: 10, failed: true });
    expect(createChildTable(10_000, table.state()).take(401, 0, 0, 10)).toEqual({ coveredMs: 10, failed: false });
  });
});
