import { sleep } from '../../core/clock.ts';
import { type ReaderDependencies, readSource } from './reader.ts';
import type { NatsSourceConfig } from './schema.ts';

export type { NatsConnection, NatsConnections } from './connection.ts';
export { createNatsConnections } from './connection.ts';
export { createEventMemory, type EventMemory } from './event-memory.ts';
export { isSubject, natsServerKeys, natsSourceSchema } from './schema.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** Reading that lasted this long went well: what ends it is a new problem, looked into at once. */
const WENT_WELL_MS = 10_000;

interface NatsCollector {
  /** Stops asking for messages, stores what has come, and resolves. What is not acknowledged comes again. */
  close(): Promise<void>;
}

/** Reads every configured source for as long as the agent lives. Whatever is wrong with one is told and tried again. */
export const startNatsCollector = (sources: readonly NatsSourceConfig[], deps: ReaderDependencies): NatsCollector => {
  const { clock, log } = deps;
  const stopping = new AbortController();

  const keepReading = async (source: NatsSourceConfig): Promise<void> => {
    let delayMs = FIRST_RETRY_MS;
    while (!stopping.signal.aborted) {
      const startedAt = clock.elapsedMs();
      const ended = await readSource(source, deps, stopping.signal);
      if (ended.ok || stopping.signal.aborted) return;
      if (clock.elapsedMs() - startedAt >= WENT_WELL_MS) delayMs = FIRST_RETRY_MS;
      const { name, stream, subject } = source;
      const { code, message } = ended.error;
      log.warn(
        { source: name, stream, subject, code, problem: message, retryInSeconds: delayMs / 1_000 },
        'business events cannot be read now',
      );
      await sleep(clock, delayMs, stopping.signal);
      delayMs = Math.min(LONGEST_RETRY_MS, delayMs * 2);
    }
  };

  const reading = sources.map(keepReading);
  return {
    async close() {
      stopping.abort();
      await Promise.all(reading);
    },
  };
};
