import { describe, expect, it } from 'vitest';
import { createWorld, type TestHistogram, type TestPoint, told, type World } from './stories.fixture.ts';

const stepsTold = (world: World, until: number): readonly ReturnType<typeof told>[] =>
  world.close(until).steps.map((step) => told(world, step));

interface CounterStory {
  readonly story: string;
  readonly points: readonly (Omit<TestPoint, 'stream' | 'type'> & { readonly type?: TestPoint['type'] })[];
  /** Rate of each step from the first on; undefined where absent. */
  readonly rates: readonly (number | undefined)[];
  readonly counted?: Readonly<Record<string, number>>;
}

const counterStories: readonly CounterStory[] = [
  {
    story: 'an unknown start contributes nothing at first',
    points: [
      { at: 5, value: 100 },
      { at: 15, value: 150 },
    ],
    rates: [undefined, 5],
  },
  {
    story: 'start equal to time is an unknown start',
    points: [
      { at: 5, since: 5, value: 100 },
      { at: 15, since: 5, value: 150 },
    ],
    rates: [undefined, 5],
  },
  { story: 'a counter younger than five minutes counts from its start', points: [{ at: 5, since: -15, value: 100 }], rates: [5] },
  { story: 'an older one does not', points: [{ at: 5, since: -400, value: 100 }], rates: [undefined] },
  {
    story: 'a restart told by its start time counts from that start',
    points: [
      { at: 5, since: -1000, value: 900 },
      { at: 15, since: 10, value: 950 },
    ],
    rates: [undefined, 190],
    counted: { resets: 1, resetsInferred: 0 },
  },
  {
    story: 'a falling value without start is a reset inferred',
    points: [
      { at: 5, value: 900 },
      { at: 15, value: 50 },
    ],
    rates: [undefined, 5],
    counted: { resets: 0, resetsInferred: 1 },
  },
  {
    story: 'two writers under one identity: the older start is dropped',
    points: [
      { at: 5, since: -1000, value: 10 },
      { at: 15, since: 8, value: 70 },
      { at: 16, since: -1000, value: 12 },
      { at: 25, since: 8, value: 170 },
    ],
    rates: [undefined, 10, 10],
    counted: { singleWriterViolations: 1 },
  },
  {
    story: 'a point sent twice counts once, another value at the same time not at all',
    points: [
      { at: 5, value: 0 },
      { at: 15, value: 50 },
      { at: 15, value: 50 },
      { at: 15, value: 70 },
      { at: 25, value: 100 },
    ],
    rates: [undefined, 5, 5],
    counted: { duplicates: 1, conflicts: 1 },
  },
  {
    story: 'points out of order within a step are read in order',
    points: [
      { at: 5, value: 0 },
      { at: 19, value: 100 },
      { at: 12, value: 20 },
    ],
    rates: [undefined, 100 / 14],
    counted: { resetsInferred: 0, outdated: 0 },
  },
  {
    story: 'a minute between points keeps the rate per second true, in the step of the later point',
    points: [
      { at: 5, value: 0 },
      { at: 65, value: 600 },
    ],
    rates: [undefined, undefined, undefined, undefined, undefined, undefined, 10],
  },
  {
    story: 'a point on the boundary belongs to the step it ends',
    points: [
      { at: 0.1, value: 0 },
      { at: 10, value: 99 },
      { at: 20, value: 199 },
    ],
    rates: [10, 10],
  },
  {
    story: 'deltas count over their own interval',
    points: [
      { type: 'delta', at: 5, since: 0, value: 50 },
      { type: 'delta', at: 15, since: 5, value: 20 },
    ],
    rates: [10, 2],
    counted: { gaps: 0, overlaps: 0 },
  },
  {
    story: 'an overlapping delta is dropped, a gap is counted',
    points: [
      { type: 'delta', at: 5, since: 0, value: 50 },
      { type: 'delta', at: 8, since: 3, value: 50 },
      { type: 'delta', at: 15, since: 10, value: 20 },
    ],
    rates: [10, 4],
    counted: { gaps: 1, overlaps: 1 },
  },
  {
    story: 'a restart of a sender of deltas counts what it sends and nothing for the pause',
    points: [
      { type: 'delta', at: 5, since: 0, value: 50 },
      { type: 'delta', at: 29, since: 27, value: 6 },
    ],
    rates: [10, undefined, 3],
    counted: { gaps: 1, overlaps: 0, resets: 0 },
  },
  {
    story: 'a delta sent twice counts once',
    points: [
      { type: 'delta', at: 5, since: 0, value: 50 },
      { type: 'delta', at: 5, since: 0, value: 50 },
      { type: 'delta', at: 15, since: 5, value: 20 },
    ],
    rates: [10, 2],
    counted: { duplicates: 1 },
  },
  {
    story: 'a value that is not a number is no zero',
    points: [
      { at: 5, value: 0 },
      { at: 15, value: Number.NaN },
      { at: 25, value: 200 },
    ],
    rates: [undefined, undefined, 10],
    counted: { invalid: 1 },
  },
];

describe('counters', () => {
  it.each(counterStories)('$story', ({ points, rates, counted }) => {
    const world = createWorld();
    const stream = world.stream({ service: 'pay', metric: 'payments', type: 'counter' });
    world.feed(world.points(...points.map((point): TestPoint => ({ type: 'counter', ...point, stream }))));
    const steps = stepsTold(world, rates.length * 10);
    const told = steps.map((values) => values['pay {} payments']?.value);
    expect(told).toHaveLength(rates.length);
    for (const [at, rate] of rates.entries()) {
      if (rate === undefined) expect(told[at]).toBeUndefined();
      else expect(told[at]).toBeCloseTo(rate, 9);
    }
    if (counted !== undefined) expect(world.normalizer.stats().points).toMatchObject(counted);
  });

  it('rates each pod by itself, sums them, and drops what names a pod: a rolling restart is no reset of the service', () => {
    const world = createWorld();
    const pod = (name: string): number =>
      world.stream({
        service: 'pay',
        metric: 'payments',
        type: 'counter',
        instance: name,
        attributes: { 'k8s.pod.name': name, rail: 'card' },
      });
    const [a, b] = [pod('a'), pod('b')];
    const at = (stream: number, second: number, value: number, since = -1000): TestPoint => ({
      stream,
      type: 'counter',
      at: second,
      since,
      value,
    });
    world.feed(world.points(at(a, 5, 1_000), at(b, 5, 7_000), at(a, 15, 1_050), at(b, 15, 7_070)));
    world.feed(world.points(at(a, 25, 30, 19), at(b, 25, 7_110)));
    const steps = stepsTold(world, 30);
    expect(steps[1]?.['pay {rail=card} payments']).toEqual({ value: 12, weight: 10 });
    expect(steps[2]?.['pay {rail=card} payments']).toEqual({ value: 9, weight: 10 });
  });

  it('keeps the sum over pods whole when each exports at its own time, and lets a dead pod go', () => {
    const world = createWorld();
    const pods = ['a', 'b'].map((instance) => world.stream({ service: 'pay', metric: 'payments', type: 'counter', instance }));
    const export_ = (pod: number, at: number): TestPoint => ({ stream: pods[pod] ?? 0, type: 'counter', at, value: 10 * (at + 1000) });
    for (let at = 5; at < 600; at += 10) {
      const due = [0, 1].filter((pod) => (at - 5 - pod * 30) % 60 === 0 && at >= 5 + pod * 30 && (pod === 0 || at < 300));
      if (due.length > 0) world.feed(world.points(...due.map((pod) => export_(pod, at))));
    }
    const steps = stepsTold(world, 600).map((values) => values['pay {} payments']?.value);
    expect(steps[0]).toBeUndefined();
    expect(steps[12]).toBeCloseTo(20, 9);
    expect(steps[15]).toBeCloseTo(20, 9);
    expect(steps[16]).toBeUndefined();
    expect(steps[54]).toBeCloseTo(10, 9);
  });
});

describe('gauges and up-down counters', () => {
  it('takes the mean over instances, the sum of pools and queues', () => {
    const world = createWorld();
    const stream = (metric: string, type: 'gauge' | 'sum', instance: string): number =>
      world.stream({ service: 'pay', metric, type, instance });
    const both = (metric: string, type: 'gauge' | 'sum'): TestPoint[] =>
      [4, 8].map((value, i) => ({ stream: stream(metric, type, `pod-${i}`), type: type === 'sum' ? 'sum' : 'gauge', at: 5, value }));
    world.feed(
      world.points(
        ...both('cpu.ratio', 'gauge'),
        ...both('db.client.connection.pending_requests', 'gauge'),
        ...both('http.server.active_requests', 'sum'),
        ...both('process.memory.usage', 'sum'),
        ...both('settlement.queue.length', 'gauge'),
      ),
    );
    const values = stepsTold(world, 10)[0];
    expect(values?.['pay {} cpu.ratio']).toEqual({ value: 6, weight: 2 });
    expect(values?.['pay {} db.client.connection.pending_requests']?.value).toBe(12);
    expect(values?.['pay {} http.server.active_requests']?.value).toBe(12);
    expect(values?.['pay {} process.memory.usage']?.value).toBe(6);
    expect(values?.['pay {} settlement.queue.length']?.value).toBe(12);
  });

  it('follows an up-down counter that is sent as deltas, and takes no overlap for a move', () => {
    const world = createWorld();
    const stream = world.stream({ service: 'pay', metric: 'db.client.connection.count', type: 'sum' });
    const delta = (at: number, since: number, value: number): TestPoint => ({ stream, type: 'sumDelta', at, since, value });
    world.feed(world.points(delta(5, 0, 4), delta(15, 5, 3), delta(15, 5, 3), delta(18, 12, 9), delta(25, 15, -6)));
    const levels = stepsTold(world, 30).map((values) => values['pay {} db.client.connection.count']?.value);
    expect(levels).toEqual([4, 7, 1]);
    expect(world.normalizer.stats().points).toMatchObject({ duplicates: 1, overlaps: 1 });
  });

  it('amends the mean of a closed step with a late value', () => {
    const world = createWorld();
    const stream = world.stream({ service: 'pay', metric: 'cpu.ratio' });
    world.feed(world.points({ stream, type: 'gauge', at: 5, value: 4 }, { stream, type: 'gauge', at: 15, value: 4 }));
    world.close(20);
    world.feed(world.points({ stream, type: 'gauge', at: 6, value: 8 }, { stream, type: 'gauge', at: 7, value: 8 }));
    const { revisions } = world.close(20);
    expect(revisions).toHaveLength(1);
    expect(revisions[0]).toMatchObject({ before: { value: 4, weight: 1 }, after: { weight: 3 } });
    expect(revisions[0]?.after.value).toBeCloseTo(20 / 3, 9);
  });

  it('amends a rate with the late point of one pod, once', () => {
    const world = createWorld();
    const [a, b] = ['a', 'b'].map((instance) => world.stream({ service: 'pay', metric: 'payments', type: 'counter', instance }));
    const at = (stream: number | undefined, second: number): TestPoint => ({
      stream: stream ?? 0,
      type: 'counter',
      at: second,
      value: 10 * (second + 1000),
    });
    world.feed(world.points(at(a, 5), at(b, 5), at(a, 15), at(b, 15), at(a, 25)));
    expect(stepsTold(world, 40)[2]?.['pay {} payments']?.value).toBeCloseTo(20, 9);
    world.feed(world.points({ ...at(b, 25), value: 10_150 + 40 }));
    const { revisions } = world.close(40);
    expect(revisions).toHaveLength(1);
    expect(revisions[0]?.before?.value).toBeCloseTo(20, 9);
    expect(revisions[0]?.after.value).toBeCloseTo(14, 9);
  });

  it('folds attribute sets past the bound into one, and names them', () => {
    const world = createWorld({ maximumSignals: 5 });
    const points = Array.from({ length: 30 }, (_, i): TestPoint => {
      const stream = world.stream({ service: 'pay', metric: 'cache.size', attributes: { user: `u${i}` } });
      return { stream, type: 'gauge', at: 5, value: 1 };
    });
    world.feed(world.points(...points));
    expect(stepsTold(world, 10)[0]?.['pay {__overflow__=true} cache.size']).toEqual({ value: 1, weight: 25 });
    expect(world.normalizer.stats().folded.names[0]).toBe('metric pay cache.size [["user","u5"]]');
  });
});

describe('a service that sends metrics only', () => {
  const bounds = [0.1, 0.5, 1];

  const server = (world: World, metric: string, unit: string, status: string): number =>
    world.stream({
      service: 'ledger',
      metric,
      unit,
      type: 'histogram',
      attributes: { 'http.route': '/book', 'http.response.status_code': status },
    });

  it('shows its RED and its objectives from the server duration histogram', () => {
    const objectives = [
      { name: 'up', service: 'ledger', kind: 'availability' as const },
      { name: 'fast', service: 'ledger', kind: 'latency' as const, thresholdSeconds: 0.5 },
    ];
    const world = createWorld({ objectives });
    const fine = server(world, 'http.server.request.duration', 's', '200');
    const bad = server(world, 'http.server.request.duration', 's', '503');
    world.feed(
      world.histograms(
        { stream: fine, at: 9, since: -1, count: 90, sum: 18, bounds, buckets: [0, 80, 10, 0] },
        { stream: bad, at: 9, since: -1, count: 10, sum: 1, bounds, buckets: [10, 0, 0, 0] },
      ),
    );
    const values = stepsTold(world, 10)[0];
    expect(values?.['ledger requests']).toEqual({ value: 10, weight: 10 });
    expect(values?.['ledger errors']).toEqual({ value: 0.1, weight: 100 });
    expect(values?.['ledger duration']?.weight).toBe(100);
    expect(Math.exp(values?.['ledger duration']?.value ?? 0)).toBeGreaterThan(0.12);
    expect(Math.exp(values?.['ledger duration']?.value ?? 0)).toBeLessThan(0.25);
    expect(values?.['ledger duration_p95']?.value).toBeCloseTo(0.75, 9);
    expect(values?.['ledger slo:up']).toEqual({ value: 0.1, weight: 100 });
    expect(values?.['ledger slo:fast']).toEqual({ value: 0.2, weight: 100 });
    expect(values?.['ledger reporting']?.value).toBe(1);
  });

  it('reads the old name in milliseconds, and counts once what is sent under both names', () => {
    const world = createWorld();
    const old = server(world, 'http.server.duration', 'ms', '200');
    const milliseconds = bounds.map((bound) => bound * 1_000);
    world.feed(world.histograms({ stream: old, at: 9, since: -1, count: 10, sum: 2_000, bounds: milliseconds, buckets: [0, 10, 0, 0] }));
    const first = stepsTold(world, 10)[0];
    expect(Math.exp(first?.['ledger duration']?.value ?? 0)).toBeCloseTo(0.2, 9);
    const now = server(world, 'http.server.request.duration', 's', '200');
    world.feed(
      world.histograms(
        { stream: old, at: 19, since: -1, count: 30, sum: 6_000, bounds: milliseconds, buckets: [0, 30, 0, 0] },
        { stream: now, at: 19, since: 9, count: 20, sum: 4, bounds, buckets: [0, 20, 0, 0] },
      ),
    );
    expect(stepsTold(world, 20)[0]?.['ledger requests']?.value).toBe(2);
  });

  it('leaves RED to the spans of a service that sends both', () => {
    const world = createWorld();
    const stream = server(world, 'http.server.request.duration', 's', '200');
    world.feed(
      world.spans({ service: 'ledger', end: 5 }),
      world.histograms({ stream, at: 9, since: -1, count: 90, sum: 18 }, { stream, at: 19, since: -1, count: 180, sum: 36 }),
    );
    const steps = stepsTold(world, 20);
    expect(steps[0]?.['ledger requests']).toEqual({ value: 0.1, weight: 10 });
    expect(steps[1]?.['ledger requests']).toEqual({ value: 0, weight: 10 });
  });

  it('knows the shift inside one wide bucket from the sum', () => {
    const world = createWorld();
    const stream = world.stream({ service: 'pay', metric: 'db.client.operation.duration', unit: 's', type: 'histogram' });
    const point = (at: number, count: number, sum: number): TestHistogram => ({
      stream,
      at,
      since: -1,
      count,
      sum,
      bounds: [0.1, 10],
      buckets: [0, count, 0],
    });
    world.feed(world.histograms(point(9, 10, 2), point(19, 20, 4 + 2), point(29, 30, 6 + 50)));
    const means = stepsTold(world, 30).map((values) => Math.exp(values['pay {} db.client.operation.duration']?.value ?? 0));
    expect(means[0]).toBeCloseTo(0.2, 9);
    expect(means[2]).toBeCloseTo(5, 9);
  });

  it('gives the mean of a histogram that measures no time, and its rate', () => {
    const world = createWorld();
    const stream = world.stream({ service: 'pay', metric: 'batch.size', unit: 'By', type: 'histogram' });
    world.feed(
      world.histograms(
        { stream, at: 9, since: 4, delta: true, count: 10, sum: 70 },
        { stream, at: 19, since: 9, delta: true, count: 0, sum: 0 },
      ),
    );
    const steps = stepsTold(world, 20);
    expect(steps[0]?.['pay {} batch.size']).toEqual({ value: 7, weight: 10 });
    expect(steps[0]?.['pay {} batch.size.count']).toEqual({ value: 2, weight: 5 });
    expect(steps[1]?.['pay {} batch.size.count']?.value).toBe(0);
    expect(steps[1]?.['pay {} batch.size']).toBeUndefined();
  });

  it('compares buckets as an exponential histogram grows by new extremes and halves its resolution', () => {
    const world = createWorld();
    const stream = server(world, 'http.server.request.duration', 's', '200');
    const other = server(world, 'http.server.request.duration', 's', '201');
    world.feed(
      world.histograms(
        { stream, at: 9, since: -1, count: 10, sum: 7, bounds: [0, 0.5, 1], buckets: [0, 0, 10, 0] },
        // The next point has seen 0.3 and 3 as well.
        { stream, at: 19, since: -1, count: 130, sum: 200, bounds: [0, 0.25, 0.5, 1, 2, 4], buckets: [0, 0, 10, 20, 0, 100, 0] },
        // And then its buckets are twice as wide.
        { stream, at: 29, since: -1, count: 230, sum: 400, bounds: [0, 0.25, 1, 4], buckets: [0, 0, 30, 200, 0] },
        // Another stream has another range.
        { stream: other, at: 29, since: 19, count: 900, sum: 9_000, bounds: [0, 8, 16], buckets: [0, 0, 900, 0] },
      ),
    );
    const p95 = stepsTold(world, 30).map((values) => values['ledger duration_p95']?.value ?? Number.NaN);
    expect(p95[0]).toBeCloseTo(0.975, 9);
    expect(p95[1]).toBeCloseTo(2 + (2 * (0.95 * 120 - 20)) / 100, 9);
    expect(p95[2]).toBeCloseTo(8 + (8 * (0.95 * 1_000 - 100)) / 900, 9);
  });

  it('keeps count and sum where new bounds split what was counted', () => {
    const world = createWorld();
    const stream = server(world, 'http.server.request.duration', 's', '200');
    world.feed(
      world.histograms(
        { stream, at: 9, since: -1, count: 10, sum: 7, bounds: [0, 2], buckets: [0, 10, 0] },
        { stream, at: 19, since: -1, count: 30, sum: 17, bounds: [0, 1, 2], buckets: [0, 20, 10, 0] },
      ),
    );
    const second = stepsTold(world, 20)[1];
    expect(second?.['ledger requests']?.value).toBe(2);
    expect(second?.['ledger duration_p95']).toBeUndefined();
  });

  it('reads histograms of deltas: a restart, a gap, an overlap, a duplicate', () => {
    const world = createWorld();
    const stream = server(world, 'http.server.request.duration', 's', '200');
    const delta = (at: number, since: number, count: number): TestHistogram => ({
      stream,
      at,
      since,
      delta: true,
      count,
      sum: count / 10,
      bounds,
      buckets: [count, 0, 0, 0],
    });
    world.feed(world.histograms(delta(5, 0, 50), delta(5, 0, 50), delta(8, 3, 70), delta(15, 5, 20), delta(38, 35, 30)));
    const rates = stepsTold(world, 40).map((values) => values['ledger requests']?.value);
    expect(rates).toEqual([10, 2, undefined, 10]);
    expect(world.normalizer.stats().points).toMatchObject({ duplicates: 1, overlaps: 1, gaps: 1, resets: 0 });
  });

  it('reads a cumulative histogram across a restart from its start time', () => {
    const world = createWorld();
    const stream = server(world, 'http.server.request.duration', 's', '200');
    world.feed(
      world.histograms(
        { stream, at: 9, since: -1, count: 100, sum: 10, bounds, buckets: [100, 0, 0, 0] },
        { stream, at: 19, since: 14, count: 150, sum: 90, bounds, buckets: [0, 0, 150, 0] },
      ),
    );
    const second = stepsTold(world, 20)[1];
    expect(second?.['ledger requests']?.value).toBe(30);
    expect(second?.['ledger duration_p95']?.value).toBeCloseTo(0.975, 9);
    expect(world.normalizer.stats().points).toMatchObject({ resets: 1, resetsInferred: 0 });
  });
});
