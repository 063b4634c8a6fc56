import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { type ErrorCode, sendFailure } from './errors.ts';
import { problemsOf } from './problems.ts';
import type { Route, RouteContext } from './route.ts';

/** `/api/v1/incidents/{id}` as the router writes it: `/api/v1/incidents/:id`. */
export const routerPath = ({ path }: Route): string => path.replace(/\{(\w+)\}/g, ':$1');

interface Checked {
  readonly path: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

const parameters = (schema: z.ZodObject | undefined, given: unknown): Outcome<unknown, Failure<ErrorCode>> => {
  // A route without parameters takes none: a misspelled filter must not look like one that matched everything.
  const names = Object.keys(given ?? {});
  if (schema === undefined && names.length > 0) return fail('INVALID_PARAMETER', `${names.join(', ')}: unknown parameter`);
  const parsed = schema?.safeParse(given);
  if (parsed === undefined) return succeed({});
  return parsed.success ? succeed(parsed.data) : fail('INVALID_PARAMETER', problemsOf(parsed.error, 'parameter'));
};

const content = ({ body }: Route, given: unknown): Outcome<unknown, Failure<ErrorCode>> => {
  if (body === undefined) return succeed(undefined);
  const parsed = (body.schemaFor?.(given) ?? body.schema).safeParse(given);
  return parsed.success ? succeed(parsed.data) : fail(body.invalid, problemsOf(parsed.error, 'body'));
};

const check = (route: Route, request: FastifyRequest): Outcome<Checked, Failure<ErrorCode>> => {
  const path = parameters(route.pathParameters, request.params);
  if (!path.ok) return path;
  const query = parameters(route.query, { ...(request.query as object) });
  if (!query.ok) return query;
  const body = content(route, request.body);
  return body.ok ? succeed({ path: path.value, query: query.value, body: body.value }) : body;
};

/** Serves a route as it is declared: nothing reaches its handler that its schemas do not take. */
export const registerRoute = (server: FastifyInstance, route: Route, context: RouteContext): void => {
  server.route({
    method: route.method,
    url: routerPath(route),
    exposeHeadRoute: route.method === 'GET' && route.mediaType !== 'text/event-stream',
    async handler(request, reply) {
      const checked = check(route, request);
      if (!checked.ok) return sendFailure(reply, checked.error);
      const result = await route.handle({ ...checked.value, reply }, context);
      if (result === 'taken-over') return reply.hijack();
      if (!result.ok) return sendFailure(reply, result.error);
      if (route.mediaType !== undefined) reply.type(route.mediaType);
      return reply.code(result.value.status).send(result.value.body);
    },
  });
};
