import { z } from 'zod';
import { limit, pageSchema } from '../page-of.ts';
import { answered, defineRoute, type Route } from '../route.ts';
import { decisionKind, decisionRecord, decisionSummary } from '../schemas/decision.ts';

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/decisions',
  operationId: 'listDecisions',
  tag: 'decisions',
  summary: 'Decisions, newest first',
  description: 'The whole log, page by page. With a filter a page may be short, even empty, and still have a `next`.',
  access: 'token',
  query: z.strictObject({
    limit: limit(1_000, 100),
    cursor: z
      .string()
      .regex(/^[1-9]\d{0,14}$/, 'expected `next` of the page before')
      .exactOptional()
      .describe('`next` of the page before'),
    kind: decisionKind.exactOptional().describe('Only these'),
    subject: z.string().min(1).max(512).exactOptional().describe('Only those about this incident, service or target'),
  }),
  answer: pageSchema('DecisionPage', decisionSummary),
  successes: { 200: 'Decisions in short' },
  async handle({ query }, { deps }) {
    const { items, next } = await deps.archive.decisions({
      before: query.cursor === undefined ? undefined : Number(query.cursor),
      limit: query.limit,
      kind: query.kind,
      subject: query.subject,
    });
    return answered(next === undefined ? { items } : { items, next: String(next) });
  },
});

const one = defineRoute({
  method: 'GET',
  path: '/api/v1/decisions/{id}',
  operationId: 'getDecision',
  tag: 'decisions',
  summary: 'One decision with everything it was computed from',
  access: 'token',
  pathParameters: z.strictObject({
    id: z.string().describe('Its id, a beginning of it that no other has, or `#42` (as %2342) for its sequence'),
  }),
  answer: decisionRecord,
  successes: { 200: 'The record as it stands in the log' },
  errors: ['DECISION_NOT_FOUND', 'DECISION_AMBIGUOUS'],
  async handle({ path }, { deps }) {
    const found = await deps.archive.decision(path.id);
    return found.ok ? answered(found.value) : found;
  },
});

export const decisionRoutes: readonly Route[] = [list, one];
