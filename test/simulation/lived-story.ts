import type { Json } from '../../core/hash.ts';
import { STORY_END } from './payment-story.ts';
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
