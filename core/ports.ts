import type { Batch } from './batch.ts';
import type { Failure, Outcome } from './outcome.ts';
import type { ClosedStep, Signal } from './signal.ts';
import type { StreamDescriptor } from './stream.ts';
import type { Instant } from './time.ts';

/** Monotone position in the intake log. */
export type LogPosition = number;

/**
 * The door through which every collector writes. `accept` resolves only when the batch is on disk: acknowledged
 * means on disk. A refusal is retryable; the sender keeps the data.
 */
export interface Intake {
  accept(batch: Batch): Promise<Outcome<LogPosition, Failure<'LOG_UNAVAILABLE'>>>;
}

/** Where the normalizer takes accepted batches from, in log order, live and on replay after a restart. */
export type BatchConsumer = (batch: Batch, position: LogPosition) => void;

/** Names and streams first seen in a batch: stored with it, so that ids in the log stay readable for ever. */
export interface IdentityDelta {
  /** Dictionary id of texts[0]. */
  readonly firstText: number;
  readonly texts: readonly string[];
  readonly streams: readonly StreamDescriptor[];
}

/** Everything the agent must remember across restarts, one file system folder. */
export interface Store {
  /** Appends an accepted batch; resolves when it is durable (group commit). */
  appendBatch(batch: Batch, identity: IdentityDelta): Promise<Outcome<LogPosition, Failure<'LOG_UNAVAILABLE'>>>;
  /** All names and streams ever stored, in id order. */
  loadIdentity(): { readonly texts: readonly string[]; readonly streams: readonly StreamDescriptor[] };
  /** Batches after a position, oldest first. */
  readBatches(after: LogPosition): AsyncIterable<{ readonly position: LogPosition; readonly batch: Batch }>;
  /** Stores a closed step and the log position it covers in one transaction. */
  putStep(step: ClosedStep, signals: readonly Signal[], covers: LogPosition): Promise<void>;
  /** Values and weights of one signal for the steps [fromIndex, toIndex); NaN where absent. */
  readSignal(key: string, fromIndex: number, toIndex: number): { readonly value: Float64Array; readonly weight: Float64Array };
  putSnapshot(snapshot: Snapshot): Promise<void>;
  /** The newest snapshot whose checksum holds and whose format this version reads (its own or the one before). */
  latestSnapshot(): Snapshot | undefined;
  /** Removes partitions that ended before `before`. */
  expire(before: Instant): Promise<void>;
  close(): Promise<void>;
}

/** State of one shard after a step; what comes later in the log is replayed on top of it. */
export interface Snapshot {
  readonly shard: number;
  readonly step: number;
  readonly position: LogPosition;
  readonly formatVersion: number;
  /** Named parts, each serialized by its owner. */
  readonly parts: Readonly<Record<string, Uint8Array>>;
}
