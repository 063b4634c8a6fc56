import { type Clock, sleep } from '../../core/clock.ts';

/** One JSON line on stdout, for whoever started the process. */
export const say = (line: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

export interface ProcessLife {
  readonly clock: Clock;
  /** End when this process is gone, so that no demo leaves anything behind. */
  readonly parentPid?: number | undefined;
  start(): Promise<void>;
  /** Work with an end of its own: once it resolves, the process ends. Absent: only a signal ends it. */
  readonly finished?: Promise<void>;
  /** Finishes running work; bounded by whoever implements it. */
  stop(): Promise<void>;
  flush(): Promise<void>;
  readonly flushWithinMs: number;
}

const PARENT_CHECK_MS = 1_000;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to someone else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Starts, and on SIGTERM, SIGINT or the parent's end: stops, flushes, exits with 0. Rejects only when starting fails. */
export const runUntilStopped = async (life: ProcessLife): Promise<void> => {
  const { clock, parentPid } = life;
  // The reader of stdout may be gone before we are: no reason to fail.
  process.stdout.on('error', () => {});
  let stopping = false;
  const end = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await life.stop();
    await Promise.race([life.flush(), sleep(clock, life.flushWithinMs)]);
    process.exit(0);
  };
  process.on('SIGTERM', () => void end());
  process.on('SIGINT', () => void end());
  if (parentPid !== undefined) {
    clock.every(PARENT_CHECK_MS, () => {
      if (!isAlive(parentPid)) void end();
    });
  }
  await life.start();
  if (life.finished === undefined) return;
  await life.finished;
  await end();
};
