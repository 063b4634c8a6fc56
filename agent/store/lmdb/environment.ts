import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Database, open, type RootDatabase } from 'lmdb';
import { inspectDataFile } from './data-file.ts';

export type BinaryDatabase = Database<Uint8Array, number | string | number[]>;
export type Environment = RootDatabase<Uint8Array, string>;

/** Makes a new directory entry durable: fsync(2) of a file does not cover the entry that names it. */
export const syncDirectory = (directory: string): void => {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** Reads every record once; throws where LMDB finds a page that is none. */
const readEveryRecord = (environment: Environment): void => {
  for (const name of [...environment.getKeys()]) {
    for (const _ of openBinary(environment, name).getRange());
  }
};

/**
 * Opens one LMDB environment. `overlappingSync: false` makes the commit promise mean "on disk": data and meta page
 * are flushed before it resolves. `eventTurnBatching: false` leaves the transaction boundaries to `commit`. The map
 * starts small and grows with the file, so that address space and RSS follow the data. Throws for a file that is
 * not LMDB's or has lost pages.
 */
export const openEnvironment = (directory: string): Environment => {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'data.mdb');
  const state = inspectDataFile(path);
  if (state === 'foreign') throw new Error(`${path} is not an LMDB file`);
  const environment = open<Uint8Array, string>({
    path: directory,
    noSubdir: false,
    encoding: 'binary',
    maxDbs: 16,
    overlappingSync: false,
    eventTurnBatching: false,
  });
  try {
    if (state === 'extended') readEveryRecord(environment);
  } catch (error) {
    environment.close().catch(() => undefined);
    throw new Error(`${path} has lost pages`, { cause: error });
  }
  syncDirectory(directory);
  syncDirectory(dirname(directory));
  return environment;
};

export const openBinary = (environment: Environment, name: string): BinaryDatabase =>
  environment.openDB<Uint8Array, number | string | number[]>(name, { encoding: 'binary' });

interface CommitError extends Error {
  commitError?: Promise<unknown>;
}

/**
 * Runs the puts and removes of `action` as one transaction and resolves when it is on disk. Rejects when it was not
 * committed. `action` must not throw half way: what it had put would still be written.
 */
export const commit = async (environment: Environment, action: () => void): Promise<void> => {
  try {
    await environment.batch(action);
  } catch (error) {
    // lmdb hands the reason over in a second promise, which would else count as an unhandled rejection.
    (error as CommitError).commitError?.catch((cause: unknown) => {
      (error as CommitError).cause = cause;
    });
    throw error;
  }
};

/** CRC-32 of the rest in the first four bytes. */
export const seal = (content: Uint8Array): Uint8Array => {
  const sealed = new Uint8Array(4 + content.length);
  sealed.set(content, 4);
  new DataView(sealed.buffer).setUint32(0, crc32(content) >>> 0, true);
  return sealed;
};

/** The sealed content, or undefined when it is damaged. */
export const unseal = (sealed: Uint8Array): Uint8Array | undefined => {
  if (sealed.length < 4) return undefined;
  const content = sealed.subarray(4);
  const expected = new DataView(sealed.buffer, sealed.byteOffset, sealed.length).getUint32(0, true);
  return expected === crc32(content) >>> 0 ? content : undefined;
};

export const sealText = (text: string): Uint8Array => seal(new TextEncoder().encode(text));

export const unsealText = (sealed: Uint8Array): string | undefined => {
  const content = unseal(sealed);
  return content === undefined ? undefined : new TextDecoder().decode(content);
};
