import type { SignalKind } from '../../core/signal.ts';

/**
 * A deviation smaller than this is not worth a person's attention however certain it is: it counts as p = 0.5.
 * Both parts must be exceeded.
 */
export interface EffectFloor {
  /** Share of the expected value. For a fall the value must be below expected / (1 + relative). */
  readonly relative: number;
  /** In the signal's unit. */
  readonly absolute: number;
  /** Events that must have gone wrong in the step (ratios). */
  readonly events: number;
  readonly because: string;
}

export type EffectFloors = Readonly<Record<SignalKind, EffectFloor>>;

export const EFFECT_FLOORS: EffectFloors = {
  gauge: {
    relative: 0.25,
    absolute: 0,
    events: 0,
    because: 'a quarter is where utilization and queues begin to change how a service behaves',
  },
  rate: {
    relative: 0.25,
    absolute: 0,
    events: 0,
    because: 'traffic varies by a fifth from one day to the next for reasons nobody needs to know',
  },
  ratio: {
    relative: 0.3,
    absolute: 0.02,
    events: 2,
    because:
      'two points in a hundred are what a customer notices, and one failed request is an anecdote; where a tenth is always declined, a third more of it is what such shares do by themselves',
  },
  duration: {
    relative: 0.3,
    absolute: 0.005,
    events: 0,
    because: 'less than a third or 5 ms is within what a deploy, a garbage collection or a neighbor does',
  },
};
