import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Failure, Outcome } from '../../core/outcome.ts';
import type { AgentView, HealthState, ReportedChange } from './agent-view.ts';
import { parseChangeRequest } from './change-request.ts';
import type { ApiError } from './contract.ts';
import type { EventStream } from './event-stream.ts';

export interface ApiDependencies {
  readonly view: AgentView;
  /** Prometheus text exposition of the agent's own metrics. */
  metrics(): Promise<string>;
  health(): HealthState;
  postChange(change: ReportedChange): Promise<Outcome<unknown>>;
  /** Hears of bugs: what answered 500. */
  reportError?(error: unknown): void;
  /** Present only while the agent runs its demo. Unknown ids fail with UNKNOWN_FAULT. */
  demoFault?(id: string): Promise<Outcome<unknown>>;
}

export const sendError = (reply: FastifyReply, status: number, code: string, message: string): FastifyReply =>
  reply.code(status).send({ code, message } satisfies ApiError);

const sendFailure = (reply: FastifyReply, error: Failure): FastifyReply => {
  const status = error.code.startsWith('UNKNOWN_') ? 404 : error.retryable ? 503 : 409;
  return sendError(reply, status, error.code, error.message);
};

const decisionLimit = z.coerce.number().int().min(1).max(1_000).default(100);

export const registerHealth = (server: FastifyInstance, deps: ApiDependencies): void => {
  server.get('/healthz', (_request, reply) => {
    const { live, reasons } = deps.health();
    return reply.code(live ? 200 : 503).send({ status: live ? 'live' : 'failing', reasons: live ? [] : reasons });
  });
  server.get('/readyz', (_request, reply) => {
    const { live, ready, reasons } = deps.health();
    return reply.code(live && ready ? 200 : 503).send({ status: live && ready ? 'ready' : 'not-ready', reasons });
  });
};

export const registerReads = (server: FastifyInstance, deps: ApiDependencies, stream: EventStream): void => {
  const { view } = deps;
  server.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await deps.metrics()));
  server.get('/api/v1/state', () => view.state());
  server.get('/api/v1/services', () => view.state().services);
  server.get('/api/v1/incidents', () => view.state().incidents);
  server.get<{ Params: { id: string } }>('/api/v1/incidents/:id', (request, reply) => {
    const incident = view.incident(request.params.id);
    return incident ?? sendError(reply, 404, 'UNKNOWN_INCIDENT', 'no incident has this id');
  });
  server.get<{ Params: { key: string } }>('/api/v1/signals/:key', (request, reply) => {
    const series = view.signal(request.params.key);
    return series ?? sendError(reply, 404, 'UNKNOWN_SIGNAL', 'no signal has this key');
  });
  server.get<{ Querystring: { limit?: unknown } }>('/api/v1/decisions', async (request, reply) => {
    const limit = decisionLimit.safeParse(request.query.limit);
    if (!limit.success) return sendError(reply, 400, 'INVALID_LIMIT', 'limit: must be a whole number from 1 to 1000');
    return view.decisions(limit.data);
  });
  server.get('/api/v1/events', { exposeHeadRoute: false }, (_request, reply) => {
    const headers = Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));
    if (!stream.add(reply.raw, headers)) {
      return sendError(reply.header('retry-after', '10'), 503, 'TOO_MANY_STREAMS', 'every event stream is taken; retry later');
    }
    return reply.hijack();
  });
};

export const registerWrites = (server: FastifyInstance, deps: ApiDependencies): void => {
  server.post('/api/v1/changes', async (request, reply) => {
    const change = parseChangeRequest(request.body);
    if (!change.ok) return sendError(reply, 400, change.error.code, change.error.message);
    const outcome = await deps.postChange(change.value);
    return outcome.ok ? reply.code(202).send({ status: 'accepted' }) : sendFailure(reply, outcome.error);
  });
  const { demoFault } = deps;
  if (demoFault === undefined) return;
  server.post<{ Params: { id: string } }>('/api/v1/demo/faults/:id', async (request, reply) => {
    const outcome = await demoFault(request.params.id);
    return outcome.ok ? reply.code(202).send({ status: 'started' }) : sendFailure(reply, outcome.error);
  });
};
