import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../../../core/clock.ts';
import type { HostConfig } from './host-config.ts';
import type { Replica } from './replica.ts';
import { mayRetry, pickLeastOutstanding } from './routing.ts';
import type { TrafficCounters } from './traffic-counters.ts';

/** Bodies up to this size are read before they are sent, so that they can be sent again. */
const BUFFERED_BYTES = 64 * 1024;

/** RFC 9110 section 7.6.1: they speak of one connection. Transfer-Encoding is handled where the body is framed. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade']);

/** Headers as they came, in order and spelling, without those of the connection: what a trace or an idempotency key says stays untouched. */
const endToEnd = (rawHeaders: readonly string[], alsoWithout: ReadonlySet<string>, connection: string | undefined): string[] => {
  const named =
    connection === undefined
      ? []
      : connection
          .toLowerCase()
          .split(',')
          .map((name) => name.trim());
  const kept: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    const key = name.toLowerCase();
    if (HOP_BY_HOP.has(key) || alsoWithout.has(key) || named.includes(key)) continue;
    kept.push(name, rawHeaders[index + 1] as string);
  }
  return kept;
};

/** This proxy has answered Expect itself by reading on. */
const NOT_IN_REQUEST: ReadonlySet<string> = new Set(['expect']);
/** The answer is framed anew for this client. */
const NOT_IN_RESPONSE: ReadonlySet<string> = new Set(['transfer-encoding']);

type Body = { readonly kind: 'buffered'; readonly bytes: Buffer | undefined } | { readonly kind: 'streamed' };

const readBody = (incoming: IncomingMessage): Promise<Body> => {
  const { 'content-length': declared, 'transfer-encoding': encoding } = incoming.headers;
  if (encoding === undefined && (declared === undefined || declared === '0'))
    return Promise.resolve({ kind: 'buffered', bytes: undefined });
  if (encoding !== undefined || Number(declared) > BUFFERED_BYTES) return Promise.resolve({ kind: 'streamed' });
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('end', () => resolve({ kind: 'buffered', bytes: Buffer.concat(chunks) }));
    incoming.once('error', reject);
  });
};

/** One port for all replicas: least outstanding requests, keep-alive to each, 503 while none is ready. */
export const createProxy = (config: HostConfig, replicas: readonly Replica[], traffic: TrafficCounters, clock: Clock): Server => {
  let previous: Replica | undefined;

  const refuse = (response: ServerResponse, status: 502 | 503 | 504, code: string): void => {
    if (status === 503) traffic.count('unavailable', clock.now());
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const retryAfter = status === 503 ? { 'retry-after': '1' } : {};
    response.writeHead(status, { 'content-type': 'application/json', ...retryAfter }).end(`{"code":"${code}"}`);
  };

  const send = (incoming: IncomingMessage, response: ServerResponse, body: Body, failed: Replica | undefined): void => {
    const replica = pickLeastOutstanding(replicas, previous, failed);
    if (replica === undefined) {
      refuse(response, 503, 'NO_REPLICA_READY');
      return;
    }
    previous = replica;
    replica.inFlight += 1;
    let connected = false;
    let timedOut = false;
    const method = incoming.method ?? 'GET';
    const outgoing = request({
      host: config.listenHost,
      port: replica.port,
      agent: replica.agent,
      method,
      path: incoming.url ?? '/',
      headers: endToEnd(incoming.rawHeaders, NOT_IN_REQUEST, incoming.headers.connection),
    });
    const abandon = (): void => {
      if (!response.writableFinished) outgoing.destroy();
    };
    response.once('close', abandon);
    outgoing.once('close', () => {
      replica.inFlight -= 1;
      response.removeListener('close', abandon);
    });
    outgoing.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => (connected = true));
      else connected = true;
    });
    outgoing.setTimeout(config.requestTimeoutMs, () => {
      timedOut = true;
      outgoing.destroy(new Error('no answer in time'));
    });
    outgoing.once('response', (answer) => {
      response.writeHead(
        answer.statusCode ?? 502,
        answer.statusMessage ?? '',
        endToEnd(answer.rawHeaders, NOT_IN_RESPONSE, answer.headers.connection),
      );
      answer.once('error', () => response.destroy());
      answer.once('close', () => {
        if (!answer.complete) response.destroy();
      });
      answer.pipe(response);
    });
    outgoing.on('error', () => {
      if (response.destroyed || response.headersSent) {
        response.destroy();
        return;
      }
      const idempotencyKey = incoming.headers['idempotency-key'] !== undefined;
      if (!timedOut && failed === undefined && body.kind === 'buffered' && mayRetry({ method, idempotencyKey, connected })) {
        traffic.count('retries', clock.now());
        send(incoming, response, body, replica);
        return;
      }
      refuse(response, timedOut ? 504 : 502, timedOut ? 'REPLICA_TIMED_OUT' : 'REPLICA_FAILED');
    });
    if (body.kind === 'streamed') incoming.pipe(outgoing);
    else outgoing.end(body.bytes);
  };

  const server = createServer((incoming, response) => {
    traffic.count('arrivals', clock.now());
    response.once('finish', () => {
      traffic.count('completions', clock.now());
      if (response.statusCode >= 500) traffic.count('serverErrors', clock.now());
    });
    readBody(incoming).then(
      (body) => send(incoming, response, body, undefined),
      // The client broke off in the middle of its own request: there is nobody to answer.
      () => response.destroy(),
    );
  });
  // Longer than any client keeps an idle connection, so that it is the client who closes it, and no request crosses a close.
  server.keepAliveTimeout = 75_000;
  return server;
};
