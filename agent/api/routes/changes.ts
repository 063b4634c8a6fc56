import { z } from 'zod';
import type { ReportedChange } from '../agent-view.ts';
import type { ChangeInput } from '../contract.ts';
import { pageOf, pageSchema, paging } from '../page-of.ts';
import { answered, defineRoute, type Route } from '../route.ts';
import { changeBatch, changeReceipts, changeReport, changeRequest } from '../schemas/change-request.ts';
import { changeEvent, judgedChange } from '../schemas/incident.ts';

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/changes',
  operationId: 'listChanges',
  tag: 'changes',
  summary: 'Changes, newest first',
  description: 'The last 200, those that Foreshock itself made included. Rollouts have a verdict half an hour later.',
  access: 'token',
  query: z.strictObject({
    ...paging,
    kind: changeEvent.shape.kind.exactOptional().describe('Only these'),
    service: z.string().min(1).max(256).exactOptional().describe('Only those of this service'),
  }),
  answer: pageSchema('ChangePage', judgedChange),
  successes: { 200: 'Changes' },
  errors: ['INVALID_CURSOR'],
  handle({ query }, { deps }) {
    const listed = deps.view
      .state()
      .changes.filter(({ kind, service }) => kind === (query.kind ?? kind) && (query.service === undefined || service === query.service));
    const page = pageOf(listed, ({ id }) => id, query);
    return page.ok ? answered(page.value) : page;
  },
});

const isBatch = (body: unknown): boolean => typeof body === 'object' && body !== null && 'changes' in body;

const reported = (body: ChangeInput | { readonly changes: readonly ChangeInput[] }): readonly ReportedChange[] =>
  'changes' in body ? body.changes : [body];

const report = defineRoute({
  method: 'POST',
  path: '/api/v1/changes',
  operationId: 'reportChanges',
  tag: 'changes',
  summary: 'Report one change or several',
  description:
    'For pipelines and flag systems. A change with an id may be reported as often as one likes: it is one change. The same id with other facts is refused (409). All changes of a request are checked before the first is stored; after a 503 report the same again.',
  access: 'token',
  body: {
    schema: changeReport,
    schemaFor: (body) => (isBatch(body) ? changeBatch : changeRequest),
    invalid: 'INVALID_CHANGE',
    examples: {
      deploy: {
        summary: 'A deploy, from a pipeline',
        value: {
          id: 'ci-run-48213',
          kind: 'deploy',
          service: 'payments/ledger',
          summary: 'ledger 4.17.2',
          attributes: { version: '4.17.2' },
        },
      },
      flags: {
        summary: 'Two flags, from a flag system',
        value: {
          changes: [
            { id: 'flag-871', kind: 'flag', service: 'payments/router', summary: 'new-routing on for 10 %', at: '2026-03-01T09:00:00Z' },
            { id: 'flag-872', kind: 'flag', service: 'payments/gateway', summary: 'retries off', at: '2026-03-01T09:00:05Z' },
          ],
        },
      },
    },
  },
  answer: changeReceipts,
  successes: { 200: 'Each change is on disk' },
  errors: ['CHANGE_ID_TAKEN', 'CHANGE_NOT_STORED'],
  async handle({ body }, { deps }) {
    const stored = await deps.postChanges(reported(body));
    return stored.ok ? answered({ changes: stored.value }) : stored;
  },
});

export const changeRoutes: readonly Route[] = [list, report];
