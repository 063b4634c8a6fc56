import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LogPosition } from '../../../core/ports.ts';
import type { DurationMs, Instant } from '../../../core/time.ts';
import type { DamageLedger } from '../damage-ledger.ts';
import { type BinaryDatabase, commit, type Environment, openBinary, openEnvironment, sealText, unsealText } from './environment.ts';
import { openStepSeries, type StepSeries } from './series.ts';

/** The newest step of a partition and the log position committed with it. */
export interface Covered {
  readonly position: LogPosition;
  readonly step: number;
  /** What the index of the step counts: under another step length it means another time. */
  readonly stepMs: DurationMs;
}

/** One LMDB environment: everything of [startsAt, endsAt). */
export interface Partition {
  readonly directory: string;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly environment: Environment;
  readonly log: BinaryDatabase;
  readonly series: StepSeries;
  covered(): Covered | undefined;
  /** The put of a new covered position, to be run inside a transaction. */
  coveredWrite(covered: Covered): () => void;
}

const ENDS_AT = 'ends at';
const COVERED = 'covered';

/** ISO 8601 basic format: no colons, which some file systems and tools refuse. */
export const partitionName = (startsAt: Instant): string => new Date(startsAt).toISOString().replaceAll('-', '').replaceAll(':', '');

/** The start a partition name states, or undefined when the name is no partition's. */
export const partitionStart = (name: string): Instant | undefined => {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2}\.\d{3})Z$/.exec(name);
  if (parts === null) return undefined;
  const startsAt = Date.parse(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}Z`);
  return Number.isNaN(startsAt) ? undefined : startsAt;
};

/**
 * Opens or makes a partition. Its end is stored at birth, so that a changed partition length never lets two
 * partitions claim one instant. Throws when LMDB cannot open it.
 */
export const openPartition = (
  directory: string,
  startsAt: Instant,
  endsAtBirth: Instant,
  stepMs: DurationMs,
  damage: DamageLedger,
): Partition => {
  const environment = openEnvironment(directory);
  const log = openBinary(environment, 'log');
  const meta = openBinary(environment, 'meta');
  const name = partitionName(startsAt);
  const series = openStepSeries(environment, name, stepMs, damage);

  const readMeta = (key: string): string | undefined => {
    const stored = meta.getBinary(key);
    if (stored === undefined) return undefined;
    const text = unsealText(stored);
    if (text === undefined) damage.record('partition', `${name} ${key}`, `${name} ${key}: checksum differs`);
    return text;
  };
  const storedEnd = readMeta(ENDS_AT);
  if (storedEnd === undefined) meta.putSync(ENDS_AT, sealText(String(endsAtBirth)));

  return {
    directory,
    startsAt,
    endsAt: storedEnd === undefined ? endsAtBirth : Number(storedEnd),
    environment,
    log,
    series,
    covered() {
      const text = readMeta(COVERED);
      return text === undefined ? undefined : (JSON.parse(text) as Covered);
    },
    coveredWrite(covered) {
      const record = sealText(JSON.stringify(covered));
      return () => {
        meta.put(COVERED, record);
      };
    },
  };
};

export const isPartitionOpen = (partition: Partition): boolean =>
  (partition.environment as unknown as { status: string }).status === 'open';

/** First and last position in the log of a partition. */
export const logBounds = (partition: Partition): { readonly first: LogPosition; readonly last: LogPosition } | undefined => {
  for (const first of partition.log.getKeys({ limit: 1 })) {
    for (const last of partition.log.getKeys({ reverse: true, limit: 1 })) return { first: first as number, last: last as number };
  }
  return undefined;
};

/** Positions removed in one transaction while trimming: small enough not to hold up appends. */
const TRIM_POSITIONS = 1_024;

export const trimPartitionLog = async (partition: Partition, through: LogPosition): Promise<void> => {
  for (;;) {
    if (!isPartitionOpen(partition)) return;
    const keys = [...partition.log.getKeys({ end: through + 1, limit: TRIM_POSITIONS })] as number[];
    if (keys.length === 0) return;
    await commit(partition.environment, () => {
      for (const key of keys) partition.log.remove(key);
    });
  }
};

/** Closes a partition and unlinks it. Moved aside first, so that a crash in between leaves no half of it behind. */
export const removePartition = async (partition: Partition, graveyard: string): Promise<void> => {
  await partition.environment.close();
  const grave = join(graveyard, partitionName(partition.startsAt));
  rmSync(grave, { recursive: true, force: true });
  renameSync(partition.directory, grave);
  rmSync(grave, { recursive: true, force: true });
};

/** Bytes of all files under a directory; files that vanish meanwhile count nothing. */
export const directoryBytes = (directory: string): number => {
  let bytes = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
};
