import { z } from 'zod';
import { VERSION } from '../../../core/names.ts';
import { answered, defineRoute, type Route } from '../route.ts';
import { named } from '../schemas/named.ts';
import { instant } from '../schemas/scalars.ts';

const probe = named(
  'Probe',
  z
    .strictObject({ status: z.enum(['live', 'failing', 'ready', 'not-ready']), reasons: z.array(z.string()) })
    .describe('Whether it holds, and why not'),
);

const version = named(
  'Version',
  z
    .strictObject({
      version: z.string().describe('Of Foreshock'),
      api: z.literal('v1'),
      node: z.string(),
      tenant: z.string(),
      startedAt: instant,
      stepSeconds: z.number(),
    })
    .describe('What runs here'),
);

const healthz = defineRoute({
  method: 'GET',
  path: '/healthz',
  operationId: 'getLiveness',
  tag: 'operation',
  summary: 'Is it alive?',
  access: 'open',
  answer: probe,
  successes: { 200: 'Alive', 503: 'A restart would help' },
  handle(_request, { deps }) {
    const { live, reasons } = deps.health();
    return answered({ status: live ? 'live' : 'failing', reasons: live ? [] : reasons } as const, live ? 200 : 503);
  },
});

const readyz = defineRoute({
  method: 'GET',
  path: '/readyz',
  operationId: 'getReadiness',
  tag: 'operation',
  summary: 'Is it ready?',
  access: 'open',
  answer: probe,
  successes: { 200: 'Ready', 503: 'Not ready; the reasons say why' },
  handle(_request, { deps }) {
    const { live, ready, reasons } = deps.health();
    return answered({ status: live && ready ? 'ready' : 'not-ready', reasons } as const, live && ready ? 200 : 503);
  },
});

const metrics = defineRoute({
  method: 'GET',
  path: '/metrics',
  operationId: 'getMetrics',
  tag: 'operation',
  summary: 'Metrics of the agent itself, for Prometheus',
  access: 'token',
  mediaType: 'text/plain; version=0.0.4; charset=utf-8',
  answer: z.string(),
  successes: { 200: 'Prometheus text exposition' },
  handle: async (_request, { deps }) => answered(await deps.metrics()),
});

const whatRuns = defineRoute({
  method: 'GET',
  path: '/api/v1/version',
  operationId: 'getVersion',
  tag: 'operation',
  summary: 'What runs here',
  access: 'token',
  answer: version,
  successes: { 200: 'Versions and the step' },
  handle(_request, { deps }) {
    const { tenant, startedAt, stepSeconds } = deps.view.state().meta;
    return answered({ version: VERSION, api: 'v1', node: process.version, tenant, startedAt, stepSeconds } as const);
  },
});

const openApi = defineRoute({
  method: 'GET',
  path: '/api/v1/openapi.json',
  operationId: 'getOpenApi',
  tag: 'operation',
  summary: 'This document',
  description: 'Open, since it says nothing of what is watched.',
  access: 'open',
  answer: z.record(z.string(), z.unknown()),
  successes: { 200: 'OpenAPI 3.1' },
  handle: (_request, { document }) => answered(document() as Readonly<Record<string, unknown>>),
});

export const operationRoutes: readonly Route[] = [healthz, readyz, metrics, whatRuns, openApi];
