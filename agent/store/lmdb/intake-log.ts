import type { Batch } from '../../../core/batch.ts';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { IdentityDelta, LogPosition } from '../../../core/ports.ts';
import type { Instant } from '../../../core/time.ts';
import { decodeBatch, encodeBatch } from '../batch-codec.ts';
import type { DamageLedger } from '../damage-ledger.ts';
import { commit } from './environment.ts';
import type { Identity } from './identity.ts';
import { isPartitionOpen, type Partition, partitionName } from './partition.ts';
import type { Partitions } from './partitions.ts';

export interface IntakeLog {
  append(batch: Batch, delta: IdentityDelta): Promise<Outcome<LogPosition, Failure<'LOG_UNAVAILABLE'>>>;
  read(after: LogPosition): AsyncGenerator<{ readonly position: LogPosition; readonly batch: Batch }>;
  /** The newest position given to any batch. */
  readonly lastPosition: LogPosition;
  /** Refuses further appends and resolves when those under way are answered. */
  drain(): Promise<void>;
}

type AppendOutcome = Outcome<LogPosition, Failure<'LOG_UNAVAILABLE'>>;

interface Pending {
  readonly at: Instant;
  readonly bytes: Uint8Array;
  readonly answer: (outcome: AppendOutcome) => void;
}

/** One flush takes at most this much, so that its transaction stays bounded; a single batch may be larger. */
const FLUSH_BYTES = 64 * 1024 * 1024;
/** The range of ECMAScript time values; dates beyond it have no partition name. */
const LAST_INSTANT = 8.64e15;

const unavailable = (message: string, retryable: boolean, cause?: unknown): AppendOutcome =>
  fail('LOG_UNAVAILABLE', message, { retryable, ...(cause === undefined ? {} : { cause }) });

const takeFlush = (queue: Pending[]): Pending[] => {
  let bytes = 0;
  let count = 0;
  for (const pending of queue) {
    bytes += pending.bytes.length;
    if (count > 0 && bytes > FLUSH_BYTES) break;
    count += 1;
  }
  return queue.splice(0, count);
};

interface Placed {
  readonly position: LogPosition;
  readonly pending: Pending;
}

/**
 * The intake log with group commit: one flush is under way at a time, and everything appended meanwhile shares the
 * next one. Identity is on disk before the batches that need it. Positions are given in append order and never
 * twice in the life of a process: a flush that failed leaves a gap.
 */
export const openIntakeLog = (
  partitions: Partitions,
  identity: Identity,
  startAfter: LogPosition,
  now: () => Instant,
  damage: DamageLedger,
): IntakeLog => {
  let lastPosition = startAfter;
  let closing = false;
  let flushing: Promise<void> | undefined;
  const queue: Pending[] = [];

  const place = (group: readonly Pending[]): ReadonlyMap<Partition, readonly Placed[]> => {
    const placed = new Map<Partition, Placed[]>();
    for (const pending of group) {
      let partition: Partition;
      try {
        partition = partitions.at(pending.at);
      } catch (error) {
        pending.answer(unavailable('the time partition of the batch cannot be opened', true, error));
        continue;
      }
      lastPosition += 1;
      const members = placed.get(partition) ?? [];
      members.push({ position: lastPosition, pending });
      placed.set(partition, members);
    }
    return placed;
  };

  const write = async (partition: Partition, members: readonly Placed[]): Promise<void> => {
    try {
      await commit(partition.environment, () => {
        for (const { position, pending } of members) partition.log.put(position, pending.bytes);
      });
    } catch (error) {
      for (const { pending } of members) pending.answer(unavailable('the batch could not be written', true, error));
      return;
    }
    for (const { position, pending } of members) pending.answer(succeed(position));
  };

  const flush = async (group: readonly Pending[]): Promise<void> => {
    try {
      await identity.flush();
    } catch (error) {
      for (const pending of group) pending.answer(unavailable('names and streams could not be written', true, error));
      return;
    }
    for (const [partition, members] of place(group)) await write(partition, members);
  };

  const flushAll = async (): Promise<void> => {
    while (queue.length > 0) await flush(takeFlush(queue));
    flushing = undefined;
  };

  const decodeAt = (partition: Partition, position: LogPosition): Batch | undefined => {
    const where = `${partitionName(partition.startsAt)} log entry ${position}`;
    try {
      const bytes = partition.log.getBinary(position);
      // Trimmed while the reader was elsewhere: not damage.
      if (bytes === undefined) return undefined;
      const batch = decodeBatch(bytes);
      if (batch.ok) return batch.value;
      damage.record('log-entry', where, `${where}: ${batch.error.message}`);
    } catch (error) {
      damage.record('log-entry', where, `${where}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return undefined;
  };

  const nextOf = (partition: Partition, after: LogPosition): LogPosition | undefined => {
    if (!isPartitionOpen(partition)) return undefined;
    try {
      for (const key of partition.log.getKeys({ start: after + 1, limit: 1 })) return key as number;
    } catch (error) {
      const name = partitionName(partition.startsAt);
      damage.record('partition', name, `${name} log after ${after}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return undefined;
  };

  return {
    get lastPosition() {
      return lastPosition;
    },
    append(batch, delta) {
      if (closing) return Promise.resolve(unavailable('the store is closed', true));
      const bytes = encodeBatch(batch);
      const conflict = identity.stage(delta);
      if (conflict !== undefined) return Promise.resolve(unavailable(conflict, false));
      const at = Math.abs(batch.receivedAt) <= LAST_INSTANT ? batch.receivedAt : now();
      return new Promise((answer) => {
        queue.push({ at, bytes, answer });
        flushing ??= flushAll();
      });
    },
    async *read(after) {
      // The wall clock may have jumped, so positions of partitions may interleave: always the smallest next one.
      let last = after;
      for (;;) {
        let next: { readonly partition: Partition; readonly position: LogPosition } | undefined;
        for (const partition of partitions.all()) {
          const position = nextOf(partition, last);
          if (position !== undefined && (next === undefined || position < next.position)) next = { partition, position };
        }
        if (next === undefined) return;
        last = next.position;
        const batch = decodeAt(next.partition, next.position);
        if (batch !== undefined) yield { position: next.position, batch };
      }
    },
    async drain() {
      closing = true;
      await flushing;
    },
  };
};
