import type { WallClock } from '../../core/clock.ts';
import type { LogPosition, Store } from '../../core/ports.ts';
import type { DurationMs } from '../../core/time.ts';

/** What can be found damaged on disk. Each damaged thing is reported and counted once, however often it is read. */
export type DamagedThing = 'log-entry' | 'series-block' | 'snapshot' | 'partition' | 'identity';

export type DamageCounts = Readonly<Record<DamagedThing, number>>;

/** Told of each damaged thing once; `where` names the file or key and what is wrong with it. */
export type OnCorruption = (what: DamagedThing, where: string) => void;

export interface StoreOptions {
  /** Length of one time partition, the unit of retention. Default one day. */
  readonly partitionMs?: DurationMs;
  /** Length of one step: step k covers [k * stepMs, (k + 1) * stepMs). */
  readonly stepMs: DurationMs;
  /** Dates what the store sets aside; data is placed by its own times. */
  readonly clock: WallClock;
  /** Snapshot format this version writes; it and the one before are read. Default 1. */
  readonly snapshotFormat?: number;
  readonly onCorruption?: OnCorruption;
}

/** The Store port with what operating it needs. */
export interface OperableStore extends Store {
  /** Bytes of all files of the store. */
  diskBytes(): number;
  /** Positions of the oldest and the newest batch still held; undefined while there is none. */
  logRange(): { readonly first: LogPosition; readonly last: LogPosition } | undefined;
  /** The log position committed with the last step: replay starts after it. Undefined before the first step. */
  lastCoveredPosition(): LogPosition | undefined;
  /** Index of the newest step stored; undefined before the first. */
  lastStepIndex(): number | undefined;
  /** Forgets batches up to and including a position, once no snapshot needs them; the space is used again. */
  trimLog(through: LogPosition): Promise<void>;
  damage(): DamageCounts;
}

export const SNAPSHOTS_KEPT = 3;
