import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (
  request: { readonly path: string; readonly query: URLSearchParams; readonly headers: IncomingMessage['headers'] },
  response: ServerResponse,
  times: number,
) => void;

export interface LyingServer {
  readonly url: string;
  /** Requests so far, as path and search. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** A server on loopback that answers as a test says. */
export const startLyingServer = async (answer: Answer): Promise<LyingServer> => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    asked.push(`${url.pathname}${url.search}`);
    answer({ path: url.pathname, query: url.searchParams, headers: request.headers }, response, asked.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

export const json = (response: ServerResponse, body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};

export const matrix = (response: ServerResponse, result: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): void =>
  json(response, { status: 'success', data: { resultType: 'matrix', result }, ...more });
