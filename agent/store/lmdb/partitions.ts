import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DurationMs, Instant } from '../../../core/time.ts';
import type { DamageLedger } from '../damage-ledger.ts';
import { syncDirectory } from './environment.ts';
import { openPartition, type Partition, partitionName, partitionStart, removePartition } from './partition.ts';

/** The partitions of a store, oldest first; they never overlap. */
export interface Partitions {
  all(): readonly Partition[];
  /** The partition that holds an instant, made when there is none. Throws when it cannot be made. */
  at(instant: Instant): Partition;
  remove(partition: Partition): Promise<void>;
  close(): Promise<void>;
}

export interface PartitionsOptions {
  readonly directory: string;
  readonly partitionMs: DurationMs;
  readonly stepMs: DurationMs;
  readonly damage: DamageLedger;
  /** Names what is set aside. */
  readonly now: () => Instant;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const openPartitions = (options: PartitionsOptions): Partitions => {
  const { partitionMs, stepMs, damage } = options;
  const living = join(options.directory, 'partitions');
  const graveyard = join(options.directory, 'expired');
  mkdirSync(living, { recursive: true });
  // What a crash left half removed.
  rmSync(graveyard, { recursive: true, force: true });
  mkdirSync(graveyard, { recursive: true });
  syncDirectory(options.directory);

  let partitions: readonly Partition[] = [];
  const add = (partition: Partition): Partition => {
    partitions = [...partitions, partition].sort((a, b) => a.startsAt - b.startsAt);
    return partition;
  };

  /** Keeps an unreadable partition for inspection and lets the agent start without it. */
  const setAside = (name: string, reason: string): void => {
    const damagedPath = join(options.directory, 'damaged', `${name}-${options.now()}`);
    mkdirSync(join(options.directory, 'damaged'), { recursive: true });
    renameSync(join(living, name), damagedPath);
    damage.record('partition', name, `${name}: ${reason}; set aside as ${damagedPath}`);
  };

  for (const name of readdirSync(living).sort()) {
    const startsAt = partitionStart(name);
    if (startsAt === undefined) continue;
    try {
      add(openPartition(join(living, name), startsAt, startsAt + partitionMs, stepMs, damage));
    } catch (error) {
      setAside(name, reasonOf(error));
    }
  }

  return {
    all: () => partitions,
    at(instant) {
      const holding = partitions.find((partition) => partition.startsAt <= instant && instant < partition.endsAt);
      if (holding !== undefined) return holding;
      const regular = Math.floor(instant / partitionMs) * partitionMs;
      // After the partition length was changed, the regular bounds may cut into partitions of the old length.
      const startsAt = partitions.reduce((start, one) => (one.endsAt <= instant ? Math.max(start, one.endsAt) : start), regular);
      const endsAt = partitions.reduce((end, one) => (one.startsAt > instant ? Math.min(end, one.startsAt) : end), regular + partitionMs);
      const directory = join(living, partitionName(startsAt));
      return add(openPartition(directory, startsAt, endsAt, stepMs, damage));
    },
    async remove(partition) {
      partitions = partitions.filter((one) => one !== partition);
      await removePartition(partition, graveyard);
    },
    async close() {
      const closing = partitions;
      // Reads after the end find nothing, rather than a closed environment.
      partitions = [];
      await Promise.all(closing.map((partition) => partition.environment.close()));
    },
  };
};
