import { z } from 'zod';
import { fail } from '../../../core/outcome.ts';
import type { AgentState } from '../contract.ts';
import { pageOf, pageSchema, paging } from '../page-of.ts';
import { answered, defineRoute, type Route } from '../route.ts';
import { incident } from '../schemas/incident.ts';

type Incident = AgentState['incidents'][number];

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/incidents',
  operationId: 'listIncidents',
  tag: 'incidents',
  summary: 'Incidents',
  access: 'token',
  query: z.strictObject({
    ...paging,
    state: z.enum(['watching', 'open', 'resolved']).exactOptional().describe('Only these'),
    service: z.string().min(1).max(256).exactOptional().describe('Only those that touch this service'),
  }),
  answer: pageSchema('IncidentPage', incident),
  successes: { 200: 'Open ones first, then watched, then resolved; newest first within each. The last 100 resolved are kept' },
  errors: ['INVALID_CURSOR'],
  handle({ query }, { deps }) {
    const isAsked = ({ state, services }: Incident): boolean =>
      (query.state === undefined || state === query.state) && (query.service === undefined || services.includes(query.service));
    const listed = deps.view.state().incidents.filter(isAsked);
    const page = pageOf(listed, ({ id }) => id, query);
    return page.ok ? answered(page.value) : page;
  },
});

const one = defineRoute({
  method: 'GET',
  path: '/api/v1/incidents/{id}',
  operationId: 'getIncident',
  tag: 'incidents',
  summary: 'One incident',
  access: 'token',
  pathParameters: z.strictObject({ id: z.string() }),
  answer: incident,
  successes: { 200: 'The incident with its findings and suspects' },
  errors: ['UNKNOWN_INCIDENT'],
  handle({ path }, { deps }) {
    const found = deps.view.incident(path.id);
    return found === undefined ? fail('UNKNOWN_INCIDENT', 'no incident has this id') : answered(found);
  },
});

export const incidentRoutes: readonly Route[] = [list, one];
