import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';

/** Who has the store open. A process id alone would not do: containers all reuse the small ones. */
interface Owner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot (proc(5), field 22 of stat); absent where there is no /proc. */
  readonly startedAt?: string;
  readonly boot?: string;
}

const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

const startOf = (pid: number): string | undefined => {
  const stat = readIfThere(`/proc/${pid}/stat`);
  // The second field is the command in parentheses and may hold spaces, so count from its end: field 3 is next.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
};

const describeOwner = (pid: number): Owner => {
  const startedAt = startOf(pid);
  const boot = readIfThere('/proc/sys/kernel/random/boot_id')?.trim();
  return { pid, ...(startedAt === undefined ? {} : { startedAt }), ...(boot === undefined ? {} : { boot }) };
};

const isAlive = (owner: Owner): boolean => {
  if (owner.startedAt !== undefined) {
    const now = describeOwner(owner.pid);
    return now.startedAt === owner.startedAt && now.boot === owner.boot;
  }
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch {
    return false;
  }
};

const parseOwner = (text: string | undefined): Owner | undefined => {
  try {
    const parsed: unknown = JSON.parse(text ?? '');
    return typeof parsed === 'object' && parsed !== null && typeof (parsed as Owner).pid === 'number' ? (parsed as Owner) : undefined;
  } catch {
    // Cut off by a crash while it was written: nobody that lives holds it.
    return undefined;
  }
};

/**
 * Makes this process the only one that writes the store: two would give the same log positions to different batches.
 * The claim of a process that died is taken over. The value gives the claim back.
 */
export const claimOwnership = (directory: string): Outcome<() => void, Failure<'STORE_IN_USE'>> => {
  const path = join(directory, 'owner.json');
  const owner = parseOwner(readIfThere(path));
  if (owner !== undefined && isAlive(owner))
    return fail('STORE_IN_USE', `the store in ${directory} is open in process ${owner.pid}`, { retryable: true });
  rmSync(path, { force: true });
  try {
    writeFileSync(path, JSON.stringify(describeOwner(process.pid)), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return fail('STORE_IN_USE', `the store in ${directory} was opened by another process just now`, { retryable: true });
  }
  return succeed(() => rmSync(path, { force: true }));
};
