import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { SECOND_MS } from '../../../core/time.ts';
import { receiveBody, wireLimit } from '../body.ts';
import { createDoor, type Door, type DoorGround } from '../door.ts';
import type { ExportRoute, Format } from '../export-route.ts';
import type { ExportAnswer } from '../export-service.ts';
import { type Refusal, refusal, rpcCodeOf, statusDetailOf } from '../refusal.ts';
import { contentTypeOf, exportResponse, statusBody } from '../responses.ts';
import { formatOf, routeOf } from './route.ts';

const IDLE_TIMEOUT_MS = 60 * SECOND_MS;
/** How long a connection whose body is not wanted stays half open, so that the sender can read the answer. */
const LINGER_MS = 500;

/**
 * OTLP/HTTP: POST /v1/metrics and /v1/traces in protobuf or JSON, gzip or identity, answered as it was asked.
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export const createHttpDoor = (ground: DoorGround): Door => {
  const { clock, ledger, limits, receiving, service } = ground;

  /** An answer to what was written in no format we know is written in protobuf. */
  const answerRefusal = (request: IncomingMessage, response: ServerResponse, answer: Refusal): void => {
    const { httpStatus, reason, message, retryAfterSeconds } = answer;
    const count = retryAfterSeconds === undefined ? ledger.reject : ledger.refuse;
    count('requests', reason, 1, message);
    if (response.destroyed || response.headersSent) return;
    // An unread body would be taken for the next request.
    const closes = answer.closes === true || !request.complete;
    const format: Format = formatOf(request.headers['content-type']) ?? 'protobuf';
    const body = statusBody(format, rpcCodeOf(answer), message, statusDetailOf(answer));
    response.writeHead(httpStatus, {
      'content-type': contentTypeOf(format),
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

  const answerExport = (response: ServerResponse, { format, path }: ExportRoute, answer: ExportAnswer): void => {
    ledger.accept('requests', 1);
    if (response.destroyed) return;
    const body = exportResponse(format, path, answer.rejected, answer.message);
    response.writeHead(200, { 'content-type': contentTypeOf(format), 'content-length': body.length });
    response.end(body);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    ledger.offer('requests', 1);
    const routed = routeOf(request);
    if (routed.kind === 'refused') {
      answerRefusal(request, response, routed.refusal);
      return;
    }
    const { route } = routed;
    const declaredBytes = Number(request.headers['content-length'] ?? 0);
    const body = await receiveBody({ source: request, declaredBytes, limit: wireLimit(route, limits) }, limits, receiving, clock);
    if (body === undefined) {
      ledger.reject('requests', 'aborted', 1, 'the sender closed the connection before the body was complete');
      return;
    }
    const outcome = body.ok ? await service.export(route, body.value) : body;
    if (outcome.ok) answerExport(response, route, outcome.value);
    else answerRefusal(request, response, outcome.error.refusal);
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    response.on('error', () => undefined);
    handle(request, response).catch((error: unknown) => {
      ground.onBug(error);
      const message = error instanceof Error ? error.message : String(error);
      answerRefusal(request, response, refusal(503, 'internal_error', message, { retryAfterSeconds: 5 }));
    });
  };

  const clientErrorText = (error: NodeJS.ErrnoException): string => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'headers_timeout: the headers did not arrive in time';
    if (error.code === 'HPE_PAUSED_H2_UPGRADE') return 'bad_http: this port speaks HTTP/1.1; gRPC is taken on the port of otlp.grpc';
    return `bad_http: ${error.code}`;
  };

  /** What never became a request (bad syntax, headers too slow or too large) gets a Status as well. */
  const onClientError = (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const isTimeout = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    const answer = refusal(isTimeout ? 408 : 400, isTimeout ? 'headers_timeout' : 'bad_http', clientErrorText(error));
    const body = statusBody('protobuf', rpcCodeOf(answer), answer.message);
    socket.write(`HTTP/1.1 ${isTimeout ? '408 Request Timeout' : '400 Bad Request'}\r\nconnection: close\r\n`);
    socket.write(`content-type: ${contentTypeOf('protobuf')}\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.end(body);
    const cancel = clock.after(LINGER_MS, () => socket.destroy());
    socket.once('close', cancel);
  };

  const createHttpServer = (): Server => {
    const server = createServer(
      {
        headersTimeout: limits.headersTimeoutMs,
        // Bodies have a clock of their own, which answers as the sender asked; this one only backs it up.
        requestTimeout: limits.headersTimeoutMs + limits.bodyTimeoutMs * 2,
        connectionsCheckingInterval: Math.max(50, limits.headersTimeoutMs / 10),
        keepAliveTimeout: IDLE_TIMEOUT_MS,
        maxHeaderSize: 16 * 1024,
      },
      onRequest,
    );
    server.maxConnections = ground.maxConnections;
    server.on('clientError', onClientError);
    return server;
  };

  return createDoor(ground, {
    name: 'OTLP/HTTP',
    create: createHttpServer,
    release: (server) => server.closeIdleConnections(),
    cutOff: (server) => server.closeAllConnections(),
  });
};
