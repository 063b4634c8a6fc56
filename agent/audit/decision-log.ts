import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { WallClock } from '../../core/clock.ts';
import { canonicalJson, type Json } from '../../core/hash.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { checkpointPath, syncDirectory, writeCheckpoint } from './checkpoint.ts';
import { type FindFailure, matches, onlyOne, readDecisions } from './decision-reader.ts';
import type { DecisionEntry, DecisionRecord, DecisionVersions } from './decision-record.ts';
import { type ChainTip, lineOf, sealRecord } from './hash-chain.ts';
import { LINE_BYTES_MAX } from './lines.ts';
import { type VerifyResult, verify } from './verify.ts';

/** What happened to the file that somebody should know: never silent, never fatal. */
export interface DecisionLogEvent {
  readonly kind: 'torn-tail-cut' | 'damaged-log-set-aside' | 'checkpoint-failed';
  readonly message: string;
  readonly path: string;
}

export interface DecisionLogDeps {
  readonly clock: WallClock;
  readonly versions: DecisionVersions;
  readonly report?: (event: DecisionLogEvent) => void;
  /**
   * When an earlier record is damaged or the tail is missing: 'refuse' to open (the default), or 'set-aside', which
   * keeps the damaged files under another name as evidence and begins a new chain, so that a monitor is not down
   * because its diary was torn.
   */
  readonly onDamage?: 'refuse' | 'set-aside';
}

export type OpenFailure = Failure<'DECISION_LOG_DAMAGED' | 'DECISION_LOG_UNAVAILABLE'>;

export interface DecisionLog {
  readonly path: string;
  /** What was found and done on opening. */
  readonly opened: { readonly verified: VerifyResult; readonly events: readonly DecisionLogEvent[] };
  /** Sequence and hash of the newest durable record. */
  tip(): ChainTip;
  /** Why appends fail now; undefined while they work. For readiness. */
  failure(): string | undefined;
  /**
   * Resolves with the sealed record once it is on disk; concurrent appends share one write and one fsync and keep
   * their order. Rejects with a DecisionLogError when the disk refuses, and with a TypeError for an entry that has no
   * JSON form (a bug of the caller); neither disturbs other entries.
   */
  append(entry: DecisionEntry): Promise<DecisionRecord>;
  /** Durable records, oldest first, from a sequence number on. */
  read(from?: number): AsyncGenerator<DecisionRecord>;
  /** By id, unique beginning of an id, or `#sequence`. */
  find(wanted: string): Promise<Outcome<DecisionRecord, FindFailure>>;
  /** Waits for what was appended, then closes the file. */
  close(): Promise<void>;
}

export class DecisionLogError extends Error {
  readonly code = 'DECISION_LOG_UNAVAILABLE';
}

interface Waiting {
  readonly entry: DecisionEntry & { readonly at: number };
  readonly resolve: (record: DecisionRecord) => void;
  readonly reject: (error: Error) => void;
}

interface Position {
  readonly id: string;
  readonly sequence: number;
  readonly offset: number;
}

interface OpenedFile {
  readonly verified: VerifyResult;
  readonly positions: Position[];
}

const survey = async (path: string): Promise<OpenedFile> => {
  const positions: Position[] = [];
  const verified = await verify(path, { onRecord: ({ id, sequence }, offset) => positions.push({ id, sequence, offset }) });
  return { verified, positions };
};

/**
 * Only what was never acknowledged may be cut: the last line without its line feed, or anything behind the checkpoint,
 * which is written before an append resolves.
 */
const isUnacknowledgedTail = ({ bad, checkpoint, tip }: VerifyResult): boolean => {
  if (bad === undefined || checkpoint === undefined || tip.sequence < checkpoint.sequence) return false;
  return !bad.what.startsWith('checkpoint');
};

const keepBytes = async (path: string, bytes: Buffer): Promise<void> => {
  const handle = await open(path, 'a', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
};

const cutTail = async (path: string, goodBytes: number): Promise<DecisionLogEvent> => {
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    const tail = Buffer.alloc(size - goodBytes);
    await handle.read(tail, 0, tail.length, goodBytes);
    const kept = `${path}.torn`;
    await keepBytes(kept, tail);
    await handle.truncate(goodBytes);
    await handle.datasync();
    return {
      kind: 'torn-tail-cut',
      path: kept,
      message: `cut ${tail.length} unacknowledged bytes behind byte ${goodBytes} of ${path} into ${kept}`,
    };
  } finally {
    await handle.close();
  }
};

const setAside = async (path: string, now: number, summary: string): Promise<DecisionLogEvent> => {
  const suffix = `damaged-${new Date(now).toISOString().replace(/[:.]/g, '-')}`;
  for (const file of [path, checkpointPath(path)]) {
    await rename(file, `${file}.${suffix}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await syncDirectory(dirname(path));
  return { kind: 'damaged-log-set-aside', path: `${path}.${suffix}`, message: `${summary}; kept as ${path}.${suffix}, a new chain begins` };
};

/** Opens the log, creating it where there is none; cuts a torn tail, and treats damage as `onDamage` says. */
export const openDecisionLog = async (path: string, deps: DecisionLogDeps): Promise<Outcome<DecisionLog, OpenFailure>> => {
  const events: DecisionLogEvent[] = [];
  const note = (event: DecisionLogEvent): void => {
    events.push(event);
    deps.report?.(event);
  };
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    let file = await survey(path);
    if (isUnacknowledgedTail(file.verified)) {
      note(await cutTail(path, file.verified.goodBytes));
      file = await survey(path);
    }
    if (!file.verified.ok) {
      if (deps.onDamage !== 'set-aside') {
        return fail('DECISION_LOG_DAMAGED', `${path}: ${file.verified.summary}`);
      }
      note(await setAside(path, deps.clock.now(), file.verified.summary));
      file = await survey(path);
    }
    // The first checkpoint precedes the first record, so that a missing one is always damage.
    const { tip, checkpoint } = file.verified;
    if (checkpoint?.sequence !== tip.sequence) await writeCheckpoint(checkpointPath(path), tip);
    const handle = await open(path, 'a', 0o600);
    await syncDirectory(dirname(path));
    return succeed(createLog(path, handle, file, events, deps));
  } catch (error) {
    return fail('DECISION_LOG_UNAVAILABLE', `cannot open ${path}: ${(error as Error).message}`, { retryable: true, cause: error });
  }
};

const createLog = (
  path: string,
  handle: FileHandle,
  file: OpenedFile,
  events: readonly DecisionLogEvent[],
  deps: DecisionLogDeps,
): DecisionLog => {
  const { positions } = file;
  let tip = file.verified.tip;
  let size = file.verified.goodBytes;
  let waiting: Waiting[] = [];
  let committing: Promise<void> | undefined;
  let failure: string | undefined;
  let closed = false;
  /** After a failed fsync the kernel may have dropped the pages: a second fsync that succeeds proves nothing. */
  let poisoned = false;

  const writeDurably = async (bytes: Buffer): Promise<void> => {
    const found = (await handle.stat()).size;
    if (found !== size) throw new Error(`the file has ${found} bytes where ${size} were written: another writer is at work`);
    try {
      await handle.writeFile(bytes);
    } catch (error) {
      // A full disk may take a part; the chain must not continue behind half a record.
      await handle.truncate(size).catch(() => {
        poisoned = true;
      });
      throw error;
    }
    try {
      await handle.datasync();
    } catch (error) {
      poisoned = true;
      throw error;
    }
  };

  const commit = async (group: readonly Waiting[]): Promise<void> => {
    const sealed: { readonly record: DecisionRecord; readonly position: Position }[] = [];
    const lines: Buffer[] = [];
    let next = tip;
    let offset = size;
    for (const { entry } of group) {
      const record = sealRecord(entry, deps.versions, next);
      const line = Buffer.from(`${lineOf(record)}\n`);
      sealed.push({ record, position: { id: record.id, sequence: record.sequence, offset } });
      lines.push(line);
      offset += line.length;
      next = { sequence: record.sequence, hash: record.hash };
    }
    try {
      if (poisoned) throw new Error('an earlier write may be lost; the log must be opened anew');
      await writeDurably(Buffer.concat(lines));
    } catch (error) {
      failure = (error as Error).message;
      const refusal = new DecisionLogError(`${path} did not take the record: ${failure}`, { cause: error });
      for (const { reject } of group) reject(refusal);
      return;
    }
    failure = undefined;
    tip = next;
    size = offset;
    for (const { position } of sealed) positions.push(position);
    await writeCheckpoint(checkpointPath(path), tip).catch((error: Error) => {
      deps.report?.({ kind: 'checkpoint-failed', path: checkpointPath(path), message: error.message });
    });
    group.forEach(({ resolve }, index) => {
      resolve((sealed[index] as (typeof sealed)[number]).record);
    });
  };

  const commitAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await commit(group);
    }
    committing = undefined;
  };

  const read = (from = 1): AsyncGenerator<DecisionRecord> =>
    readDecisions(path, { from, offset: positions[Math.max(1, from) - 1]?.offset ?? size, until: size });

  return {
    path,
    opened: { verified: file.verified, events },
    tip: () => tip,
    failure: () => failure,
    append(entry) {
      if (closed) return Promise.reject(new DecisionLogError(`${path} is closed`));
      return new Promise((resolve, reject) => {
        // A copy in JSON's own terms: the caller may go on changing its objects, and what is returned is what will be read.
        const text = canonicalJson({ ...entry, at: entry.at ?? deps.clock.now() } as unknown as Json);
        if (Buffer.byteLength(text) > LINE_BYTES_MAX / 2) {
          throw new RangeError(`a decision record of ${Buffer.byteLength(text)} bytes is longer than ${LINE_BYTES_MAX / 2}`);
        }
        waiting.push({ entry: JSON.parse(text) as Waiting['entry'], resolve, reject });
        committing ??= Promise.resolve().then(commitAll);
      });
    },
    read,
    async find(wanted) {
      const exact = positions.filter((position) => position.id === wanted);
      const found = onlyOne(wanted, exact.length > 0 ? exact : positions.filter(matches(wanted)));
      if (!found.ok) return found;
      for await (const record of read(found.value.sequence)) return succeed(record);
      return fail('DECISION_NOT_FOUND', `the record ${found.value.id} is no longer in ${path}`);
    },
    async close() {
      closed = true;
      await committing;
      await handle.close();
    },
  };
};
