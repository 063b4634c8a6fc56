import { expect } from 'vitest';
import { canonicalJson, type Json } from '../../core/hash.ts';
import { paymentStory, STORY_END } from './payment-story.ts';
import { createSimulation, type Simulation, STORY_START, type Story, type Told } from './simulated-agent.ts';

/** The whole story, lived to its end. */
export const live = async (story: Story): Promise<Simulation> => {
  const simulation = await createSimulation(story);
  await simulation.runTo(STORY_END);
  return simulation;
};

export const secondOf = (instant: number | undefined): number => ((instant ?? Number.NaN) - STORY_START) / 1_000;

/** What was told, without the ids of records, which depend on how many came before. */
export const essence = ({ messages }: Told): readonly Json[] =>
  messages.map(({ groupKey, reason, incident: { decisionId: _id, changes: _changes, ...incident } }) =>
    JSON.parse(JSON.stringify({ groupKey, reason, incident })),
  );

/** Starts and ends the agent at a second of the story; from there on it must find and tell what it does when nobody ends it. */
export const expectToGoOn = async (story: Simulation, how: 'crash' | 'restart', second: number): Promise<void> => {
  const simulation = await createSimulation(paymentStory());
  await simulation.runTo(second);
  await simulation[how]();
  expect(simulation.built.agent.replaying).toBe(false);
  // Ended and started without a batch in between, it still knows how far it had read.
  const { position } = simulation.built.shard;
  expect(position).toBeGreaterThan(0);
  await simulation.restart();
  expect(simulation.built.restored).toBe(true);
  expect(simulation.built.shard.position).toBe(position);
  const end = Math.min(STORY_END, second + 150);
  await simulation.runTo(end);
  expect(simulation.errors).toEqual([]);
  for (let later = second + 1; later < end - 2; later += 1) {
    expect(canonicalJson(JSON.parse(JSON.stringify(simulation.findings.get(later) ?? null))), `second ${later}`).toBe(
      canonicalJson(JSON.parse(JSON.stringify(story.findings.get(later) ?? null))),
    );
  }
  const until = STORY_START + 1_000 * (end - 2);
  const toldBy = (told: Told): readonly Json[] =>
    essence({
      ...told,
      messages: told.messages.filter(
        ({ incident }) => incident.updatedAt < until && (incident.state !== 'resolved' || incident.resolvedAt < until),
      ),
    });
  expect(toldBy(simulation)).toEqual(toldBy(story));
};
