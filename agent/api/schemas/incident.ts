import { z } from 'zod';
import { named } from './named.ts';
import { instant, measured, texts } from './scalars.ts';

const changeKind = z.enum(['deploy', 'config', 'flag', 'migration', 'scale', 'node', 'calendar', 'routing']).describe('What was done');

export const changeEvent = named(
  'ChangeEvent',
  z
    .strictObject({
      id: z.string(),
      at: instant.describe('When it took effect, ms since the epoch'),
      tenant: z.string(),
      kind: changeKind,
      service: z.string().exactOptional().describe('service.name it applies to, where one is known'),
      summary: z.string(),
      attributes: texts.describe('Named parts of the change'),
      source: z.string().describe('Who reported it: a collector, `api`, or `foreshock` for its own actions'),
    })
    .describe('Something somebody did on purpose that may explain a shift'),
);

const deployVerdict = z
  .strictObject({
    changeId: z.string(),
    kind: z.enum(['better', 'no-worse', 'worse', 'not-enough-traffic']),
    at: instant.describe('When it was given'),
    effects: z.array(
      z.strictObject({
        name: z.string().describe('requests, errors or duration'),
        scale: z.enum(['relative', 'points']).describe('Whether the effect is a part of the expected value or a difference of shares'),
        effect: z.number(),
        interval: z
          .strictObject({ lower: z.number(), upper: z.number() })
          .exactOptional()
          .describe('99 %, from windows without a change; absent where too few are known'),
        verdict: z.enum(['better', 'no-worse', 'worse', 'not-enough-traffic']),
      }),
    ),
    because: z.string(),
  })
  .describe('What a rollout did to its service, beside what its models had expected without it');

export const judgedChange = named(
  'JudgedChange',
  changeEvent
    .extend({ verdict: deployVerdict.exactOptional().describe('Half an hour after a rollout of a known service') })
    .describe('A change, with what it did to its service once that is known'),
);

const finding = named(
  'Finding',
  z
    .strictObject({
      detector: z.string(),
      signal: z.string().describe('Key of the signal'),
      tenant: z.string(),
      service: z.string(),
      name: z.string(),
      at: instant.describe('End of the step it speaks of'),
      since: instant.describe('End of the step in which the evidence began to grow: the onset, not the alarm'),
      direction: z.enum(['rise', 'fall']),
      harmful: z.boolean(),
      harm: z.enum(['rise', 'fall', 'either', 'none']).describe('The direction that hurts users'),
      observed: measured,
      expected: measured,
      lower: measured,
      upper: measured,
      unit: z.string(),
      pValue: measured.describe('Of the latest step alone, if nothing were wrong'),
      evidence: measured.describe('Accumulated -log10 p above reference'),
      contributions: z.array(z.strictObject({ name: z.string(), value: measured })).describe('Signed terms that sum to `evidence`'),
      because: z.string(),
      distrust: z.string().exactOptional().describe('Why it may wake nobody: its model is out of calibration'),
    })
    .describe('What a detector says of one signal while its evidence is open'),
);

const suspect = named(
  'Suspect',
  z
    .strictObject({
      kind: z.enum(['service', 'slice', 'edge']),
      service: z.string(),
      parts: texts,
      label: z.string(),
      score: measured,
      share: measured.describe('Share of the total score of all suspects, 0..1'),
      harmShare: measured.exactOptional().describe('For slices: share of the harmed events'),
      trafficShare: measured.exactOptional().describe('For slices: share of the traffic'),
      because: z.array(z.string()).describe('Reasons with numbers, strongest first'),
      change: changeEvent.exactOptional().describe('The change before the onset that best explains it'),
    })
    .describe('A candidate cause'),
);

const facts = z.strictObject({
  id: z.string(),
  tenant: z.string(),
  severity: z.enum(['warning', 'critical']),
  symptomService: z.string().describe('The service whose users are hurt'),
  title: z.string(),
  startedAt: instant.describe('Onset of the earliest evidence'),
  openedAt: instant,
  updatedAt: instant,
  findings: z.array(finding).describe('Latest finding of each signal, strongest first'),
  suspects: z.array(suspect).describe('Candidate causes, most likely first'),
  changes: z.array(changeEvent),
  services: z.array(z.string()).describe('Services touched'),
  pagedAt: instant.exactOptional().describe('Set once it was told to people'),
  suppressedBecause: z.string().exactOptional().describe('Why it was not told, while it was not'),
  decisionId: z.string().exactOptional().describe('The decision record of the page'),
});

/** What the API shows of agent/incident: the test beside this file holds both to the same shape. */
export const incident = named(
  'Incident',
  z
    .discriminatedUnion('state', [
      facts.extend({ state: z.literal('watching') }),
      facts.extend({ state: z.literal('open') }),
      facts.extend({ state: z.literal('resolved'), resolvedAt: instant, because: z.string() }),
    ])
    .describe('Findings that belong together, with ranked suspects'),
);
