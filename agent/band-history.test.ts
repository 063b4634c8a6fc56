import { describe, expect, it } from 'vitest';
import { createSignalTable } from '../core/signal.ts';
import { createBandHistory } from './band-history.ts';
import type { Detection } from './models/detection.ts';

const signals = createSignalTable();
const signal = signals.register(
  { tenant: 'default', service: 'ledger', name: 'requests', scope: { kind: 'service' } },
  'rate',
  '1/s',
  'fall',
);

const historyOf = (steps: number, indexes: readonly number[]) => {
  const history = createBandHistory(steps);
  for (const index of indexes) {
    const detection = {
      bandOf: () => ({ observed: index, expected: 1, lower: 0, upper: 2, pValue: 0.5, evidence: 0, open: false }),
    } as unknown as Detection;
    const one = Float64Array.of(1);
    const step = { index, startsAt: index, endsAt: index + 1, length: 1, signal: Uint32Array.of(signal.id), value: one, weight: one };
    history.push(step, [signal], detection);
  }
  const { stepIndexFrom, observed, expected } = history.series(signal) ?? { stepIndexFrom: -1, observed: [], expected: [] };
  return { stepIndexFrom, observed, expected };
};

describe('the history of bands', () => {
  it('draws every step in its own place when steps were left out between recorded and live days', () => {
    expect(historyOf(10, [5, 6, 9, 10])).toEqual({
      stepIndexFrom: 5,
      observed: [5, 6, null, null, 9, 10],
      expected: [1, 1, null, null, 1, 1],
    });
  });

  it('keeps only the newest steps, also after a gap that is longer than all of them', () => {
    expect(historyOf(3, [1, 2, 3, 4])).toMatchObject({ stepIndexFrom: 2, observed: [2, 3, 4] });
    expect(historyOf(3, [1, 2, 90])).toMatchObject({ stepIndexFrom: 88, observed: [null, null, 90] });
  });

  it('does not draw a step twice', () => {
    expect(historyOf(5, [4, 5, 5, 4, 6])).toMatchObject({ stepIndexFrom: 4, observed: [4, 5, 6] });
  });
});
