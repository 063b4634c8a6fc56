import { describe, expect, it } from 'vitest';
import { CALL_TIMES } from '../../core/call-times.ts';
import { createSignalTable, type SignalScope } from '../../core/signal.ts';
import { callTimesAround } from './call-times.ts';
import { createSignalWindow, pushStep } from './signal-window.ts';

describe('times of services and calls around an onset', () => {
  it('are sums of the steps well before it and of the steps from it on', () => {
    const signals = createSignalTable();
    const signal = (service: string, name: string, scope: SignalScope): number =>
      signals.register({ tenant: 'default', service, name, scope }, 'gauge', 's', 'none').id;
    const ids = [
      signal('gateway', CALL_TIMES.served, { kind: 'service' }),
      signal('gateway', CALL_TIMES.own, { kind: 'service' }),
      signal('gateway', CALL_TIMES.waited, { kind: 'edge', callee: 'ledger' }),
      signal('gateway', CALL_TIMES.answered, { kind: 'edge', callee: 'ledger' }),
      signal('gateway', 'duration', { kind: 'service' }),
    ];
    const window = createSignalWindow(50);
    for (let index = 0; index < 40; index += 1) {
      const slow = index >= 30 ? 3 : 1;
      pushStep(
        window,
        {
          index,
          length: ids.length,
          signal: Uint32Array.from(ids),
          value: Float64Array.from([0.2 * slow, 0.05, 0.15 * slow, 0.1 * slow, -1]),
          weight: Float64Array.from([10, 10, 20, 10, 10]),
        },
        signals.size,
      );
    }
    const times = callTimesAround(window, signals.all(), 30);
    // Steps 0 to 25, then 30 to 39: the four before the onset belong to neither.
    expect(times?.reference.services[0]?.requests).toBe(260);
    expect(times?.current.services).toHaveLength(1);
    expect(times?.current.services[0]).toMatchObject({ service: 'gateway', requests: 100 });
    expect(times?.current.services[0]?.seconds).toBeCloseTo(60);
    expect(times?.current.services[0]?.ownSeconds).toBeCloseTo(5);
    expect(times?.current.calls[0]).toMatchObject({ caller: 'gateway', callee: 'ledger', calls: 200 });
    expect(times?.current.calls[0]?.answeredSeconds).toBeCloseTo(30);
    expect(callTimesAround(window, signals.all(), 3)).toBeUndefined();
  });
});
