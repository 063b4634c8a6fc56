import { z } from 'zod';
import { DECISION_KINDS } from '../../audit/decision-record.ts';
import { named } from './named.ts';
import { instant } from './scalars.ts';

export const decisionKind = z.enum(DECISION_KINDS);

export const decisionSummary = named(
  'DecisionSummary',
  z
    .strictObject({
      sequence: z.number().describe('1 for the first record; no gaps'),
      id: z.string(),
      at: instant,
      kind: decisionKind,
      subject: z.string().describe('Incident, service or target it is about'),
      summary: z.string(),
      outcome: z.string(),
    })
    .describe('One decision as listed'),
);

export const decisionRecord = named(
  'Decision',
  z
    .strictObject({
      sequence: z.number(),
      id: z.string(),
      kind: decisionKind,
      at: instant,
      tenant: z.string(),
      subject: z.string(),
      inputs: z.unknown().describe('Everything the decision was computed from; its shape belongs to the kind and the version'),
      output: z.unknown().describe('What was decided; its shape belongs to the kind and the version'),
      versions: z.strictObject({
        foreshock: z.string(),
        node: z.string(),
        config: z.string().describe('SHA-256 of the configuration in force'),
        code: z.string().exactOptional(),
      }),
      previousHash: z.string(),
      hash: z.string().describe('SHA-256 over the canonical JSON of the record without it'),
    })
    .describe('One line of the decision log, self-contained: `foreshock replay` computes it again'),
);
