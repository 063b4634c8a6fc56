import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ChangeEvent } from '../core/change.ts';
import { syncDirectory } from './audit/checkpoint.ts';
import { CHANGES_KEPT } from './shard.ts';

/** Changes as they were reported, on disk before they are acknowledged: the snapshot alone would forget the newest in a crash. */
export interface ChangeJournal {
  /** As of opening, oldest first; bounded. */
  readonly known: readonly ChangeEvent[];
  /** Resolves when the change is on disk. Rejects when the disk refuses. */
  append(change: ChangeEvent): Promise<void>;
  close(): Promise<void>;
}

const isChange = (value: unknown): value is ChangeEvent => {
  const change = value as Partial<ChangeEvent> | null;
  return (
    typeof change === 'object' &&
    change !== null &&
    typeof change.id === 'string' &&
    Number.isFinite(change.at) &&
    typeof change.kind === 'string'
  );
};

const parse = (line: string): readonly ChangeEvent[] => {
  try {
    const value: unknown = JSON.parse(line);
    return isChange(value) ? [value] : [];
  } catch {
    // A torn last line after a crash: what it says was never acknowledged.
    return [];
  }
};

const read = async (path: string): Promise<readonly ChangeEvent[]> => {
  try {
    return (await readFile(path, 'utf8')).split('\n').flatMap(parse).slice(-CHANGES_KEPT);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

const lineOf = (change: ChangeEvent): string => `${JSON.stringify(change)}\n`;

/** Opens the journal, written anew with what it is still good for: no torn line stays before the next one. */
export const openChangeJournal = async (path: string): Promise<ChangeJournal> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const known = await read(path);
  const fresh = `${path}.new`;
  const handle = await open(fresh, 'w', 0o600);
  await handle.writeFile(known.map(lineOf).join(''));
  await handle.datasync();
  await rename(fresh, path);
  await syncDirectory(dirname(path));
  let last: Promise<unknown> = Promise.resolve();
  /** A full disk may take half a line; the next one begins anew. */
  let torn = false;
  return {
    known,
    append(change) {
      const written = last.then(async () => {
        const line = `${torn ? '\n' : ''}${lineOf(change)}`;
        torn = true;
        await handle.writeFile(line);
        torn = false;
        await handle.datasync();
      });
      last = written.catch(() => undefined);
      return written;
    },
    async close() {
      await last;
      await handle.close();
    },
  };
};
