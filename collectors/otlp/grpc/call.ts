import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import { receiveBody, wireLimit } from '../body.ts';
import type { DoorGround } from '../door.ts';
import type { Encoding, ExportRoute, SignalPath } from '../export-route.ts';
import type { ExportAnswer } from '../export-service.ts';
import { type Refusal, refusal, rpcCodeOf, statusDetailOf } from '../refusal.ts';
import { exportResponse, statusBody } from '../responses.ts';
import { PREFIX_BYTES, readMessage, statusText, writeMessage } from './message.ts';

const METHODS: Readonly<Record<string, SignalPath>> = {
  '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export': 'metrics',
  '/opentelemetry.proto.collector.trace.v1.TraceService/Export': 'traces',
};

/** Signals of the specification that nobody here reads. */
const UNREAD: Readonly<Record<string, string>> = {
  '/opentelemetry.proto.collector.logs.v1.LogsService/Export': 'logs are not taken; set OTEL_LOGS_EXPORTER=none, or send them elsewhere',
  '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export': 'profiles are not taken',
};

const CONTENT_TYPE = 'application/grpc';
const ACCEPTED_ENCODINGS = 'identity,gzip';
/** How long a stream whose request is not wanted stays open, so that the sender can read the answer. */
const LINGER_MS = 500;
/** Headers are limited on the other side, by some to 8 KiB for all of them. */
const LONGEST_STATUS_TEXT = 1_024;

type Routed =
  | { readonly kind: 'route'; readonly route: ExportRoute }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Not gRPC at all: answered as plain HTTP. */
  | { readonly kind: 'foreign'; readonly httpStatus: 405 | 415; readonly refusal: Refusal };

const encodingOf = (header: string | undefined): Encoding | undefined => {
  const name = header ?? 'identity';
  return name === 'gzip' || name === 'identity' ? name : undefined;
};

const isGrpc = (contentType: string): boolean => /^application\/grpc(\+proto)?(;|$)/.test(contentType);

const routeOf = (headers: IncomingHttpHeaders): Routed => {
  const method = String(headers[constants.HTTP2_HEADER_METHOD]);
  if (method !== 'POST') {
    return { kind: 'foreign', httpStatus: 405, refusal: refusal(405, 'method_not_allowed', `${method.slice(0, 20)}; gRPC is POST`) };
  }
  const type = headers['content-type'] ?? '';
  if (!isGrpc(type)) {
    const message = `content-type "${type.slice(0, 100)}" on the gRPC port; ${CONTENT_TYPE} expected`;
    return { kind: 'foreign', httpStatus: 415, refusal: refusal(415, 'unsupported_content_type', message) };
  }
  const name = String(headers[constants.HTTP2_HEADER_PATH]);
  const path = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (path === undefined) {
    const unread = Object.hasOwn(UNREAD, name) ? UNREAD[name] : undefined;
    const answer =
      unread === undefined
        ? refusal(404, 'unknown_method', `${name.slice(0, 200)}; Export of MetricsService and TraceService are served`)
        : refusal(404, 'unsupported_signal', unread);
    return { kind: 'refused', refusal: answer };
  }
  const sent = headers['grpc-encoding'];
  const encoding = encodingOf(typeof sent === 'string' ? sent : undefined);
  if (encoding === undefined) {
    const message = `grpc-encoding "${String(sent).slice(0, 100)}"; gzip and identity are supported`;
    return { kind: 'refused', refusal: refusal(415, 'unsupported_encoding', message) };
  }
  return { kind: 'route', route: { path, format: 'protobuf', encoding } };
};

/** One call: a unary Export, from its headers to its trailers. */
export const createGrpcCalls = (ground: DoorGround) => {
  const { clock, ledger, limits, receiving, service } = ground;

  /** What the sender goes on sending is thrown away for a moment, then the stream is closed; RFC 9113 8.1 asks for NO_ERROR. */
  const discardRest = (stream: ServerHttp2Stream): void => {
    stream.resume();
    const cancel = clock.after(LINGER_MS, () => stream.close(constants.NGHTTP2_NO_ERROR));
    stream.once('close', cancel);
  };

  const end = (stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): void => {
    if (stream.destroyed || stream.headersSent) return;
    stream.respond(headers, { endStream: true });
    discardRest(stream);
  };

  const count = ({ reason, message, retryAfterSeconds }: Refusal): void => {
    const tally = retryAfterSeconds === undefined ? ledger.reject : ledger.refuse;
    tally('requests', reason, 1, message);
  };

  const answerRefusal = (stream: ServerHttp2Stream, answer: Refusal): void => {
    count(answer);
    const message = answer.message.slice(0, LONGEST_STATUS_TEXT);
    const code = rpcCodeOf(answer);
    end(stream, {
      ':status': 200,
      'content-type': CONTENT_TYPE,
      'grpc-accept-encoding': ACCEPTED_ENCODINGS,
      'grpc-status': code,
      'grpc-message': statusText(message),
      'grpc-status-details-bin': statusBody('protobuf', code, message, statusDetailOf(answer)).toString('base64'),
    });
  };

  const answerExport = (stream: ServerHttp2Stream, { path }: ExportRoute, answer: ExportAnswer): void => {
    ledger.accept('requests', 1);
    // A sender that went away asks again, and its points are then known by their times.
    if (stream.destroyed || stream.closed) return;
    stream.respond({ ':status': 200, 'content-type': CONTENT_TYPE, 'grpc-accept-encoding': ACCEPTED_ENCODINGS }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }));
    stream.end(writeMessage(exportResponse('protobuf', path, answer.rejected, answer.message)));
  };

  const handle = async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> => {
    ledger.offer('requests', 1);
    const routed = routeOf(headers);
    if (routed.kind === 'foreign') {
      count(routed.refusal);
      end(stream, { ':status': routed.httpStatus, ...(routed.httpStatus === 405 ? { allow: 'POST' } : {}) });
      return;
    }
    if (routed.kind === 'refused') {
      answerRefusal(stream, routed.refusal);
      return;
    }
    const { route } = routed;
    const limit = wireLimit(route, limits) + PREFIX_BYTES;
    const body = await receiveBody({ source: stream, declaredBytes: undefined, limit }, limits, receiving, clock);
    if (body === undefined) {
      ledger.reject('requests', 'aborted', 1, 'the sender ended the stream before the message was complete');
      return;
    }
    if (!body.ok) {
      answerRefusal(stream, body.error.refusal);
      return;
    }
    const message = readMessage(body.value);
    if (!message.ok) {
      answerRefusal(stream, refusal(400, message.error.code, message.error.message));
      return;
    }
    const { compressed, bytes } = message.value;
    // A flag without an encoding is an error of the sender; an encoding without the flag is not (gRPC, compression).
    if (compressed && route.encoding === 'identity') {
      answerRefusal(stream, refusal(400, 'bad_encoding', 'the message is flagged as compressed without a grpc-encoding'));
      return;
    }
    const outcome = await service.export(compressed ? route : { ...route, encoding: 'identity' }, bytes);
    if (outcome.ok) answerExport(stream, route, outcome.value);
    else answerRefusal(stream, outcome.error.refusal);
  };

  return (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    stream.on('error', () => undefined);
    handle(stream, headers).catch((error: unknown) => {
      ground.onBug(error);
      const message = error instanceof Error ? error.message : String(error);
      answerRefusal(stream, refusal(503, 'internal_error', message, { retryAfterSeconds: 5 }));
    });
  };
};
