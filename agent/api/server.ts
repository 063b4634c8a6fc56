import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { Timer } from '../../core/clock.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { systemClock } from '../../core/system-clock.ts';
import { carriesToken, isForeignOrigin, isLoopback, isLoopbackHostHeader } from './access.ts';
import { createEventStream } from './event-stream.ts';
import { type ApiDependencies, registerHealth, registerReads, registerWrites, sendError } from './routes.ts';

export type { AgentView, HealthState, ReportedChange } from './agent-view.ts';
export type { ApiDependencies } from './routes.ts';

export interface ApiServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Required unless the host is loopback; where set, it is asked for everywhere but on the page's files and the probes. */
  readonly token?: string;
  /** Folder of the built page. A missing folder is no failure: the API works without its page. */
  readonly staticDirectory: string;
}

export interface ApiServer {
  start(): Promise<Outcome<{ readonly port: number }, Failure<'TOKEN_REQUIRED' | 'LISTEN_FAILED'>>>;
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 64 * 1024;
/** A signal's key holds service, metric and attributes. */
const PARAMETER_LENGTH = 2_048;
/** What the page consists of. Nothing else in the folder is served. */
const PAGE_FILES = new Set(['/index.html', '/app.js', '/app.css', '/favicon.svg']);
/** Without the token: the page's files hold nothing of the user's, and probes cannot send one. */
const OPEN_ROUTES = new Set(['/', '/healthz', '/readyz', ...PAGE_FILES]);

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

const KNOWN_ERRORS: Readonly<Record<string, readonly [status: number, code: string, message: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'BODY_TOO_LARGE', `body: larger than ${BODY_LIMIT_BYTES} bytes`],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'UNSUPPORTED_MEDIA_TYPE', 'content-type: must be application/json'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'INVALID_JSON', 'body: empty'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'INVALID_JSON', 'body: not valid JSON'],
};

const guard = (server: FastifyInstance, options: ApiServerOptions): void => {
  const loopback = isLoopback(options.host);
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (loopback && !isLoopbackHostHeader(request.headers.host)) {
      return sendError(reply, 421, 'UNKNOWN_HOST', 'host: this server answers to localhost, 127.0.0.1 and [::1] only');
    }
    if (request.is404) return;
    const route = request.routeOptions.url ?? '';
    if (options.token !== undefined && !OPEN_ROUTES.has(route) && !carriesToken(request.headers.authorization, options.token)) {
      return sendError(reply.header('www-authenticate', 'Bearer'), 401, 'UNAUTHORIZED', 'authorization: a bearer token is required');
    }
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (reads) {
      if (!PAGE_FILES.has(route) && route !== '/') reply.header('cache-control', 'no-store');
    } else if (isForeignOrigin(request.headers.origin, request.headers.host)) {
      return sendError(reply, 403, 'FOREIGN_ORIGIN', 'origin: writes are accepted from this server’s own page only');
    }
  });
};

const registerErrors = (server: FastifyInstance, deps: ApiDependencies): void => {
  server.setNotFoundHandler((_request, reply) => sendError(reply, 404, 'NOT_FOUND', 'no such route'));
  server.setErrorHandler((error: FastifyError, _request, reply) => {
    const known = KNOWN_ERRORS[error.code] ?? (error instanceof SyntaxError ? KNOWN_ERRORS.FST_ERR_CTP_INVALID_JSON_BODY : undefined);
    if (known !== undefined) return sendError(reply, ...known);
    const status = error.statusCode ?? 500;
    if (status < 500) return sendError(reply, status, 'BAD_REQUEST', error.message);
    deps.reportError?.(error);
    // The text of a bug may hold data of the user; it belongs in the log, not in an answer.
    return sendError(reply, 500, 'INTERNAL', 'internal error');
  });
};

const registerPage = (server: FastifyInstance, directory: string): void => {
  if (!existsSync(resolve(directory, 'index.html'))) {
    server.get('/', (_request, reply) => sendError(reply, 404, 'PAGE_NOT_BUILT', 'the web page is not built; the API is at /api/v1'));
    return;
  }
  server.register(fastifyStatic, {
    root: resolve(directory),
    wildcard: false,
    allowedPath: (path) => path === '/' || PAGE_FILES.has(path),
    cacheControl: false,
    // Revalidated by ETag on each load, so that a new version is never mixed with an old one.
    setHeaders: (reply) => reply.header('cache-control', 'no-cache'),
  });
};

/** The agent's HTTP door for people and their tools: reads, reported changes, the web page. It listens after `start`. */
export const createApiServer = (options: ApiServerOptions, deps: ApiDependencies & { readonly timer?: Timer }): ApiServer => {
  const server = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    requestTimeout: 30_000,
    routerOptions: { maxParamLength: PARAMETER_LENGTH },
  });
  // A browser sends text/plain to another site without asking first; JSON it must ask for.
  server.removeContentTypeParser('text/plain');
  const stream = createEventStream(deps.view, deps.timer ?? systemClock);
  guard(server, options);
  registerErrors(server, deps);
  registerHealth(server, deps);
  registerReads(server, deps, stream);
  registerWrites(server, deps);
  registerPage(server, options.staticDirectory);

  return {
    async start() {
      if (options.token === undefined && !isLoopback(options.host)) {
        return fail('TOKEN_REQUIRED', `api: a token is required to listen on ${options.host}; only loopback may go without`);
      }
      if (options.token !== undefined && !/^\S{16,}$/.test(options.token)) {
        return fail('TOKEN_REQUIRED', 'api: the token must have at least 16 characters and no white space');
      }
      try {
        await server.listen({ host: options.host, port: options.port });
      } catch (cause) {
        return fail('LISTEN_FAILED', `api: cannot listen on ${options.host}:${options.port}`, { retryable: true, cause });
      }
      const address = server.server.address();
      return succeed({ port: typeof address === 'object' && address !== null ? address.port : options.port });
    },
    async close() {
      stream.close();
      await server.close();
    },
  };
};
