import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, sleep } from '../../../core/clock.ts';

export interface Listener {
  readonly port: number;
  /** Takes no new connections and waits for running requests, at most `withinMs`. */
  close(withinMs: number): Promise<void>;
}

/** Longer than any client of the flow keeps an idle connection, so that the client closes first and no request meets a closing socket. */
const KEEP_ALIVE_MS = 65_000;

/** Listens on a port (0: any free one). Rejects when the port is taken. */
export const listen = async (host: string, port: number, clock: Clock, handle: RequestListener): Promise<Listener> => {
  let closing = false;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    if (closing) response.setHeader('connection', 'close');
    handle(request, response);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close(withinMs) {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, sleep(clock, withinMs)]);
      server.closeAllConnections();
    },
  };
};
