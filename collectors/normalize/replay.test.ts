import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../core/batch.ts';
import type { ClosedStep } from '../../core/signal.ts';
import { comparable, createWorld, type TestSpan, told, type World } from './stories.fixture.ts';

const SERVICES = ['shop', 'pay', 'ledger'];

/** One payment: shop calls pay, pay calls the ledger and the bank; times in milliseconds. */
const payment = fc.record({
  end: fc.integer({ min: 500, max: 59_000 }),
  millis: fc.integer({ min: 1, max: 400 }),
  failed: fc.boolean(),
  provider: fc.constantFrom('north', 'south', undefined),
  outcome: fc.constantFrom('approved', 'declined', 'timeout', undefined),
  answered: fc.boolean(),
});
type Payment = typeof payment extends fc.Arbitrary<infer Value> ? Value : never;

const spansOf = ({ end, millis, failed, provider, outcome, answered }: Payment, at: number): TestSpan[] => {
  const key = 1 + at * 10;
  const second = (offset: number): number => (end + offset) / 1_000;
  const took = (factor: number): number => (millis * factor) / 1_000;
  const labels = {
    ...(provider === undefined ? {} : { dimensions: { 'payment.provider': provider } }),
    ...(outcome === undefined ? {} : { outcome }),
  };
  const served: TestSpan[] = answered
    ? [{ service: 'ledger', key: key + 4, parent: key + 3, end: second(-2), seconds: took(0.3), error: failed, ...labels }]
    : [];
  return [
    { service: 'shop', key, end: second(0), seconds: took(1), error: failed },
    { service: 'shop', kind: 'client', key: key + 1, parent: key, end: second(0), seconds: took(0.9), peer: 'pay' },
    { service: 'pay', key: key + 2, parent: key + 1, end: second(0), seconds: took(0.8), error: failed, ...labels },
    { service: 'pay', kind: 'client', key: key + 3, parent: key + 2, end: second(-1), seconds: took(0.4), error: failed, peer: '10.0.0.9' },
    { service: 'pay', kind: 'client', key: key + 5, parent: key + 2, end: second(0), seconds: took(0.5), peer: 'bank' },
    ...served,
  ];
};

const requestsIn = (world: World, steps: readonly ClosedStep[]): number =>
  steps.reduce((sum, step) => {
    const values = told(world, step);
    return sum + SERVICES.reduce((total, service) => total + Math.round((values[`${service} requests`]?.value ?? 0) * 10), 0);
  }, 0);

/** Gauges, counters and histograms of two pods over a minute, one batch a point. */
const metricBatches = (world: World): Batch[] => {
  const batches: Batch[] = [];
  for (const [pod, instance] of ['a', 'b'].entries()) {
    const gauge = world.stream({ service: 'pay', metric: 'cpu.ratio', instance });
    const counter = world.stream({ service: 'pay', metric: 'payments', type: 'counter', instance });
    const duration = world.stream({ service: 'mail', metric: 'http.server.request.duration', unit: 's', type: 'histogram', instance });
    for (let at = 1 + pod; at < 60; at += 4) {
      batches.push(world.points({ stream: gauge, type: 'gauge', at, value: 0.1 * at }));
      const reset = at > 30;
      batches.push(world.points({ stream: counter, type: 'counter', at, since: reset ? 30 : -9, value: reset ? at / 7 : at * 3.3 }));
      const buckets = [at, 2 * at, at];
      batches.push(world.histograms({ stream: duration, at, since: -9, count: at * 4, sum: at * 1.7, bounds: [0.1, 1], buckets }));
    }
  }
  return batches;
};

describe('arrival', () => {
  it('loses and invents no request: closed steps hold every server span but the late ones', () => {
    fc.assert(
      fc.property(
        fc.array(payment, { minLength: 1, maxLength: 30 }),
        fc.array(fc.nat({ max: 80 }), { maxLength: 30 }),
        (payments, delays) => {
          const world = createWorld({ latenessMs: 20_000, graceMs: 0 });
          const spans = payments.flatMap(spansOf).filter((span) => span.kind === undefined);
          // Each span arrives some seconds after its end; steps close as time goes by.
          const arrivals = spans.map((span, i) => ({ span, at: span.end + (delays[i] ?? 0) })).sort((a, b) => a.at - b.at);
          const final = new Map<number, number>();
          let late = 0;
          const take = (now: number): void => {
            const closed = world.close(now);
            late += closed.late;
            for (const step of closed.steps) final.set(step.index, requestsIn(world, [step]));
            for (const { index, signal, before, after } of closed.revisions) {
              const { name, scope } = world.signals.describe(signal);
              if (name !== 'requests' || scope.kind !== 'service') continue;
              final.set(index, (final.get(index) ?? 0) + Math.round((after.value - (before?.value ?? 0)) * 10));
            }
          };
          for (const { span, at } of arrivals) {
            take(at);
            world.feed(world.spans(span));
          }
          take(300);
          take(300);
          expect([...final.values()].reduce((sum, value) => sum + value, 0)).toBe(spans.length - late);
          expect(world.normalizer.stats().spans.consumed).toBe(spans.length - late);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives the same steps, to the last bit, in whatever order data arrives within grace', () => {
    fc.assert(
      fc.property(fc.array(payment, { minLength: 1, maxLength: 25 }), fc.infiniteStream(fc.nat()), (payments, random) => {
        const world = createWorld();
        const batches = [...payments.flatMap(spansOf).map((span) => world.spans(span)), ...metricBatches(world)];
        const ranks = new Map(batches.map((batch) => [batch, random.next().value ?? 0]));
        const shuffled = [...batches].sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
        world.feed(...batches);
        const other = world.fresh();
        other.feed(...shuffled);
        expect(other.close(60).steps).toEqual(world.close(60).steps);
        expect(other.signals.all()).toEqual(world.signals.all());
        expect(other.normalizer.graph()).toEqual(world.normalizer.graph());
      }),
      { numRuns: 40 },
    );
  });
});

describe('restart', () => {
  it('arrives at the same steps, revisions and graph from any snapshot and the log after it', () => {
    fc.assert(
      fc.property(fc.array(payment, { minLength: 1, maxLength: 25 }), fc.double({ min: 0, max: 1, noNaN: true }), (payments, cut) => {
        const world = createWorld({
          objectives: [{ name: 'fast', service: 'pay', kind: 'latency', thresholdSeconds: 0.1 }],
          maximumSignals: 40,
        });
        const timed = [...payments.flatMap(spansOf).map((span) => ({ at: span.end, batch: world.spans(span) }))];
        for (const batch of metricBatches(world)) timed.push({ at: (batch.receivedAt - 1_800_000_000_000) / 1_000, batch });
        // Some data comes late, so that steps are amended before and after the cut.
        const log = timed.map((entry, i) => ({ ...entry, at: entry.at + (i % 7 === 0 ? 25 : 0) })).sort((a, b) => a.at - b.at);
        const from = Math.floor(cut * log.length);
        const run = (target: World, entries: typeof log): unknown[] =>
          entries.flatMap(({ at, batch }) => {
            const closed = target.close(at);
            target.feed(batch);
            return [
              comparable(target, closed.steps),
              closed.revisions.map(({ index, before, after }) => ({ index, before, after })),
              closed.late,
            ];
          });
        run(world, log.slice(0, from));
        const snapshot = world.normalizer.snapshot();
        const other = world.restored(snapshot);
        expect(other.normalizer.position()).toBe(from === 0 ? undefined : from);
        expect(Buffer.from(other.normalizer.snapshot()).equals(snapshot)).toBe(true);
        const rest = log.slice(from);
        expect(run(other, rest)).toEqual(run(world, rest));
        const [there, here] = [other.close(200), world.close(200)];
        expect(comparable(other, there.steps)).toEqual(comparable(world, here.steps));
        expect(there.revisions).toEqual(here.revisions);
        expect(other.normalizer.graph()).toEqual(world.normalizer.graph());
        expect(other.normalizer.stats()).toEqual(world.normalizer.stats());
        expect(Buffer.from(other.normalizer.snapshot()).equals(world.normalizer.snapshot())).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps what a changed configuration still means, and starts the rest', () => {
    const world = createWorld({ objectives: [{ name: 'old', service: 'pay', kind: 'availability' }] });
    world.feed(world.spans({ service: 'pay', end: 3, version: '1', dimensions: { 'payment.provider': 'north' } }));
    world.close(10);
    const other = world.restored(world.normalizer.snapshot(), {
      sliceGroups: [['service.version'], ['payment.provider']],
      objectives: [{ name: 'new', service: 'pay', kind: 'availability' }],
    });
    other.feed(other.spans({ service: 'pay', end: 13, dimensions: { 'payment.provider': 'north' } }));
    const values = told(other, other.close(20).steps[0]);
    expect(values['pay [north] requests']?.value).toBe(0.1);
    expect(values['pay [1] requests']?.value).toBe(0);
    expect(values['pay slo:new']).toEqual({ value: 0, weight: 1 });
    expect(values['pay slo:old']).toBeUndefined();
  });

  it.each([
    { bytes: 'nothing', change: () => new Uint8Array(0), message: 'bytes that are none' },
    { bytes: 'noise', change: () => new Uint8Array(64).fill(7), message: 'bytes that are none' },
    { bytes: 'another format', change: (good: Uint8Array) => good.with(7, 99), message: 'expected format 1, found format 99' },
    { bytes: 'half of one', change: (good: Uint8Array) => good.slice(0, good.length / 2), message: 'cut short' },
  ])('refuses a snapshot that is $bytes', ({ change, message }) => {
    const world = createWorld();
    world.feed(world.spans({ service: 'pay', end: 3 }));
    expect(() => world.restored(change(world.normalizer.snapshot()))).toThrow(message);
  });

  it('refuses a snapshot of other steps', () => {
    const world = createWorld();
    world.feed(world.spans({ service: 'pay', end: 3 }));
    const scale = { stepMs: 5_000, dayLengthMs: 86_400_000 };
    expect(() => world.restored(world.normalizer.snapshot(), { scale })).toThrow('its steps are 10000 ms long, now 5000 ms');
  });
});
