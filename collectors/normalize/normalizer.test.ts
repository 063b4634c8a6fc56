import { describe, expect, it } from 'vitest';
import { createWorld, told } from './stories.fixture.ts';

describe('a payment that calls the ledger', () => {
  it('shows on the service, on the edge and in the graph', () => {
    const world = createWorld();
    world.feed(
      world.spans(
        { service: 'pay', key: 1, end: 5.3, seconds: 0.3 },
        { service: 'pay', kind: 'client', key: 2, parent: 1, end: 5.25, seconds: 0.2, peer: 'ledger' },
        { service: 'ledger', key: 3, parent: 2, end: 5.2, seconds: 0.1, error: true },
      ),
    );
    const { steps, revisions, late } = world.close(10);
    expect([steps.length, revisions.length, late]).toEqual([1, 0, 0]);
    const values = told(world, steps[0]);
    expect(values['pay requests']).toEqual({ value: 0.1, weight: 10 });
    expect(values['pay self_duration']?.value).toBeCloseTo(Math.log(0.1), 5);
    expect(values['pay -> ledger requests']).toEqual({ value: 0.1, weight: 10 });
    expect(values['pay -> ledger gap']?.value).toBeCloseTo(Math.log(0.1), 5);
    expect(values['ledger errors']).toEqual({ value: 1, weight: 1 });
    expect(values['ledger origin_errors']).toEqual({ value: 1, weight: 1 });
    expect(world.normalizer.graph()).toEqual({
      services: ['ledger', 'pay'],
      edges: [{ caller: 'pay', callee: 'ledger', rate: 0.1, inferred: false }],
    });
  });
});
