import { Agent, request as httpRequest } from 'node:http';
import { type Context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
} from '@opentelemetry/semantic-conventions';
import { ATTR_PEER_SERVICE } from '@opentelemetry/semantic-conventions/incubating';
import type { Clock } from '../../../core/clock.ts';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { Telemetry } from '../telemetry.ts';
import { readJson } from './body.ts';

export interface PeerReply {
  readonly status: number;
  readonly body: unknown;
}
export type PeerFailure = Failure<'TIMEOUT' | 'UNREACHABLE' | 'BAD_ANSWER'>;

/** Another service of the flow, reached over HTTP with one client span a call. */
export interface Peer {
  readonly name: string;
  /** Any status is an answer; failures are those of the transport. */
  post(path: string, body: unknown, parent: Context): Promise<Outcome<PeerReply, PeerFailure>>;
  close(): void;
}

export interface PeerOptions {
  readonly name: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

export const createPeer = ({ name, url, timeoutMs, telemetry, clock }: PeerOptions): Peer => {
  const base = new URL(url);
  const port = Number(base.port);
  const agent = new Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 64, timeout: 30_000 });
  const target = {
    [ATTR_HTTP_REQUEST_METHOD]: 'POST',
    [ATTR_SERVER_ADDRESS]: base.hostname,
    [ATTR_SERVER_PORT]: port,
    [ATTR_PEER_SERVICE]: name,
  };

  const exchange = (path: string, text: string, headers: Record<string, string>): Promise<Outcome<PeerReply, PeerFailure>> =>
    new Promise((resolve) => {
      const request = httpRequest({ agent, host: base.hostname, port, path, method: 'POST', headers });
      const cancelTimeout = clock.after(timeoutMs, () => {
        settle(fail('TIMEOUT', `${name} did not answer within ${timeoutMs} ms`, { retryable: true }));
        request.destroy();
      });
      const settle = (outcome: Outcome<PeerReply, PeerFailure>): void => {
        cancelTimeout();
        resolve(outcome);
      };
      request.on('error', (cause) => settle(fail('UNREACHABLE', `${name} cannot be reached`, { retryable: true, cause })));
      request.on('response', async (response) => {
        const body = await readJson(response);
        if (body.ok) settle(succeed({ status: response.statusCode ?? 0, body: body.value }));
        else settle(fail('BAD_ANSWER', `${name} answered something unreadable`, { retryable: true, cause: body.error }));
      });
      request.end(text);
    });

  const finish = (span: Span, outcome: Outcome<PeerReply, PeerFailure>): void => {
    const errorType = outcome.ok
      ? outcome.value.status >= 400
        ? String(outcome.value.status)
        : undefined
      : outcome.error.code.toLowerCase();
    if (outcome.ok) span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, outcome.value.status);
    if (errorType !== undefined) {
      span.setAttribute(ATTR_ERROR_TYPE, errorType);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  };

  return {
    name,
    async post(path, body, parent) {
      const span = telemetry.tracer.startSpan(`POST ${path}`, { kind: SpanKind.CLIENT, attributes: target }, parent);
      const text = JSON.stringify(body);
      const headers: Record<string, string> = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
      telemetry.inject(trace.setSpan(parent, span), headers);
      const outcome = await exchange(path, text, headers);
      finish(span, outcome);
      return outcome;
    },
    close: () => agent.destroy(),
  };
};
