import type { ServerResponse } from 'node:http';
import type { Timer } from '../../core/clock.ts';
import type { AgentView } from './agent-view.ts';
import type { AgentState, StreamEvent } from './contract.ts';
import { tailOf } from './state-tail.ts';

export const STREAM_LIMITS = {
  /** Each open page costs a socket and its buffer; a team has fewer people than this. */
  clients: 64,
  /** A page that has not read this much is not being watched; it reconnects and gets the full state. */
  bufferedBytes: 4 * 1024 * 1024,
  /** Keeps proxies from closing a quiet connection; most of them wait 30 s or more. */
  heartbeatMs: 15_000,
  /** Steps sent again with each update: late data may have revised them. */
  revisedSteps: 5,
} as const;

export interface EventStream {
  /** False when no further client fits. */
  add(response: ServerResponse, headers: Readonly<Record<string, string>>): boolean;
  readonly clients: number;
  close(): void;
}

const frame = (event: StreamEvent, state: AgentState): string => `event: ${event}\ndata: ${JSON.stringify(state)}\n\n`;

/** Server-sent events (WHATWG HTML, section 9.2) to a bounded number of pages; one serialization per step for all of them. */
export const createEventStream = (view: AgentView, timer: Timer): EventStream => {
  const clients = new Set<ServerResponse>();
  let stop: (() => void) | undefined;
  let sentStep = -1;

  const drop = (client: ServerResponse): void => {
    clients.delete(client);
    if (clients.size === 0) {
      stop?.();
      stop = undefined;
    }
  };

  const send = (client: ServerResponse, text: string): void => {
    if (client.writableLength > STREAM_LIMITS.bufferedBytes) {
      drop(client);
      client.destroy();
      return;
    }
    client.write(text);
  };

  const broadcast = (state: AgentState): void => {
    const text = frame('update', tailOf(state, Math.min(sentStep, state.meta.step) - STREAM_LIMITS.revisedSteps));
    sentStep = state.meta.step;
    for (const client of [...clients]) send(client, text);
  };

  const start = (): (() => void) => {
    const unsubscribe = view.subscribe(broadcast);
    const cancelHeartbeat = timer.every(STREAM_LIMITS.heartbeatMs, () => {
      for (const client of [...clients]) send(client, ': alive\n\n');
    });
    return () => {
      unsubscribe();
      cancelHeartbeat();
    };
  };

  return {
    get clients() {
      return clients.size;
    },
    add(response, headers) {
      if (clients.size >= STREAM_LIMITS.clients) return false;
      const state = view.state();
      response.on('close', () => drop(response));
      response.on('error', () => drop(response));
      response.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
      response.write(`retry: 2000\n\n${frame('state', state)}`);
      // The first client of a stream sets where updates go on; later ones join between two updates and miss nothing.
      if (clients.size === 0) sentStep = state.meta.step;
      clients.add(response);
      stop ??= start();
      return true;
    },
    close() {
      for (const client of [...clients]) {
        drop(client);
        client.end();
      }
    },
  };
};
