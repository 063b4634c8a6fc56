import { beforeAll, describe, expect, it } from 'vitest';
import { essence, expectToGoOn, secondOf } from './lived-story.ts';
import { DECLINES, paymentStory } from './payment-story.ts';
import { CONFIG, createSimulation, type Simulation, STORY_START } from './simulated-agent.ts';

describe('the whole agent, killed and started again in simulated time', () => {
  let story: Simulation;
  beforeAll(async () => {
    story = await createSimulation(paymentStory());
    await story.runTo(DECLINES.from);
  }, 180_000);

  it('tells nothing twice when it is killed at the moment it has told', async () => {
    const page = story.messages.find(({ reason }) => reason === 'first');
    const simulation = await createSimulation(paymentStory());
    await simulation.runTo(secondOf(page?.incident.pagedAt) + 1);
    expect(simulation.messages.map(({ groupKey }) => groupKey)).toEqual([page?.groupKey]);
    await simulation.crash();
    await simulation.crash();
    await simulation.runTo(DECLINES.from);
    expect(essence(simulation)).toEqual(essence(story).slice(0, 2));
  });

  it('loses no step between its snapshot and its log when it closes many at once', async () => {
    const simulation = await createSimulation(paymentStory());
    await simulation.runTo(40);
    simulation.suspend(35);
    await simulation.runTo(78);
    const { agent, shard } = simulation.built;
    const snapshot = simulation.store.latestSnapshot();
    expect(secondOf(agent.lastClosedStepAt)).toBe(77);
    // Of the last step of that run, not of one in its midst.
    expect((snapshot?.step ?? 0) + 1 - STORY_START / 1_000).toBe(74);
    const { newestStep } = shard;
    await simulation.crash();
    await simulation.runTo(80);
    expect(simulation.built.shard.newestStep).toBe(newestStep + 2);
    const closed = simulation.scaling.map(({ second }) => second);
    expect(closed).toEqual(Array.from({ length: closed.length }, (_, place) => place));
    expect(simulation.errors).toEqual([]);
  });

  it('takes no slice of an earlier configuration for one of the next', async () => {
    const simulation = await createSimulation(paymentStory());
    await simulation.runTo(40);
    // The same number of columns, another order: nothing in a batch says what they hold.
    const slices = [['payment.issuer'], ['payment.issuer', 'payment.provider']];
    const config = { ...CONFIG, dimensions: { ...CONFIG.dimensions, slices } };
    await simulation.crash({ config });
    await simulation.runTo(75);
    expect(simulation.errors).toEqual([]);
    const named = simulation.built.signals.all().flatMap(({ scope }) => (scope.kind === 'slice' ? Object.entries(scope.slice) : []));
    const issuers = named.flatMap(([dimension, value]) => (dimension === 'payment.issuer' ? [value] : []));
    expect(new Set(issuers)).toEqual(new Set(['birch', 'maple', 'willow']));
    await simulation.crash({ config });
    await simulation.runTo(80);
    expect(simulation.errors).toEqual([]);
  });

  it.each([
    ['is killed in quiet hours, before any snapshot', 17],
    ['is killed between two snapshots on the second day', 200],
  ])('goes on as if nothing had happened when it %s', (_when, second) => expectToGoOn(story, 'crash', second));
});
