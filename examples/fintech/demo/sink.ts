import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Sink {
  readonly url: string;
  close(): Promise<void>;
}

/** A receiver of webhooks on loopback: what would be the pager of the person on call. */
export const startSink = (onMessage: (body: unknown) => void): Promise<Sink> =>
  new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        try {
          onMessage(JSON.parse(Buffer.concat(chunks).toString('utf8')));
          response.writeHead(202).end();
        } catch {
          response.writeHead(400).end();
        }
      });
    });
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({
        url: `http://127.0.0.1:${port}/page`,
        close: () =>
          new Promise((closed) => {
            server.closeAllConnections();
            server.close(() => closed());
          }),
      });
    });
  });
