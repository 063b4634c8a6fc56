import { describe, expect, it } from 'vitest';
import { createSignalTable } from '../../core/signal.ts';
import { createSilence } from './silence.ts';

const called = { services: ['gateway', 'ledger'], edges: [{ caller: 'gateway', callee: 'ledger', rate: 4, inferred: false }] };
const uncalled = { services: ['gateway', 'ledger'], edges: [] };

const world = () => {
  const signals = createSignalTable();
  const { id } = signals.register(
    { tenant: 'default', service: 'ledger', name: 'reporting', scope: { kind: 'service' } },
    'gauge',
    '1',
    'none',
  );
  const silence = createSilence({ tenant: 'default', signals, stepMs: 1000 });
  const step = (index: number, reports: boolean) => ({
    index,
    startsAt: index * 1000,
    endsAt: (index + 1) * 1000,
    length: reports ? 1 : 0,
    signal: Uint32Array.of(id),
    value: Float64Array.of(1),
    weight: Float64Array.of(1),
  });
  const run = (from: number, to: number, reports: (index: number) => boolean, graph = called) => {
    let found = 0;
    for (let index = from; index < to; index += 1) {
      silence.observe(step(index, reports(index)), graph);
      found = silence.findings(step(index, reports(index))).length;
    }
    return found;
  };
  return { run, silence };
};

describe('a service that stops reporting', () => {
  it('is found within ten steps while it is still called, and told with its callers', () => {
    const { run, silence } = world();
    run(0, 60, () => true);
    expect(run(60, 66, () => false)).toBe(0);
    expect(run(66, 72, () => false)).toBe(1);
    expect(silence.silent()).toEqual(['ledger']);
  });

  it('is not missed when nobody calls it any more', () => {
    const { run } = world();
    run(0, 60, () => true);
    expect(run(60, 90, () => false, uncalled)).toBe(0);
  });

  it('that exports every 20 steps is not silent between two exports', () => {
    const { run } = world();
    expect(run(0, 600, (index) => index % 20 === 0)).toBe(0);
  });

  it('is no longer silent with its first report, and an outage does not become a habit', () => {
    const { run, silence } = world();
    run(0, 60, () => true);
    run(60, 120, () => false);
    expect(run(120, 140, () => true)).toBe(0);
    run(140, 152, () => false);
    expect(silence.silent()).toEqual(['ledger']);
  });
});
