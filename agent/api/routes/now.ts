import { z } from 'zod';
import { fail } from '../../../core/outcome.ts';
import { pageOf, pageSchema, paging } from '../page-of.ts';
import { answered, defineRoute, type Route } from '../route.ts';
import { sloBudget } from '../schemas/scaling.ts';
import { agentState, callGraph, modelTally, serviceCard, serviceStatus } from '../schemas/state.ts';

const state = defineRoute({
  method: 'GET',
  path: '/api/v1/state',
  operationId: 'getState',
  tag: 'now',
  summary: 'Everything the page shows',
  access: 'token',
  answer: agentState,
  successes: { 200: 'The state with the newest steps of every window' },
  handle: (_request, { deps }) => answered(deps.view.state()),
});

const events = defineRoute({
  method: 'GET',
  path: '/api/v1/events',
  operationId: 'streamEvents',
  tag: 'now',
  summary: 'Follow the state',
  description:
    'Server-sent events: `state` once with full windows, then `update` after each closed step with the tails of the windows. Each is a State as JSON. At most 64 clients.',
  access: 'token',
  mediaType: 'text/event-stream',
  answer: z.string(),
  successes: { 200: 'The stream; it does not end' },
  errors: ['TOO_MANY_STREAMS'],
  handle({ reply }, { stream }) {
    const headers = Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));
    if (stream.add(reply.raw, headers)) return 'taken-over';
    reply.header('retry-after', '10');
    return fail('TOO_MANY_STREAMS', 'every event stream is taken; retry later', { retryable: true });
  },
});

const services = defineRoute({
  method: 'GET',
  path: '/api/v1/services',
  operationId: 'listServices',
  tag: 'now',
  summary: 'Services as they are now',
  access: 'token',
  query: z.strictObject({ ...paging, status: serviceStatus.exactOptional().describe('Only these') }),
  answer: pageSchema('ServicePage', serviceCard),
  successes: { 200: 'Services by name' },
  errors: ['INVALID_CURSOR'],
  handle({ query }, { deps }) {
    const listed = deps.view.state().services.filter(({ status }) => query.status === undefined || status === query.status);
    const page = pageOf(listed, ({ name }) => name, query);
    return page.ok ? answered(page.value) : page;
  },
});

const service = defineRoute({
  method: 'GET',
  path: '/api/v1/services/{name}',
  operationId: 'getService',
  tag: 'now',
  summary: 'One service',
  access: 'token',
  pathParameters: z.strictObject({ name: z.string().describe('service.name, or namespace/service.name with the slash as %2F') }),
  answer: serviceCard,
  successes: { 200: 'The service' },
  errors: ['UNKNOWN_SERVICE'],
  handle({ path }, { deps }) {
    const found = deps.view.state().services.find(({ name }) => name === path.name);
    return found === undefined ? fail('UNKNOWN_SERVICE', 'no service has this name') : answered(found);
  },
});

const graph = defineRoute({
  method: 'GET',
  path: '/api/v1/graph',
  operationId: 'getCallGraph',
  tag: 'now',
  summary: 'Who calls whom',
  access: 'token',
  answer: callGraph,
  successes: { 200: 'The call graph learned from spans' },
  handle: (_request, { deps }) => answered(deps.view.state().graph),
});

const objectives = defineRoute({
  method: 'GET',
  path: '/api/v1/objectives',
  operationId: 'listObjectives',
  tag: 'now',
  summary: 'Error budgets',
  access: 'token',
  query: z.strictObject(paging),
  answer: pageSchema('ObjectivePage', sloBudget),
  successes: { 200: 'Objectives with what is left of their budgets' },
  errors: ['INVALID_CURSOR'],
  handle({ query }, { deps }) {
    const page = pageOf(deps.view.state().slo, ({ name }) => name, query);
    return page.ok ? answered(page.value) : page;
  },
});

const models = defineRoute({
  method: 'GET',
  path: '/api/v1/models',
  operationId: 'getModels',
  tag: 'now',
  summary: 'Which models are believed',
  access: 'token',
  answer: modelTally,
  successes: { 200: 'How many models are calibrated, and those that are not with the reason' },
  handle: (_request, { deps }) => answered(deps.view.state().models),
});

export const nowRoutes: readonly Route[] = [state, events, services, service, graph, objectives, models];
