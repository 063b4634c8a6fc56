import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSignalWindow, observationsAfter, pushStep, summarize } from './signal-window.ts';

const step = (index: number, values: Readonly<Record<number, readonly [value: number, weight: number]>>) => {
  const ids = Object.keys(values).map(Number);
  return {
    index,
    length: ids.length,
    signal: Uint32Array.from(ids),
    value: Float64Array.from(ids, (id) => values[id]?.[0] ?? Number.NaN),
    weight: Float64Array.from(ids, (id) => values[id]?.[1] ?? Number.NaN),
  };
};

describe('the window of the last steps', () => {
  it('weighs a ratio by its events and not by its steps', () => {
    const window = createSignalWindow(10);
    pushStep(window, step(100, { 0: [1, 1] }), 1);
    pushStep(window, step(101, { 0: [0, 9] }), 1);
    expect(summarize(window, 0, 100)).toEqual({ value: 0.1, weight: 10, steps: 2 });
  });

  it('keeps absent steps absent, also those that were skipped', () => {
    const window = createSignalWindow(10);
    pushStep(window, step(5, { 0: [2, 1] }), 1);
    pushStep(window, step(9, { 1: [7, 1] }), 2);
    expect(observationsAfter(window, 0, 0)).toEqual([{ index: 5, value: 2, weight: 1 }]);
    expect(summarize(window, 0, 6).steps).toBe(0);
  });

  it('forgets what is older than its length and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 60 }), (present) => {
        const window = createSignalWindow(8);
        const kept: { index: number; value: number; weight: number }[] = [];
        present.forEach((gap, at) => {
          const index = at * 2 + gap;
          if (kept.length > 0 && index <= (kept.at(-1)?.index ?? -1)) return;
          pushStep(window, step(index, { 0: [index, 1] }), 1);
          kept.push({ index, value: index, weight: 1 });
        });
        const newest = kept.at(-1)?.index ?? 0;
        expect(observationsAfter(window, 0, -1)).toEqual(kept.filter(({ index }) => index > newest - 8));
      }),
    );
  });
});
