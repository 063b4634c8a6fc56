import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Timer } from '../../core/clock.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { systemClock } from '../../core/system-clock.ts';
import { carriesToken, isForeignOrigin, isLoopback, isLoopbackHostHeader } from './access.ts';
import type { ApiDependencies } from './dependencies.ts';
import { openApiDocument } from './document.ts';
import { type ErrorCode, sendError } from './errors.ts';
import { createEventStream } from './event-stream.ts';
import { REFERENCE_PATHS, registerReference } from './reference/index.ts';
import { registerRoute, routerPath } from './register.ts';
import type { Route } from './route.ts';
import { routes } from './routes/index.ts';

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
/** Files of the pages hold nothing of the user's: no token is asked for them. */
const OPEN_FILES = new Set(['/', ...PAGE_FILES, ...REFERENCE_PATHS]);

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

const KNOWN_ERRORS: Readonly<Record<string, readonly [code: ErrorCode, message: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['BODY_TOO_LARGE', `body: larger than ${BODY_LIMIT_BYTES} bytes`],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'content-type: must be application/json'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['INVALID_JSON', 'body: empty'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['INVALID_JSON', 'body: not valid JSON'],
  FST_ERR_BAD_URL: ['INVALID_URL', 'path: not properly encoded'],
};

interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: readonly string[];
  readonly isOpen: boolean;
}

/** What is known of a path whatever the method: the router knows routes by their method only. */
const knownPaths = (served: readonly Route[]): readonly KnownPath[] => {
  const paths = [...new Set(served.map(({ path }) => path))].map((path): KnownPath => {
    const here = served.filter((route) => route.path === path);
    const literal = path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+');
    return {
      pattern: new RegExp(`^${literal}$`),
      methods: here.flatMap(({ method, mediaType }) =>
        method === 'GET' && mediaType !== 'text/event-stream' ? ['GET', 'HEAD'] : [method],
      ),
      isOpen: here.every(({ access }) => access === 'open'),
    };
  });
  const files = [...OPEN_FILES].map((path) => path.replace(/[.]/g, '\\.')).join('|');
  return [...paths, { pattern: new RegExp(`^(${files})$`), methods: ['GET', 'HEAD'], isOpen: true }];
};

/** 405 where the path is known, else 404: neither tells somebody without the token more than the published document. */
const sendUnknown = (request: FastifyRequest, reply: FastifyReply, paths: readonly KnownPath[], isWelcome: () => boolean): FastifyReply => {
  const path = request.url.split('?', 1)[0] as string;
  const known = paths.find(({ pattern }) => pattern.test(path));
  if (known === undefined || known.methods.includes(request.method)) return sendError(reply, 'NOT_FOUND', 'no such route');
  if (!known.isOpen && !isWelcome()) return sendUnauthorized(reply);
  const allowed = known.methods.join(', ');
  return sendError(reply.header('allow', allowed), 'METHOD_NOT_ALLOWED', `method: this route takes ${allowed}`);
};

const sendUnauthorized = (reply: FastifyReply): FastifyReply =>
  sendError(reply.header('www-authenticate', 'Bearer'), 'UNAUTHORIZED', 'authorization: a bearer token is required');

const guard = (server: FastifyInstance, options: ApiServerOptions, served: readonly Route[]): void => {
  const loopback = isLoopback(options.host);
  const paths = knownPaths(served);
  const openRoutes = new Set([...OPEN_FILES, ...served.filter(({ access }) => access === 'open').map(routerPath)]);
  const isWelcome = (request: FastifyRequest): boolean =>
    options.token === undefined || carriesToken(request.headers.authorization, options.token);
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (loopback && !isLoopbackHostHeader(request.headers.host)) {
      return sendError(reply, 'UNKNOWN_HOST', 'host: this server answers to localhost, 127.0.0.1 and [::1] only');
    }
    // Here and not in the handler of unknown routes: a body that nobody takes is not read.
    if (request.is404) return sendUnknown(request, reply, paths, () => isWelcome(request));
    const route = request.routeOptions.url ?? '';
    if (!openRoutes.has(route) && !isWelcome(request)) return sendUnauthorized(reply);
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (reads) {
      if (!OPEN_FILES.has(route)) reply.header('cache-control', 'no-store');
    } else if (isForeignOrigin(request.headers.origin, request.headers.host)) {
      return sendError(reply, 'FOREIGN_ORIGIN', 'origin: writes are accepted from this server’s own page only');
    }
  });
};

const sendFault = (error: FastifyError, reply: FastifyReply, reportError: ApiDependencies['reportError']): FastifyReply => {
  const known = KNOWN_ERRORS[error.code] ?? (error instanceof SyntaxError ? KNOWN_ERRORS.FST_ERR_CTP_INVALID_JSON_BODY : undefined);
  if (known !== undefined) return sendError(reply, ...known);
  if ((error.statusCode ?? 500) < 500) return sendError(reply, 'BAD_REQUEST', error.message);
  reportError?.(error);
  // The text of a bug may hold data of the user; it belongs in the log, not in an answer.
  return sendError(reply, 'INTERNAL', 'internal error');
};

const registerPage = (server: FastifyInstance, directory: string): void => {
  if (!existsSync(resolve(directory, 'index.html'))) {
    server.get('/', (_request, reply) => sendError(reply, 'PAGE_NOT_BUILT', 'the web page is not built; the API is at /api/docs'));
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
    frameworkErrors: (error, _request, reply) => {
      reply.headers(SECURITY_HEADERS);
      sendFault(error, reply as unknown as FastifyReply, deps.reportError);
    },
  });
  // A browser sends text/plain to another site without asking first; JSON it must ask for.
  server.removeContentTypeParser('text/plain');
  const stream = createEventStream(deps.view, deps.timer ?? systemClock);
  const served = routes.filter((route) => route.isServed?.(deps) !== false);
  const document = openApiDocument(served);
  guard(server, options, served);
  server.setNotFoundHandler((_request, reply) => sendError(reply, 'NOT_FOUND', 'no such route'));
  server.setErrorHandler((error: FastifyError, _request, reply) => sendFault(error, reply, deps.reportError));
  for (const route of served) registerRoute(server, route, { deps, stream, document: () => document });
  registerReference(server);
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
