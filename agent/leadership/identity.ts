import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const WRITTEN = /^[0-9a-f]{16}$/;

const read = async (path: string): Promise<string | undefined> => {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    return WRITTEN.test(text) ? text : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/**
 * Who an agent is to the others: the host, for people, and a number that lies in its data directory, which one process
 * at a time owns. The same after a restart, so that a killed holder comes back to its lease. Host and path would not
 * do: pods of one `spec.hostname` and machines called localhost share both, and would each renew the other's lease.
 */
export const identityIn = async (dataDirectory: string): Promise<string> => {
  const path = join(dataDirectory, 'agent-id');
  let id = await read(path);
  if (id === undefined) {
    id = randomBytes(8).toString('hex');
    await writeFile(`${path}.new`, `${id}\n`, { mode: 0o600 });
    await rename(`${path}.new`, path);
  }
  return `${hostname()}_${id}`;
};
