import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Snapshot } from '../../../core/ports.ts';
import type { DamageLedger } from '../damage-ledger.ts';
import { decodeSnapshot, encodeSnapshot } from '../snapshot-codec.ts';
import { SNAPSHOTS_KEPT } from '../store.ts';
import { syncDirectory } from './environment.ts';

export interface SnapshotFiles {
  put(snapshot: Snapshot): Promise<void>;
  latest(): Snapshot | undefined;
}

const DIGITS = 16;
const fileName = (snapshot: Snapshot): string =>
  `${snapshot.shard}-${String(snapshot.step).padStart(DIGITS, '0')}-${String(snapshot.position).padStart(DIGITS, '0')}.snapshot`;

interface Named {
  readonly name: string;
  readonly shard: string;
  readonly order: string;
}

/** Snapshot files, newest first. */
const list = (directory: string): readonly Named[] =>
  readdirSync(directory)
    .flatMap((name) => {
      const parts = /^(\d+)-(\d{16}-\d{16})\.snapshot$/.exec(name);
      return parts === null ? [] : [{ name, shard: parts[1] as string, order: parts[2] as string }];
    })
    .sort((a, b) => (a.order < b.order ? 1 : a.order > b.order ? -1 : 0));

/**
 * Snapshots as files of their own: they are large and rewritten whole, which would fragment a B-tree. Written beside,
 * flushed and renamed, so that a file under its final name is complete.
 */
export const openSnapshotFiles = (directory: string, format: number, damage: DamageLedger): SnapshotFiles => {
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory)) if (name.endsWith('.partial')) rmSync(join(directory, name), { force: true });

  const read = (name: string): Snapshot | undefined => {
    const path = join(directory, name);
    try {
      const decoded = decodeSnapshot(readFileSync(path));
      if (decoded.ok) return decoded.value;
      damage.record('snapshot', name, `${path}: ${decoded.error.message}`);
    } catch (error) {
      damage.record('snapshot', name, `${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return undefined;
  };

  return {
    async put(snapshot) {
      const name = fileName(snapshot);
      const path = join(directory, name);
      const partial = `${path}.partial`;
      const file = await open(partial, 'w');
      try {
        await file.writeFile(encodeSnapshot(snapshot));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(partial, path);
      syncDirectory(directory);
      const older = list(directory).filter((known) => known.shard === String(snapshot.shard) && known.name !== name);
      for (const known of older.slice(SNAPSHOTS_KEPT - 1)) await rm(join(directory, known.name), { force: true });
    },
    latest() {
      for (const { name } of list(directory)) {
        const snapshot = read(name);
        if (snapshot !== undefined && (snapshot.formatVersion === format || snapshot.formatVersion === format - 1)) return snapshot;
      }
      return undefined;
    },
  };
};
