import { z } from 'zod';
import { named } from './named.ts';
import { instant, reading, texts } from './scalars.ts';

export const signalSeries = named(
  'SignalSeries',
  z
    .strictObject({
      stepIndexFrom: z.number().describe('Step of the first value; step k ends at (k + 1) * stepSeconds since the epoch'),
      key: z.string().describe('Unique, and the same after restarts'),
      service: z.string(),
      name: z.string().describe('requests, errors, duration ...'),
      unit: z.string().describe('requests/s, ratio, s ...'),
      observed: z.array(reading),
      expected: z.array(reading),
      lower: z.array(reading),
      upper: z.array(reading),
    })
    .describe('The newest steps of a signal with the band in which each was expected before it was observed'),
);

const scope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('service') }),
  z.strictObject({ kind: z.literal('operation'), operation: z.string() }),
  z.strictObject({ kind: z.literal('edge'), callee: z.string() }),
  z.strictObject({ kind: z.literal('slice'), slice: texts }),
  z.strictObject({ kind: z.literal('resource'), attributes: texts }),
]);

const identity = {
  key: z.string().describe('Unique, and the same after restarts'),
  service: z.string(),
  name: z.string(),
  scope: scope.describe('What of the service it measures'),
  kind: z.enum(['gauge', 'rate', 'ratio', 'duration']),
  unit: z.string(),
};

export const signalDescription = named(
  'Signal',
  z
    .strictObject({ ...identity, harm: z.enum(['rise', 'fall', 'either', 'none']).describe('The direction that hurts users') })
    .describe('One number a step that detectors watch'),
);

export const storedSteps = named(
  'SignalSteps',
  z
    .strictObject({
      ...identity,
      stepSeconds: z.number(),
      from: instant.describe('Begin of the first step'),
      to: instant.describe('End of the last step'),
      values: z.array(reading).describe('One a step, null where nothing was observed; durations in seconds (geometric mean)'),
      weights: z.array(z.number()).describe('Observations, events or seconds behind each value; 0 where nothing was observed'),
      next: instant.exactOptional().describe('Where to go on: `from` of the next request. Absent when the range is complete'),
    })
    .describe('Stored steps of one signal'),
);
