import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attribution } from './attribute.ts';
import { attributeCallGraph, type CallGraphTime } from './call-graph.ts';
import { describeLatency } from './describe.ts';

/** 100 requests at the gateway, each calling the ledger `calls` times and the bank, which sends no spans, once. */
const graph = (own: number, network: number, ledger: number, calls: number, bank = 0.05): CallGraphTime => ({
  services: [
    { service: 'gateway', requests: 100, seconds: 100 * (own + calls * (network + ledger) + bank), ownSeconds: 100 * own },
    { service: 'ledger', requests: 100 * calls, seconds: 100 * calls * ledger, ownSeconds: 100 * calls * ledger },
  ],
  calls: [
    {
      caller: 'gateway',
      callee: 'ledger',
      calls: 100 * calls,
      seconds: 100 * calls * (network + ledger),
      answeredSeconds: 100 * calls * ledger,
    },
    { caller: 'gateway', callee: 'bank', calls: 100, seconds: 100 * bank, answeredSeconds: 0 },
  ],
});

describe('sums a service and an edge', () => {
  it('tell what a slower payment is made of', () => {
    const change = attributeCallGraph('gateway', graph(0.02, 0.01, 0.1, 1), graph(0.02, 0.05, 0.55, 1.2, 0.06));
    expect(describeLatency('gateway', change as Attribution)).toBe(
      'of +620 ms at gateway: 87 % ledger own time, 8 % network to ledger, 4 % more calls, 1 % other',
    );
  });

  it('name the callee that sends no spans as calls to it', () => {
    const change = attributeCallGraph('gateway', graph(0.02, 0.01, 0.1, 1), graph(0.02, 0.01, 0.1, 1, 1.05));
    expect(describeLatency('gateway', change as Attribution)).toBe('of +1000 ms at gateway: 100 % calls to bank that nothing answered');
  });

  it('say nothing of a service that served nothing', () => {
    expect(attributeCallGraph('gateway', { services: [], calls: [] }, graph(1, 1, 1, 1))).toBeUndefined();
    expect(attributeCallGraph('nobody', graph(1, 1, 1, 1), graph(1, 1, 1, 1))).toBeUndefined();
  });

  it('always add up to the change, with what they cannot tell apart as a term of its own, in circles as well', () => {
    const names = ['a', 'b', 'c', 'd'];
    const amount = fc.double({ min: 0, max: 1_000, noNaN: true });
    const service = fc.tuple(fc.integer({ min: 1, max: 1_000 }), amount, amount);
    const call = fc.record({
      caller: fc.constantFrom(...names),
      callee: fc.constantFrom(...names),
      calls: fc.nat({ max: 1_000 }),
      seconds: amount,
      answeredSeconds: amount,
    });
    const graphs = fc.tuple(fc.tuple(service, service, service, service), fc.array(call, { maxLength: 8 })).map(
      ([services, calls]): CallGraphTime => ({
        services: services.map(([requests, seconds, ownSeconds], at) => ({ service: names[at] as string, requests, seconds, ownSeconds })),
        calls: [...new Map(calls.filter(({ calls: made }) => made > 0).map((each) => [`${each.caller}${each.callee}`, each])).values()],
      }),
    );
    fc.assert(
      fc.property(graphs, graphs, (reference, current) => {
        const change = attributeCallGraph('a', reference, current);
        const sum = change?.terms.reduce((total, term) => total + term.change, 0) ?? Number.NaN;
        const size = change?.terms.reduce((total, term) => total + Math.abs(term.change), 1) ?? 1;
        expect(Math.abs(sum - (change?.change ?? 0))).toBeLessThan(1e-9 * size);
      }),
    );
  });
});
