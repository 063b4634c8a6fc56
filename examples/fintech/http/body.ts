import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';

/** A payment has about 200 bytes. */
const MAX_BODY_BYTES = 64 * 1024;

export type BodyFailure = Failure<'BODY_TOO_LARGE' | 'BAD_JSON' | 'ABORTED'>;

/** Reads a bounded JSON body; an empty one is undefined. */
export const readJson = (message: IncomingMessage): Promise<Outcome<unknown, BodyFailure>> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      else resolve(fail('BODY_TOO_LARGE', `the body has more than ${MAX_BODY_BYTES} bytes`));
    });
    message.on('error', (cause) => resolve(fail('ABORTED', 'the connection broke while the body was read', { cause })));
    message.on('close', () => resolve(fail('ABORTED', 'the connection closed before the body was complete')));
    message.on('end', () => {
      if (bytes === 0) return resolve(succeed(undefined));
      try {
        resolve(succeed(JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown));
      } catch (cause) {
        resolve(fail('BAD_JSON', 'the body is not JSON', { cause }));
      }
    });
  });

export const writeJson = (response: ServerResponse, status: number, body: unknown): void => {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
};
