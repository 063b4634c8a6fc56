import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Attributes, type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_URL_SCHEME,
  METRIC_HTTP_SERVER_REQUEST_DURATION,
} from '@opentelemetry/semantic-conventions';
import { METRIC_HTTP_SERVER_ACTIVE_REQUESTS } from '@opentelemetry/semantic-conventions/incubating';
import type { MonotonicClock } from '../../../core/clock.ts';
import { DURATION_BUCKETS, type Telemetry } from '../telemetry.ts';
import { type BodyFailure, readJson, writeJson } from './body.ts';

export interface Call {
  readonly body: unknown;
  /** Holds the server span: parent of every span of this call. */
  readonly context: Context;
  readonly span: Span;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** Low-cardinality reason of a 5xx (semantic convention error.type); absent: the status code. */
  readonly errorType?: string;
  readonly attributes?: Attributes;
}

export interface Route {
  readonly path: string;
  /** Resolves for expected failures too; a rejection is a bug and answers 500. */
  handle(call: Call): Promise<Reply>;
}

const refusalOf = (error: BodyFailure): Reply => ({
  status: error.code === 'BODY_TOO_LARGE' ? 413 : 400,
  body: { error: error.code, message: error.message },
});

/** Answers POST on the given routes, with one server span and one duration measurement a request. */
export const instrumentedListener = (routes: readonly Route[], telemetry: Telemetry, clock: MonotonicClock): RequestListener => {
  const { tracer, meter } = telemetry;
  const byPath = new Map(routes.map((route) => [route.path, route]));
  const duration = meter.createHistogram(METRIC_HTTP_SERVER_REQUEST_DURATION, {
    unit: 's',
    description: 'Duration of HTTP server requests.',
    advice: { explicitBucketBoundaries: DURATION_BUCKETS },
  });
  let active = 0;
  const activeAttributes = { [ATTR_HTTP_REQUEST_METHOD]: 'POST', [ATTR_URL_SCHEME]: 'http' };
  meter
    .createObservableUpDownCounter(METRIC_HTTP_SERVER_ACTIVE_REQUESTS, {
      unit: '{request}',
      description: 'HTTP server requests in progress.',
    })
    .addCallback((result) => result.observe(active, activeAttributes));

  const answer = async (route: Route, span: Span, context: Context, request: IncomingMessage): Promise<Reply> => {
    const body = await readJson(request);
    if (!body.ok) return refusalOf(body.error);
    try {
      return await route.handle({ body: body.value, context, span });
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      return {
        status: 500,
        body: { error: 'INTERNAL', message: 'unexpected error' },
        errorType: error instanceof Error ? error.name : '_OTHER',
      };
    }
  };

  const serve = async (route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const startedAt = clock.elapsedMs();
    active += 1;
    const parent = telemetry.extract(ROOT_CONTEXT, request.headers);
    const attributes = { [ATTR_HTTP_REQUEST_METHOD]: 'POST', [ATTR_HTTP_ROUTE]: route.path };
    const span = tracer.startSpan(`POST ${route.path}`, { kind: SpanKind.SERVER, attributes }, parent);
    const reply = await answer(route, span, trace.setSpan(parent, span), request);

    const measured: Attributes = { ...activeAttributes, [ATTR_HTTP_ROUTE]: route.path, [ATTR_HTTP_RESPONSE_STATUS_CODE]: reply.status };
    span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, reply.status);
    if (reply.attributes !== undefined) span.setAttributes(reply.attributes);
    if (reply.status >= 500) {
      const errorType = reply.errorType ?? String(reply.status);
      measured[ATTR_ERROR_TYPE] = errorType;
      span.setAttribute(ATTR_ERROR_TYPE, errorType);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    writeJson(response, reply.status, reply.body);
    span.end();
    duration.record((clock.elapsedMs() - startedAt) / 1_000, measured);
    active -= 1;
  };

  return (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    const route = byPath.get(path);
    if (route === undefined) writeJson(response, 404, { error: 'NOT_FOUND', message: `no route ${path}` });
    else if (request.method !== 'POST') writeJson(response, 405, { error: 'METHOD_NOT_ALLOWED', message: `${path} takes POST` });
    else void serve(route, request, response);
  };
};
