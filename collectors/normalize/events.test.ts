import { describe, expect, it } from 'vitest';
import { AMOUNT, DECLINED_SHARE, FAILED_SHARE, OUTCOME, PAYMENTS, PROVIDER, RAIL } from '../../core/business.ts';
import { createWorld, type Told, told, type World } from './stories.fixture.ts';

const streamOf = (
  world: World,
  outcome: string,
  provider = 'north',
  change: { readonly metric?: string; readonly unit?: string; readonly instance?: string } = {},
) =>
  world.stream({
    service: 'payments',
    metric: PAYMENTS,
    unit: '{payment}',
    type: 'events',
    attributes: { [RAIL]: 'card', [PROVIDER]: provider, [OUTCOME]: outcome },
    ...change,
  });

/** The value of the signal whose label ends so. */
const shown = (step: Readonly<Record<string, Told>>, outcome: string, name: string, provider = 'north'): number | undefined =>
  Object.entries(step).find(
    ([label]) => label.includes(`${OUTCOME}=${outcome}`) && label.includes(`=${provider}`) && label.endsWith(` ${name}`),
  )?.[1].value;

describe('payments that were counted one by one', () => {
  it('add up in whatever order they come, and make shares of all payments of their rail and provider', () => {
    const world = createWorld();
    const [approved, declined, failed, south] = [
      streamOf(world, 'approved'),
      streamOf(world, 'declined'),
      streamOf(world, 'failed'),
      streamOf(world, 'approved', 'south'),
    ];
    world.feed(
      world.points(
        { stream: approved, type: 'events', at: 8, value: 50 },
        { stream: approved, type: 'events', at: 2, value: 20 },
        { stream: approved, type: 'events', at: 2, value: 10 },
        { stream: declined, type: 'events', at: 5, value: 15 },
        { stream: failed, type: 'events', at: 5, value: 5 },
        { stream: south, type: 'events', at: 5, value: 900 },
      ),
    );
    const step = told(world, world.close(10).steps[0]);
    expect(shown(step, 'approved', PAYMENTS)).toBe(8);
    expect(shown(step, 'declined', DECLINED_SHARE)).toBe(0.15);
    expect(shown(step, 'failed', FAILED_SHARE)).toBe(0.05);
    expect(shown(step, 'approved', PAYMENTS, 'south')).toBe(90);
  });

  it('are absent where nobody looked, and none where somebody did', () => {
    const world = createWorld();
    const [approved, declined] = [streamOf(world, 'approved'), streamOf(world, 'declined')];
    world.feed(
      world.points({ stream: approved, type: 'events', at: 5, value: 10 }, { stream: declined, type: 'events', at: 5, value: 0 }),
      world.points({ stream: approved, type: 'events', at: 29, value: 0 }, { stream: declined, type: 'events', at: 29, value: 0 }),
    );
    const steps = world.close(30).steps.map((step) => told(world, step));
    expect(steps.map((step) => shown(step, 'approved', PAYMENTS))).toEqual([1, undefined, 0]);
    // A share of no payments is no share.
    expect(steps.map((step) => shown(step, 'declined', DECLINED_SHARE))).toEqual([0, undefined, undefined]);
  });

  it('amend their step exactly when they come late, although newer ones were read', () => {
    const world = createWorld();
    const approved = streamOf(world, 'approved');
    world.feed(
      world.points({ stream: approved, type: 'events', at: 5, value: 10 }, { stream: approved, type: 'events', at: 15, value: 40 }),
    );
    expect(world.close(20).steps).toHaveLength(2);
    world.feed(world.points({ stream: approved, type: 'events', at: 6, value: 30 }));
    const { revisions } = world.close(30);
    expect(revisions).toHaveLength(1);
    expect(revisions[0]).toMatchObject({ before: { value: 1 }, after: { value: 4 } });
  });

  it('hurt when approved ones fall and when the share of others rises; money by itself hurts nobody', () => {
    const world = createWorld();
    const money = { metric: AMOUNT, unit: 'EUR' };
    const points = ['approved', 'declined', 'failed'].flatMap((outcome) =>
      [streamOf(world, outcome), streamOf(world, outcome, 'north', money)].map((stream) => ({
        stream,
        type: 'events' as const,
        at: 5,
        value: 1,
      })),
    );
    world.feed(world.points(...points));
    world.close(10);
    const harms = world.signals
      .all()
      .filter(({ name }) => name.startsWith('business.'))
      .map(({ name, harm, unit, scope }) => {
        const outcome = scope.kind === 'resource' ? scope.attributes[OUTCOME] : '';
        return `${name} ${outcome} ${unit} ${harm}`;
      });
    expect(harms.sort()).toEqual([
      'business.amount approved EUR/s none',
      'business.amount declined EUR/s none',
      'business.amount failed EUR/s none',
      'business.declined declined 1 rise',
      'business.failed failed 1 rise',
      'business.payments approved {payment}/s fall',
      'business.payments declined {payment}/s none',
      'business.payments failed {payment}/s none',
    ]);
  });

  it('of two sources are one number, also after a restart in the midst of a step', () => {
    const world = createWorld();
    const [one, two] = [streamOf(world, 'approved'), streamOf(world, 'approved', 'north', { instance: 'nats/other' })];
    world.feed(world.points({ stream: one, type: 'events', at: 5, value: 10 }));
    const again = world.restored(world.normalizer.snapshot());
    again.feed(again.points({ stream: two, type: 'events', at: 6, value: 20 }));
    expect(shown(told(again, again.close(10).steps[0]), 'approved', PAYMENTS)).toBe(3);
  });

  it('have nothing to do with how far their source was read', () => {
    const world = createWorld();
    const cursor = world.stream({ service: 'payments', metric: 'nats.cursor', type: 'events' });
    world.feed(world.points({ stream: cursor, type: 'cursor', at: 5, value: 77 }));
    world.close(10);
    expect(world.signals.size).toBe(0);
  });
});
