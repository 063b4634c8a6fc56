import { describe, expect, it } from 'vitest';
import { createWorld, EPOCH, told } from './stories.fixture.ts';

const indexAt = (seconds: number): number => (EPOCH + seconds * 1_000) / 10_000;

describe('closing steps', () => {
  it('closes nothing before the first data, and not before end and grace have passed', () => {
    const world = createWorld();
    expect(world.close(1_000)).toEqual({ steps: [], revisions: [], late: 0 });
    world.feed(world.spans({ service: 'pay', end: 3 }));
    expect(world.close(9.999).steps).toEqual([]);
    const { steps } = world.close(10);
    expect(steps.map(({ index, startsAt, endsAt }) => [index, startsAt, endsAt])).toEqual([[indexAt(0), EPOCH, EPOCH + 10_000]]);
  });

  it('closes steps of silence too, in order and empty', () => {
    const world = createWorld();
    world.feed(world.spans({ service: 'pay', end: 3 }), world.spans({ service: 'pay', end: 43 }));
    const { steps } = world.close(50);
    expect(steps.map((step) => step.index - indexAt(0))).toEqual([0, 1, 2, 3, 4]);
    expect(steps.map((step) => step.length > 0)).toEqual([true, false, false, false, true]);
  });

  it('puts a span into the step in which it ends', () => {
    const world = createWorld();
    world.feed(world.spans({ service: 'pay', end: 10, seconds: 5 }, { service: 'pay', end: 9.9999, seconds: 5 }));
    const { steps } = world.close(20);
    expect(steps.map((step) => told(world, step)['pay requests']?.value)).toEqual([0.1, 0.1]);
  });

  it('lets the second batch bring older data than the first, while nothing has closed', () => {
    const world = createWorld();
    world.feed(world.spans({ service: 'pay', end: 13 }), world.spans({ service: 'pay', end: 3 }));
    expect(world.close(20).steps.map((step) => step.index - indexAt(0))).toEqual([0, 1]);
  });

  it('does not let one stray row of the first batch open hours of silence', () => {
    const world = createWorld();
    world.feed(world.spans({ service: 'pay', end: -86_400 }, { service: 'pay', end: 3 }));
    const { steps, late } = world.close(10);
    expect(steps).toHaveLength(1);
    expect(late).toBe(1);
  });

  it('counts a span of no duration or time as invalid, and the rest of its batch', () => {
    const world = createWorld();
    const batch = world.spans({ service: 'pay', end: 3 }, { service: 'pay', end: 4 }, { service: 'pay', end: 5 });
    batch.spans?.durationNanos.set([Number.NaN, -1]);
    world.feed(batch);
    expect(told(world, world.close(10).steps[0])['pay requests']?.value).toBe(0.1);
    expect(world.normalizer.stats().spans.invalid).toBe(2);
  });
});

describe('zero and absent', () => {
  it('tells a true zero of a service that reports but got no request, and nothing of one that fell silent', () => {
    const world = createWorld();
    const memory = world.stream({ service: 'pay', metric: 'process.memory.usage', type: 'sum' });
    world.feed(
      world.spans({ service: 'pay', key: 1, end: 3, dimensions: { 'payment.provider': 'psp-north' } }),
      world.spans({ service: 'pay', kind: 'client', parent: 1, end: 3, peer: 'bank' }),
      world.points({ stream: memory, type: 'gauge', at: 3, value: 5 }, { stream: memory, type: 'gauge', at: 13, value: 5 }),
    );
    const { steps } = world.close(30);
    const [first, reporting, silent] = steps.map((step) => told(world, step));
    expect(first?.['pay reporting']).toEqual({ value: 1, weight: 1 });
    expect(reporting?.['pay requests']).toEqual({ value: 0, weight: 10 });
    expect(reporting?.['pay -> bank requests']).toEqual({ value: 0, weight: 10 });
    expect(reporting?.['pay [psp-north] requests']).toEqual({ value: 0, weight: 10 });
    expect(reporting?.['pay errors']).toBeUndefined();
    expect(reporting?.['pay duration_p95']).toBeUndefined();
    expect(silent).toEqual({});
    expect(world.normalizer.liveness()).toEqual([{ tenant: 'default', service: 'pay', lastReportedAt: EPOCH + 20_000 }]);
    expect(world.normalizer.reportedIn(indexAt(10))).toEqual(['pay']);
    expect(world.normalizer.reportedIn(indexAt(20))).toEqual([]);
  });

  it('tells no zero of a slice before it was first seen', () => {
    const world = createWorld();
    world.feed(
      world.spans({ service: 'pay', end: 3 }),
      world.spans({ service: 'pay', end: 13, dimensions: { 'payment.provider': 'psp-north' } }),
    );
    const { steps } = world.close(20);
    expect(told(world, steps[0])['pay [psp-north] requests']).toBeUndefined();
  });

  it('forgets a slice after a day without events, and takes it back under the same id', () => {
    const scale = { stepMs: 10_000, dayLengthMs: 300_000 };
    const world = createWorld({ scale });
    const slice = { 'payment.provider': 'psp-north' };
    world.feed(world.spans({ service: 'pay', end: 1, dimensions: slice }));
    world.close(10);
    const ids = world.signals.size;
    for (let at = 11; at < 400; at += 10) {
      world.feed(world.spans({ service: 'pay', end: at }));
      const values = told(world, world.close(at + 9).steps[0]);
      expect(values['pay [psp-north] requests']?.value).toBe(at < 310 ? 0 : undefined);
    }
    world.feed(world.spans({ service: 'pay', end: 401, dimensions: slice }));
    expect(told(world, world.close(410).steps[0])['pay [psp-north] requests']?.value).toBe(0.1);
    expect(world.signals.size).toBe(ids);
  });
});

describe('late data', () => {
  it('amends a closed step openly, before and after named', () => {
    const world = createWorld();
    world.feed(world.spans({ service: 'pay', end: 3 }));
    world.close(10);
    world.feed(world.spans({ service: 'pay', end: 4, error: true }));
    const { steps, revisions, late } = world.close(10);
    expect([steps.length, late]).toEqual([0, 0]);
    const named = Object.fromEntries(revisions.map((revision) => [world.signals.describe(revision.signal).name, revision]));
    expect(named.requests).toMatchObject({ index: indexAt(0), before: { value: 0.1, weight: 10 }, after: { value: 0.2, weight: 10 } });
    expect(named.errors).toMatchObject({ before: { value: 0, weight: 1 }, after: { value: 0.5, weight: 2 } });
    expect(named.reporting).toBeUndefined();
    expect(world.close(10).revisions).toEqual([]);
  });

  it('amends a silent step: what was absent has no before', () => {
    const world = createWorld();
    world.feed(world.spans({ service: 'pay', end: 3 }), world.spans({ service: 'pay', end: 23 }));
    world.close(30);
    world.feed(world.spans({ service: 'pay', end: 13 }));
    const { revisions } = world.close(30);
    const requests = revisions.find((revision) => world.signals.describe(revision.signal).name === 'requests');
    expect(requests).toMatchObject({ index: indexAt(10), after: { value: 0.1, weight: 10 } });
    expect(requests?.before).toBeUndefined();
  });

  it('joins a late call with a server span it kept', () => {
    const world = createWorld();
    world.feed(world.spans({ service: 'ledger', parent: 1, end: 3 }, { service: 'pay', end: 3 }));
    world.close(10);
    world.feed(world.spans({ service: 'pay', kind: 'client', key: 1, end: 3.1, peer: 'x' }));
    const names = world.close(10).revisions.map((revision) => world.signals.describe(revision.signal).scope);
    expect(names).toContainEqual({ kind: 'edge', callee: 'ledger' });
  });

  it('counts what is older than the lateness and changes nothing', () => {
    const world = createWorld();
    world.feed(world.spans({ service: 'pay', end: 3 }), world.spans({ service: 'pay', end: 203 }));
    world.close(210);
    world.feed(world.spans({ service: 'pay', end: 4 }, { service: 'pay', end: 95 }));
    const { revisions, late } = world.close(210);
    expect(late).toBe(1);
    expect(new Set(revisions.map((revision) => revision.index))).toEqual(new Set([indexAt(90)]));
    expect(world.normalizer.stats()).toMatchObject({ late: 1, amended: 1 });
    expect(world.close(210).late).toBe(0);
  });

  it('counts an export that was sent twice once, also when the second comes after the close', () => {
    const world = createWorld();
    const batch = world.spans({ service: 'pay', end: 3 }, { service: 'pay', end: 4 });
    world.feed(batch, batch);
    expect(told(world, world.close(10).steps[0])['pay requests']?.value).toBe(0.2);
    world.feed(batch);
    expect(world.close(10).revisions).toEqual([]);
    expect(world.normalizer.stats().spans).toMatchObject({ consumed: 2, duplicates: 4 });
  });
});
