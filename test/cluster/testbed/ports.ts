import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range from which systems take the near end of outgoing connections (RFC 6335, 6: 49152 and up;
// Linux: 32768 and up), so that no connection takes a port between our look and the program's own bind.
const LOWEST = 20_000;
const ABOVE = 32_000;

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
};

/** Different ports of 127.0.0.1 that nobody listens on. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const found = new Set<number>();
  for (let attempt = 0; found.size < count; attempt += 1) {
    if (attempt > 1000) throw new Error(`no ${count} free ports between ${LOWEST} and ${ABOVE} on 127.0.0.1`);
    const port = LOWEST + Math.floor(Math.random() * (ABOVE - LOWEST));
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
};
