import { openStore } from '../../agent/store/lmdb/lmdb-store.ts';
import { systemClock } from '../../core/system-clock.ts';
import { numberedBatch, numberedNames } from './numbered-batch.ts';

/**
 * Appends numbered batches as fast as the store takes them, 16 under way at a time, and prints "<position> <number>"
 * for each that was acknowledged; "refused <code> <retryable> <number>" for each that was not. Lives until it is
 * killed, or until `limit` batches are answered.
 */
const [directory = '', firstNumber = '0', limit = 'Infinity'] = process.argv.slice(2);
const UNDER_WAY = 16;
const STEP_MS = 1_000;

const opened = await openStore(directory, { partitionMs: 2_000, stepMs: STEP_MS, clock: systemClock });
if (!opened.ok) throw new Error(opened.error.message, { cause: opened.error.cause });
const store = opened.value;
let next = Number(firstNumber);
const end = next + Number(limit);

const appendOn = async (): Promise<void> => {
  while (next < end) {
    const number = next;
    next += 1;
    const outcome = await store.appendBatch(numberedBatch(number, systemClock.now()), numberedNames(number));
    // A write to a pipe or file is in the kernel when writeSync returns, so a kill loses no printed line.
    process.stdout.write(
      outcome.ok ? `${outcome.value} ${number}\n` : `refused ${outcome.error.code} ${outcome.error.retryable} ${number}\n`,
    );
  }
};

await Promise.all(Array.from({ length: UNDER_WAY }, appendOn));
await store.close();
