import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../audit/checkpoint.ts';
import type { NotificationMessage } from './notifier.ts';

/** A message that one notifier still owes. */
export interface OutboxEntry {
  readonly id: string;
  readonly notifier: string;
  readonly enqueuedAt: number;
  readonly message: NotificationMessage;
}

type Line =
  | ({ readonly op: 'put' } & OutboxEntry)
  | { readonly op: 'done'; readonly id: string; readonly how: 'delivered' | 'given-up'; readonly at: number };

/** Ids of finished deliveries stay known, so that a replay after a restart does not page twice. */
const DONE_KEPT = 10_000;
/** Finished lines in the file before it is written anew. */
const COMPACT_AFTER = 1_000;

export interface Outbox {
  /** Durable when it resolves; false when this id is already owed or done. */
  put(entry: OutboxEntry): Promise<boolean>;
  done(id: string, how: 'delivered' | 'given-up', at: number): Promise<void>;
  /** Owed, oldest first, as of opening. */
  readonly owed: readonly OutboxEntry[];
  /** Lines that could not be read on opening; a torn last one after a crash is normal. */
  readonly unreadable: number;
  close(): Promise<void>;
}

const isLine = (value: unknown): value is Line => {
  if (typeof value !== 'object' || value === null) return false;
  const line = value as Partial<Line> & Partial<OutboxEntry>;
  if (typeof line.id !== 'string') return false;
  if (line.op === 'done') return true;
  const message = line.message as Partial<NotificationMessage> | undefined;
  const isMessage = typeof message?.groupKey === 'string' && typeof message.incident === 'object' && message.incident !== null;
  return line.op === 'put' && typeof line.notifier === 'string' && isMessage;
};

const parseLine = (text: string): Line | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const readOutbox = async (path: string): Promise<readonly string[]> => {
  try {
    return (await readFile(path, 'utf8')).split('\n').filter((text) => text !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

/** Lines are appended, each group with one fsync, and the file is rewritten when most of it is done. Rejects as the file system does. */
export const openOutbox = async (path: string): Promise<Outbox> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const owed = new Map<string, OutboxEntry>();
  const done = new Map<string, Line>();
  let unreadable = 0;
  let doneLines = 0;

  const finish = (line: Extract<Line, { readonly op: 'done' }>): void => {
    owed.delete(line.id);
    done.set(line.id, line);
    for (const oldest of done.keys()) {
      if (done.size <= DONE_KEPT) break;
      done.delete(oldest);
    }
  };

  for (const text of await readOutbox(path)) {
    const line = parseLine(text);
    if (line === undefined) unreadable += 1;
    else if (line.op === 'done') finish(line);
    else owed.set(line.id, { id: line.id, notifier: line.notifier, enqueuedAt: line.enqueuedAt, message: line.message });
  }

  const rewritten = async (): Promise<Awaited<ReturnType<typeof open>>> => {
    const temporary = `${path}.new`;
    const lines: readonly Line[] = [...done.values(), ...[...owed.values()].map((entry): Line => ({ op: 'put', ...entry }))];
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      await handle.datasync();
      await rename(temporary, path);
      await syncDirectory(dirname(path));
    } catch (error) {
      await handle.close();
      throw error;
    }
    doneLines = 0;
    return handle;
  };

  const initially = [...owed.values()];
  // Opening rewrites the file: a torn last line would otherwise swallow the next one.
  let handle = await rewritten();
  let last: Promise<void> = Promise.resolve();

  /** One after the other: the order of the file is the order of calls. */
  const serially = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const result = last.then(work);
    last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  };

  const append = async (line: Line): Promise<void> => {
    // The leading line feed ends what a failed write may have left behind.
    await handle.writeFile(`\n${JSON.stringify(line)}\n`);
    await handle.datasync();
  };

  return {
    owed: initially,
    unreadable,
    put: (entry) =>
      serially(async () => {
        if (owed.has(entry.id) || done.has(entry.id)) return false;
        await append({ op: 'put', ...entry });
        owed.set(entry.id, entry);
        return true;
      }),
    done: (id, how, at) =>
      serially(async () => {
        const line: Extract<Line, { readonly op: 'done' }> = { op: 'done', id, how, at };
        finish(line);
        await append(line);
        doneLines += 1;
        if (doneLines < COMPACT_AFTER) return;
        const old = handle;
        handle = await rewritten();
        await old.close();
      }),
    close: () => serially(() => handle.close()),
  };
};
