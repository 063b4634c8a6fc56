import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Clock } from '../../../core/clock.ts';
import type { Supervisor } from './supervisor.ts';
import type { TrafficCounters } from './traffic-counters.ts';

const LARGEST_ORDER_BYTES = 16 * 1024;

const orderSchema = z.strictObject({
  replicas: z.int().min(0),
  expectUid: z.string(),
  expectGeneration: z.int(),
  expectReplicas: z.int().min(0).optional(),
});

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const readText = async (incoming: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_ORDER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * The admin API of a process host:
 * GET /scale, PUT /scale { replicas, expectUid, expectGeneration, expectReplicas? } -> 200 or 409 STALE_PLAN,
 * GET /metrics (JSON: traffic per second, replicas), GET /healthz.
 */
export const createAdmin = (supervisor: Supervisor, traffic: TrafficCounters, clock: Clock): Server => {
  const putScale = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    // A web page cannot send this content type across origins unasked, so none can scale a service from a browser.
    if (incoming.headers['content-type']?.split(';')[0]?.trim() !== 'application/json') {
      answer(response, 415, { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'send application/json' });
      return;
    }
    const text = await readText(incoming);
    if (text === undefined) {
      answer(response, 413, { code: 'TOO_LARGE', message: `an order has at most ${LARGEST_ORDER_BYTES} bytes` });
      return;
    }
    const order = orderSchema.safeParse(parseJson(text));
    if (!order.success) {
      const issues = order.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
      answer(response, 400, { code: 'INVALID_ORDER', message: issues });
      return;
    }
    const { replicas, ...precondition } = order.data;
    const outcome = supervisor.order(replicas, precondition);
    if (outcome.ok) answer(response, 200, outcome.value);
    else answer(response, outcome.error.code === 'STALE_PLAN' ? 409 : 403, { code: outcome.error.code, message: outcome.error.message });
  };

  const metrics = (): unknown => {
    const now = clock.now();
    const scale = supervisor.scale();
    return {
      at: now,
      target: scale.target,
      uid: scale.uid,
      replicas: scale.replicas,
      ready: scale.ready,
      inFlight: supervisor.replicas.reduce((sum, replica) => sum + replica.inFlight, 0),
      totals: traffic.totals(),
      seconds: traffic.seconds(now),
      replicaStates: supervisor.replicas.map(({ index, port, state, inFlight, restarts, orderedAt, readyAt, child }) => ({
        index,
        port,
        pid: child?.pid,
        state,
        inFlight,
        restarts,
        orderedAt,
        readyAt,
      })),
    };
  };

  return createServer((incoming, response) => {
    const path = (incoming.url ?? '/').split('?')[0];
    const route = `${incoming.method} ${path}`;
    if (route === 'GET /scale') answer(response, 200, supervisor.scale());
    else if (route === 'GET /metrics') answer(response, 200, metrics());
    else if (route === 'GET /healthz') answer(response, 200, { status: 'ok' });
    else if (route === 'PUT /scale') putScale(incoming, response).catch(() => response.destroy());
    else
      answer(response, 404, { code: 'NOT_FOUND', message: `no ${route} here; there are GET and PUT /scale, GET /metrics, GET /healthz` });
  });
};
