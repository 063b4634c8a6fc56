import { describe, expect, it } from 'vitest';
import { createSignalTable } from '../core/signal.ts';
import { createStoredSignals } from './stored-signals.ts';

const STEP_MS = 10_000;
const signals = createSignalTable();
const of = (name: string) => ({ tenant: 'default', service: 'ledger', name, scope: { kind: 'service' } as const });
const requests = signals.register(of('requests'), 'rate', 'requests/s', 'fall');
const duration = signals.register(of('duration'), 'duration', 's', 'rise');

const asked: (readonly [number, number])[] = [];
const stored = createStoredSignals(
  signals,
  {
    readSignal(_key, from, to) {
      asked.push([from, to]);
      const steps = Array.from({ length: to - from }, (_unused, index) => from + index);
      return {
        value: Float64Array.from(steps, (step) => (step % 3 === 0 ? Number.NaN : Math.log(step))),
        weight: Float64Array.from(steps, (step) => (step % 3 === 0 ? Number.NaN : 4)),
      };
    },
  },
  STEP_MS,
);

describe('stored steps of a signal', () => {
  it('say absent where nothing was observed, and durations in seconds', () => {
    expect(stored.steps(duration.key, 10_000, 50_000, 100)).toEqual({
      key: duration.key,
      service: 'ledger',
      name: 'duration',
      scope: { kind: 'service' },
      kind: 'duration',
      unit: 's',
      stepSeconds: 10,
      from: 10_000,
      to: 50_000,
      values: [1, expect.closeTo(2), null, expect.closeTo(4)],
      weights: [4, 4, 0, 4],
    });
    expect(stored.steps(requests.key, 10_000, 20_000, 1)?.values).toEqual([0]);
  });

  it('come in pages that join without a gap, and read no more than was asked for', () => {
    asked.length = 0;
    const first = stored.steps(requests.key, 1, 95_000, 4);
    expect(first).toMatchObject({ from: 10_000, to: 50_000, next: 50_000 });
    const second = stored.steps(requests.key, first?.next ?? 0, 95_000, 100);
    expect(second).toMatchObject({ from: 50_000, to: 100_000 });
    expect(second?.next).toBeUndefined();
    expect(asked).toEqual([
      [1, 5],
      [5, 10],
    ]);
    stored.steps(requests.key, 0, 8_640_000_000_000_000, 10);
    expect(asked.at(-1)).toEqual([0, 10]);
  });

  it('are nothing for a signal nobody knows, and none for an empty range', () => {
    expect(stored.steps('default|nobody|requests|', 0, 1, 1)).toBeUndefined();
    expect(stored.steps(requests.key, 12_000, 12_000, 5)).toMatchObject({ from: 20_000, to: 20_000, values: [] });
  });
});
