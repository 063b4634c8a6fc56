import { describe, expect, it } from 'vitest';
import type { CallGraphTime } from '../../detectors/trace-attribution/index.ts';
import { callTimesBelow, latencyMadeOf } from './latency.ts';

const times = (ledger: number): CallGraphTime => ({
  services: [
    { service: 'gateway', requests: 10, seconds: 10 * (0.03 + ledger), ownSeconds: 0.2 },
    { service: 'ledger', requests: 10, seconds: 10 * ledger, ownSeconds: 10 * ledger },
    { service: 'mail', requests: 5, seconds: 5, ownSeconds: 5 },
  ],
  calls: [
    { caller: 'gateway', callee: 'ledger', calls: 10, seconds: 10 * (0.01 + ledger), answeredSeconds: 10 * ledger },
    { caller: 'mail', callee: 'smtp', calls: 5, seconds: 1, answeredSeconds: 0 },
  ],
});

describe('the latency of a symptom', () => {
  it('is taken apart when it rose by what a detector would notice, and left alone when it did not', () => {
    expect(latencyMadeOf('gateway', { reference: times(0.1), current: times(0.6) })).toBe('of +500 ms at gateway: 100 % ledger own time');
    expect(latencyMadeOf('gateway', { reference: times(0.1), current: times(0.12) })).toBeUndefined();
    expect(latencyMadeOf('gateway', { reference: times(0.6), current: times(0.1) })).toBeUndefined();
    expect(latencyMadeOf('card', { reference: times(0.1), current: times(0.6) })).toBeUndefined();
  });

  it('takes into its record only what the incident calls', () => {
    const { current } = callTimesBelow({ reference: times(0.1), current: times(0.6) }, ['gateway']);
    expect(current.services.map(({ service }) => service)).toEqual(['gateway', 'ledger']);
    expect(current.calls.map(({ callee }) => callee)).toEqual(['ledger']);
  });
});
