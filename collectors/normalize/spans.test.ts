import { describe, expect, it } from 'vitest';
import { createWorld, type TestSpan, told, type World } from './stories.fixture.ts';

const calls = (shared: Partial<TestSpan>): { readonly client: TestSpan; readonly server: TestSpan } => ({
  client: { service: 'pay', kind: 'client', key: 11, end: 4.2, seconds: 0.3, peer: '10.0.0.7', ...shared },
  server: { service: 'ledger', key: 12, parent: 11, end: 4.1, seconds: 0.1 },
});

const firstStep = (world: World): ReturnType<typeof told> => told(world, world.close(10).steps[0]);

describe('joining a call with the span that served it', () => {
  it.each(['client first', 'server first', 'one batch'])('charges the edge once and measures the gap, %s', (order) => {
    const world = createWorld();
    const { client, server } = calls({});
    if (order === 'client first') world.feed(world.spans(client), world.spans(server));
    else if (order === 'server first') world.feed(world.spans(server), world.spans(client));
    else world.feed(world.spans(client, server));
    const values = firstStep(world);
    expect(values['pay -> ledger requests']).toEqual({ value: 0.1, weight: 10 });
    expect(values['pay -> ledger gap']?.value).toBeCloseTo(Math.log(0.2), 5);
    expect(values['pay -> ledger gap']?.weight).toBe(1);
    expect(values['pay -> ledger duration']?.value).toBeCloseTo(Math.log(0.3), 5);
    expect(values['pay -> 10.0.0.7 requests']).toBeUndefined();
  });

  it('joins across steps when the server ended one step before its call', () => {
    const world = createWorld();
    world.feed(world.spans({ ...calls({}).server, end: 9.9 }), world.spans(calls({ end: 10.1 }).client));
    const { steps } = world.close(20);
    expect(told(world, steps[1])['pay -> ledger gap']?.weight).toBe(1);
  });

  it('charges a refused connection to the service once known behind the address, even in the same step', () => {
    const world = createWorld();
    const { client, server } = calls({});
    world.feed(world.spans({ ...client, key: 21, error: true }, client, server));
    expect(firstStep(world)['pay -> ledger errors']).toEqual({ value: 0.5, weight: 2 });
    world.feed(world.spans({ ...client, key: 31, end: 14, error: true }));
    const { steps } = world.close(20);
    expect(told(world, steps[0])['pay -> ledger errors']).toEqual({ value: 1, weight: 1 });
    expect(world.normalizer.graph().edges.map((edge) => [edge.callee, edge.inferred])).toEqual([['ledger', false]]);
  });

  it('infers a callee that never reports, and says so', () => {
    const world = createWorld();
    world.feed(world.spans(calls({ peer: 'bank.example' }).client));
    expect(firstStep(world)['pay -> bank.example requests']?.value).toBe(0.1);
    expect(world.normalizer.graph()).toEqual({
      services: ['bank.example', 'pay'],
      edges: [{ caller: 'pay', callee: 'bank.example', rate: 0.1, inferred: true }],
    });
  });

  it('knows a service by the first label of its cluster address', () => {
    const world = createWorld();
    world.feed(
      world.spans({ service: 'payments/ledger', end: 1 }, calls({ peer: 'ledger.payments.svc.cluster.local', error: true }).client),
    );
    expect(firstStep(world)['pay -> payments/ledger errors']?.value).toBe(1);
  });

  it('learns nothing from an address behind which several services answer', () => {
    const world = createWorld();
    const behind = (key: number, service: string): TestSpan[] => [
      { service: 'pay', kind: 'client', key, end: 3, peer: 'localhost' },
      { service, parent: key, end: 3 },
    ];
    world.feed(
      world.spans(...behind(1, 'ledger'), ...behind(2, 'fraud'), { service: 'pay', kind: 'client', key: 3, end: 3, peer: 'localhost' }),
    );
    const values = firstStep(world);
    expect(values['pay -> ledger requests']?.value).toBe(0.1);
    expect(values['pay -> fraud requests']?.value).toBe(0.1);
    expect(values['pay -> localhost requests']?.value).toBe(0.1);
  });

  it('takes the call on the wire, not the client span that wraps it', () => {
    const world = createWorld();
    const { client, server } = calls({ parent: 10 });
    world.feed(world.spans({ service: 'pay', kind: 'client', key: 10, end: 4.3, peer: 'sdk' }, client, server));
    const values = firstStep(world);
    expect(values['pay -> ledger requests']?.value).toBe(0.1);
    expect(values['pay -> sdk requests']).toBeUndefined();
  });

  it('draws an edge from a producer to each consumer of its message', () => {
    const world = createWorld();
    world.feed(
      world.spans(
        { service: 'pay', kind: 'producer', key: 5, end: 3 },
        { service: 'ledger', kind: 'consumer', parent: 5, end: 14 },
        { service: 'mail', kind: 'consumer', parent: 5, end: 15, error: true },
      ),
    );
    const values = told(world, world.close(20).steps[1]);
    expect(values['pay -> ledger requests']?.value).toBe(0.1);
    expect(values['pay -> mail errors']?.value).toBe(1);
  });

  it('lets go of a server span whose caller never reports, and of joins past the bound', () => {
    const world = createWorld({ maximumJoins: 2, joinTtlMs: 20_000 });
    world.feed(world.spans(...[1, 2, 3].map((parent): TestSpan => ({ service: 'ledger', parent, end: 1 }))));
    world.close(10);
    expect(world.normalizer.stats().spans.joinOverflow).toBe(1);
    world.close(50);
    world.feed(world.spans({ service: 'ledger', parent: 9, end: 51 }));
    world.close(60);
    expect(world.normalizer.stats().spans.joinOverflow).toBe(1);
  });
});

describe('exclusive time', () => {
  it.each([
    { story: 'no calls', children: [], self: 1 },
    { story: 'one call', children: [[0.2, 0.5]], self: 0.7 },
    {
      story: 'calls in parallel',
      children: [
        [0.2, 0.5],
        [0.3, 0.6],
      ],
      self: 0.6,
    },
    {
      story: 'a call inside another',
      children: [
        [0.1, 0.9],
        [0.3, 0.4],
      ],
      self: 0.2,
    },
    {
      story: 'calls one after the other',
      children: [
        [0.1, 0.2],
        [0.6, 0.9],
      ],
      self: 0.6,
    },
    { story: 'a call that outlives its parent', children: [[0.8, 1.7]], self: 0.8 },
  ])('leaves out the time of $story', ({ children, self }) => {
    const world = createWorld();
    const parts = children.map(
      ([from = 0, to = 0]): TestSpan => ({ service: 'pay', kind: 'client', parent: 1, end: 2 + to, seconds: to - from }),
    );
    world.feed(world.spans({ service: 'pay', key: 1, end: 3, seconds: 1 }, ...parts));
    const values = firstStep(world);
    expect(Math.exp(values['pay self_duration']?.value ?? Number.NaN)).toBeCloseTo(self, 4);
    expect(Math.exp(values['pay duration']?.value ?? Number.NaN)).toBeCloseTo(1, 4);
  });

  it('keeps seconds that add up: a request is its own time and its call, a call its answer and the way there', () => {
    const world = createWorld();
    world.feed(
      world.spans(
        { service: 'pay', key: 1, end: 3, seconds: 1 },
        { service: 'pay', kind: 'client', key: 2, parent: 1, end: 2.9, seconds: 0.7 },
        { service: 'book', key: 3, parent: 2, end: 2.8, seconds: 0.5 },
      ),
    );
    const values = firstStep(world);
    const seconds = (name: string): number => Number((values[name]?.value ?? Number.NaN).toFixed(6));
    expect([seconds('pay mean_duration'), seconds('pay mean_self_duration')]).toEqual([1, 0.3]);
    expect([seconds('pay -> book mean_call_duration'), seconds('pay -> book mean_answer_duration')]).toEqual([0.7, 0.5]);
  });

  it("finds calls below internal spans, and counts internal work as the service's own", () => {
    const world = createWorld();
    world.feed(
      world.spans(
        { service: 'pay', key: 1, end: 3, seconds: 1, error: true },
        { service: 'pay', kind: 'internal', key: 2, parent: 1, end: 3, seconds: 1 },
        { service: 'pay', kind: 'internal', key: 3, parent: 2, end: 2.9, seconds: 0.8 },
        { service: 'pay', kind: 'client', key: 4, parent: 3, end: 2.8, seconds: 0.4, error: true, peer: 'bank' },
      ),
    );
    const values = firstStep(world);
    expect(Math.exp(values['pay self_duration']?.value ?? Number.NaN)).toBeCloseTo(0.6, 4);
    expect(values['pay errors']?.value).toBe(1);
    expect(values['pay origin_errors']?.value).toBe(0);
  });

  it('does not take calls of another process for its own', () => {
    const world = createWorld();
    world.feed(
      world.spans({ service: 'pay', key: 1, end: 3, seconds: 1 }, { service: 'mesh', kind: 'client', parent: 1, end: 2.9, seconds: 0.8 }),
    );
    expect(Math.exp(firstStep(world)['pay self_duration']?.value ?? Number.NaN)).toBeCloseTo(1, 4);
  });

  it("ends on spans that claim to be each other's parents", () => {
    const world = createWorld();
    world.feed(
      world.spans(
        { service: 'pay', key: 1, end: 3 },
        { service: 'pay', kind: 'internal', key: 2, parent: 1, end: 3 },
        { service: 'pay', kind: 'internal', key: 1, parent: 2, end: 13 },
        { service: 'pay', kind: 'internal', key: 7, parent: 7, end: 13 },
        { service: 'pay', key: 7, end: 23 },
      ),
    );
    expect(world.close(30).steps).toHaveLength(3);
  });
});

describe('quantiles, slices, outcomes and objectives', () => {
  it('gives the 95th and 50th percentile in seconds within the width of a bucket', () => {
    const world = createWorld();
    world.feed(world.spans(...Array.from({ length: 1_000 }, (_, i): TestSpan => ({ service: 'pay', end: 5, seconds: (i + 1) / 1_000 }))));
    const values = firstStep(world);
    expect(Math.abs((values['pay duration_p95']?.value ?? 0) / 0.95 - 1)).toBeLessThan(0.045);
    expect(Math.abs((values['pay duration_p50']?.value ?? 0) / 0.5 - 1)).toBeLessThan(0.045);
  });

  it('cuts traffic by provider, issuer and version, and counts failed outcomes as errors of the slice', () => {
    const world = createWorld();
    const north = { 'payment.provider': 'psp-north' };
    world.feed(
      world.spans(
        { service: 'pay', end: 1, version: '1.2', outcome: 'approved', dimensions: { ...north, 'payment.issuer': 'birch' } },
        { service: 'pay', end: 2, version: '1.2', outcome: 'declined', dimensions: { ...north, 'payment.issuer': 'birch' } },
        { service: 'pay', end: 3, version: '1.3', outcome: 'timeout', dimensions: north },
        { service: 'pay', end: 4 },
      ),
    );
    const values = firstStep(world);
    expect(values['pay declined']).toEqual({ value: 1 / 3, weight: 3 });
    expect(values['pay errors']).toEqual({ value: 0, weight: 4 });
    expect(values['pay [psp-north] requests']?.value).toBe(0.3);
    expect(values['pay [psp-north] errors']).toEqual({ value: 1 / 3, weight: 3 });
    expect(values['pay [psp-north] declined']).toEqual({ value: 1 / 3, weight: 3 });
    expect(values['pay [psp-north, birch] requests']?.value).toBe(0.2);
    expect(values['pay [psp-north, birch] declined']).toEqual({ value: 0.5, weight: 2 });
    expect(values['pay [1.2] requests']?.value).toBe(0.2);
    expect(values['pay [1.3] errors']).toEqual({ value: 1, weight: 1 });
  });

  it('refuses a slice group over a dimension that no span carries', () => {
    expect(() => createWorld({ sliceGroups: [['payment.color']] })).toThrow('names payment.color, which is no dimension');
  });

  it('measures objectives from the events themselves', () => {
    const world = createWorld({
      objectives: [
        { name: 'pay-available', service: 'pay', kind: 'availability' },
        { name: 'pay-fast', service: 'pay', kind: 'latency', thresholdSeconds: 0.5 },
      ],
    });
    world.feed(
      world.spans(
        { service: 'shop/pay', end: 1, seconds: 0.1 },
        { service: 'shop/pay', end: 2, seconds: 0.9 },
        { service: 'shop/pay', end: 3, seconds: 0.1, error: true },
        { service: 'shop/pay', end: 4, seconds: 0.5 },
      ),
    );
    const values = firstStep(world);
    expect(values['shop/pay slo:pay-available']).toEqual({ value: 0.25, weight: 4 });
    expect(values['shop/pay slo:pay-fast']).toEqual({ value: 0.5, weight: 4 });
  });

  it('folds slices and edges past the bound, and names them', () => {
    const world = createWorld({ maximumSignals: 12, sliceGroups: [['payment.provider']] });
    const providers = Array.from(
      { length: 50 },
      (_, i): TestSpan => ({ service: 'pay', end: 1, dimensions: { 'payment.provider': `p${i}` } }),
    );
    const peers = Array.from({ length: 50 }, (_, i): TestSpan => ({ service: 'pay', kind: 'client', end: 1, peer: `10.0.0.${i}` }));
    world.feed(world.spans(...providers, ...peers));
    const values = firstStep(world);
    const requests = Object.entries(values).filter(([name]) => name.endsWith('] requests'));
    expect(requests.reduce((sum, [, { value }]) => sum + value, 0)).toBeCloseTo(5, 9);
    expect(values['pay [__overflow__] requests']?.value).toBeGreaterThan(4);
    expect(values['pay -> __overflow__ requests']?.value).toBeCloseTo(5, 9);
    expect(world.signals.size).toBeLessThan(30);
    const { folded } = world.normalizer.stats();
    expect(folded.count).toBeGreaterThan(90);
    expect(folded.names[0]).toMatch(/^slice pay payment.provider=p\d+$/);
    expect(world.normalizer.graph().edges).toEqual([]);
  });
});
