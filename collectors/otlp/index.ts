import { randomInt } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Timer, WallClock } from '../../core/clock.ts';
import { LIMITS, type Limits } from '../../core/limits.ts';
import { DEFAULT_TENANT } from '../../core/names.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { SECOND_MS } from '../../core/time.ts';
import { createAdmissionGate } from '../intake/admit.ts';
import type { IntakeSide } from '../intake/intake.ts';
import type { Ledger } from '../intake/ledger.ts';
import { createExportService, type ExportAnswer, type SignalPath } from './export-service.ts';
import { type Refusal, refusal } from './refusal.ts';
import { type Encoding, receiveBody } from './request-body.ts';
import { exportResponse, PROTOBUF, statusBody } from './responses.ts';

type HttpLimits = Pick<
  Limits,
  'compressedBytes' | 'decompressedBytes' | 'admittedBytes' | 'admissionWaiters' | 'headersTimeoutMs' | 'bodyTimeoutMs'
>;

export interface OtlpReceiverOptions {
  /** 4318 by convention; 0 takes a free one. */
  readonly port: number;
  /** Address to listen on; 127.0.0.1 unless told. */
  readonly host?: string;
  /** Whom everything on this port belongs to: a tenant is configured, never taken from a payload. */
  readonly tenant?: string;
  readonly limits?: Partial<HttpLimits>;
  /** Connections at once; beyond it new ones are closed. */
  readonly maxConnections?: number;
}

export interface OtlpReceiverDependencies {
  /** What createIntake returned. */
  readonly intake: IntakeSide;
  readonly clock: WallClock & Timer;
  /** Bugs: they are answered with 503, so that senders keep the data, and reported here. */
  readonly onBug?: (error: unknown) => void;
  /** Seeds of the hash tables; drawn from the system unless told. */
  readonly salt?: readonly [number, number];
}

export interface OtlpReceiver {
  start(): Promise<Outcome<{ readonly port: number }, Failure<'PORT_UNAVAILABLE'>>>;
  /** Stops listening, lets requests under way finish for up to 5 s, then closes what is left. */
  close(): Promise<void>;
  readonly ledger: Ledger;
}

const CLOSE_GRACE_MS = 5 * SECOND_MS;
const IDLE_TIMEOUT_MS = 60 * SECOND_MS;
/** How long a connection whose body is not wanted stays half open, so that the sender can read the answer. */
const LINGER_MS = 500;
const MAX_CONNECTIONS = 1_024;

const PATHS: Readonly<Record<string, SignalPath>> = { '/v1/metrics': 'metrics', '/v1/traces': 'traces' };

type Route = { readonly path: SignalPath; readonly encoding: Encoding };

const encodingOf = (header: string | undefined): Encoding | undefined => {
  const name = (header ?? 'identity').trim().toLowerCase();
  return name === 'gzip' || name === 'identity' ? name : name === '' ? 'identity' : undefined;
};

/** Everything that can be told from the request line and headers. */
const routeOf = (request: IncomingMessage): Outcome<Route, Failure & { readonly refusal: Refusal }> => {
  const refuse = (answer: Refusal) => ({
    ok: false as const,
    error: { code: answer.reason, message: answer.message, retryable: false, refusal: answer },
  });
  const pathname = (request.url ?? '/').split('?', 1)[0] as string;
  const path = Object.hasOwn(PATHS, pathname) ? PATHS[pathname] : undefined;
  if (path === undefined) return refuse(refusal(404, 'unknown_path', `${pathname.slice(0, 200)}; /v1/metrics and /v1/traces are served`));
  if (request.method !== 'POST') return refuse(refusal(405, 'method_not_allowed', `${request.method}; POST is expected`));
  const sent = request.headers['content-type'];
  const type = (sent ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== PROTOBUF) {
    const message = `content-type ${sent === undefined ? 'is missing' : `"${sent.slice(0, 100)}"`}; ${PROTOBUF} is supported (set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf)`;
    return refuse(refusal(415, 'unsupported_content_type', message));
  }
  const encoding = encodingOf(request.headers['content-encoding']);
  if (encoding === undefined) {
    const message = `content-encoding "${request.headers['content-encoding']?.slice(0, 100)}"; gzip and identity are supported`;
    return refuse(refusal(415, 'unsupported_encoding', message));
  }
  return succeed({ path, encoding });
};

/**
 * OTLP/HTTP with protobuf bodies: POST /v1/metrics and /v1/traces, gzip or identity.
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export const createOtlpReceiver = (options: OtlpReceiverOptions, deps: OtlpReceiverDependencies): OtlpReceiver => {
  const limits: HttpLimits = { ...LIMITS, ...options.limits };
  const { clock, intake } = deps;
  const { ledger } = intake;
  // Half of the budget each: a request being decoded never waits for one being received, so neither can block the other.
  const share = { bytes: limits.admittedBytes / 2, waiters: limits.admissionWaiters, waitMs: 10 * SECOND_MS };
  const receiving = createAdmissionGate(share, clock);
  const decoding = createAdmissionGate(share, clock);
  const salt = deps.salt ?? ([randomInt(0xffffffff), randomInt(0xffffffff)] as const);
  const service = createExportService(options.tenant ?? DEFAULT_TENANT, { intake, clock, gate: decoding, limits, salt });

  const answerRefusal = (request: IncomingMessage, response: ServerResponse, answer: Refusal): void => {
    const { httpStatus, reason, message, retryAfterSeconds } = answer;
    const count = retryAfterSeconds === undefined ? ledger.reject : ledger.refuse;
    count('requests', reason, 1, message);
    if (response.destroyed || response.headersSent) return;
    // An unread body would be taken for the next request.
    const closes = answer.closes === true || !request.complete;
    const body = statusBody(httpStatus, message);
    response.writeHead(httpStatus, {
      'content-type': PROTOBUF,
      'content-length': body.length,
      ...(httpStatus === 405 ? { allow: 'POST' } : {}),
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...(closes ? { connection: 'close' } : {}),
    });
    response.end(body);
    if (closes) {
      const { socket } = request;
      const cancel = clock.after(LINGER_MS, () => socket.destroy());
      socket.once('close', cancel);
    }
  };

  const answerExport = (response: ServerResponse, answer: ExportAnswer): void => {
    ledger.accept('requests', 1);
    if (response.destroyed) return;
    const body = exportResponse(answer.rejected, answer.message);
    response.writeHead(200, { 'content-type': PROTOBUF, 'content-length': body.length });
    response.end(body);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    ledger.offer('requests', 1);
    const route = routeOf(request);
    if (!route.ok) {
      answerRefusal(request, response, route.error.refusal);
      return;
    }
    const { path, encoding } = route.value;
    const body = await receiveBody(request, encoding, limits, receiving, clock);
    if (body === undefined) {
      ledger.reject('requests', 'aborted', 1, 'the sender closed the connection before the body was complete');
      return;
    }
    const outcome = body.ok ? await service.export(path, encoding, body.value) : body;
    if (outcome.ok) answerExport(response, outcome.value);
    else answerRefusal(request, response, outcome.error.refusal);
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    response.on('error', () => undefined);
    handle(request, response).catch((error: unknown) => {
      deps.onBug?.(error);
      const message = error instanceof Error ? error.message : String(error);
      answerRefusal(request, response, refusal(503, 'internal_error', message, { retryAfterSeconds: 5 }));
    });
  };

  /** What never became a request (bad syntax, headers too slow or too large) gets a Status as well. */
  const onClientError = (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const isTimeout = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    const body = statusBody(
      isTimeout ? 408 : 400,
      isTimeout ? 'headers_timeout: the headers did not arrive in time' : `bad_http: ${error.code}`,
    );
    socket.write(`HTTP/1.1 ${isTimeout ? '408 Request Timeout' : '400 Bad Request'}\r\nconnection: close\r\n`);
    socket.write(`content-type: ${PROTOBUF}\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.end(body);
    const cancel = clock.after(LINGER_MS, () => socket.destroy());
    socket.once('close', cancel);
  };

  const createHttpServer = (): Server => {
    const server = createServer(
      {
        headersTimeout: limits.headersTimeoutMs,
        // Bodies have a clock of their own, which answers in protobuf; this one only backs it up.
        requestTimeout: limits.headersTimeoutMs + limits.bodyTimeoutMs * 2,
        connectionsCheckingInterval: Math.max(50, limits.headersTimeoutMs / 10),
        keepAliveTimeout: IDLE_TIMEOUT_MS,
        maxHeaderSize: 16 * 1024,
      },
      onRequest,
    );
    server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
    server.on('clientError', onClientError);
    return server;
  };

  let server: Server | undefined;

  return {
    ledger,
    start() {
      const listening = createHttpServer();
      const host = options.host ?? '127.0.0.1';
      return new Promise((resolve) => {
        listening.once('error', (cause: NodeJS.ErrnoException) => {
          const why = cause.code === 'EADDRINUSE' ? 'another process listens there' : (cause.code ?? cause.message);
          resolve(fail('PORT_UNAVAILABLE', `OTLP cannot listen on ${host}:${options.port}: ${why}`, { cause }));
        });
        listening.listen(options.port, host, () => {
          server = listening;
          resolve(succeed({ port: (listening.address() as AddressInfo).port }));
        });
      });
    },
    close() {
      const closing = server;
      server = undefined;
      if (closing === undefined) return Promise.resolve();
      return new Promise((resolve) => {
        const cancel = clock.after(CLOSE_GRACE_MS, () => closing.closeAllConnections());
        closing.close(() => {
          cancel();
          resolve();
        });
        closing.closeIdleConnections();
      });
    },
  };
};
