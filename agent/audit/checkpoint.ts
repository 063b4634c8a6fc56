import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalJson } from '../../core/hash.ts';
import type { ChainTip } from './hash-chain.ts';

/**
 * A hash chain cannot see that its newest records are gone: a shorter chain is as good as a long one. The checkpoint
 * stands beside the log and remembers how far it went. It guards against a cut file, not against somebody who may
 * write both; for that, ship it to a place the agent cannot rewrite.
 */
export const checkpointPath = (logPath: string): string => join(dirname(logPath), 'checkpoint.json');

export type CheckpointRead =
  | { readonly kind: 'read'; readonly tip: ChainTip }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly why: string };

const isTip = (value: unknown): value is ChainTip => {
  const tip = value as ChainTip | null;
  return (
    typeof tip === 'object' &&
    tip !== null &&
    Number.isSafeInteger(tip.sequence) &&
    tip.sequence >= 0 &&
    typeof tip.hash === 'string' &&
    /^[0-9a-f]{64}$/.test(tip.hash)
  );
};

export const readCheckpoint = async (path: string): Promise<CheckpointRead> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'unreadable', why: message };
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isTip(value)) return { kind: 'read', tip: { sequence: value.sequence, hash: value.hash } };
    return { kind: 'unreadable', why: 'it holds no sequence and hash' };
  } catch {
    return { kind: 'unreadable', why: 'it is not JSON' };
  }
};

/** Makes a rename or a new file survive a power failure; some file systems do not allow it, and then there is nothing to wait for. */
export const syncDirectory = async (path: string): Promise<void> => {
  const handle = await open(path, 'r').catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync();
  } catch {
    // EINVAL where directories cannot be synced.
  } finally {
    await handle.close();
  }
};

/** Atomic: a reader sees the old checkpoint or the new one. */
export const writeCheckpoint = async (path: string, tip: ChainTip): Promise<void> => {
  const temporary = `${path}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(`${canonicalJson({ sequence: tip.sequence, hash: tip.hash })}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
};
