import { type Clock, sleep } from '../../core/clock.ts';
import { sha256Hex } from '../../core/hash.ts';
import type { Random } from '../../core/random.ts';
import type { NotificationMessage, Notifier, NotifyFailure } from './notifier.ts';
import { type Outbox, type OutboxEntry, openOutbox } from './outbox.ts';
import { afterFailure, RETRY_POLICY, type RetryPolicy } from './stages/retry.ts';

/** The part of a logger the dispatcher needs. */
export interface DispatchLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface DispatcherDeps {
  readonly notifiers: readonly Notifier[];
  readonly clock: Clock;
  readonly random: Random;
  /** `<data>/outbox.ndjson` */
  readonly outboxPath: string;
  readonly log: DispatchLog;
  readonly retry?: RetryPolicy;
  /** What holds now, one message an open incident that was told: for notifiers that repeat. */
  standing?(): readonly NotificationMessage[];
}

interface NotifierStats {
  readonly notifier: string;
  readonly delivered: number;
  /** Failed attempts that were followed by another. */
  readonly retried: number;
  /** Repetitions of what was told before. */
  readonly repeated: number;
  /** Messages that were lost to this receiver. */
  readonly givenUp: number;
  /** Messages still owed. */
  readonly pending: number;
  readonly lastFailure: string | undefined;
}

export interface Dispatcher {
  /** Resolves when the message is in the outbox of every notifier; delivery follows by itself. Rejects when the disk refuses. */
  enqueue(message: NotificationMessage): Promise<void>;
  /** Resolves when nothing is owed any more: everything was delivered or given up. */
  drain(): Promise<void>;
  stats(): readonly NotifierStats[];
  /** Stops at once; what is owed stays in the outbox for the next start. */
  close(): Promise<void>;
}

/** The same message to the same notifier has the same id after a restart: it is what happened, not when it was sent. */
const deliveryId = (notifier: string, { groupKey, reason, incident }: NotificationMessage): string =>
  sha256Hex(JSON.stringify([notifier, incident.tenant, groupKey, reason, incident.id, incident.severity, incident.updatedAt])).slice(0, 32);

interface Counts {
  delivered: number;
  retried: number;
  repeated: number;
  givenUp: number;
  pending: number;
  lastFailure: string | undefined;
}

/**
 * Delivers every message to every notifier at least once, in order within a group, with back-off; a failing receiver
 * does not delay another, nor a failing group its neighbors. Opens the outbox and goes on with what it owes; rejects
 * when the outbox cannot be opened.
 */
export const createDispatcher = async (deps: DispatcherDeps): Promise<Dispatcher> => {
  const { clock, random, log } = deps;
  const policy = deps.retry ?? RETRY_POLICY;
  const notifiers = new Map(deps.notifiers.map((notifier) => [notifier.name, notifier]));
  const counts = new Map<string, Counts>(
    deps.notifiers.map(({ name }) => [name, { delivered: 0, retried: 0, repeated: 0, givenUp: 0, pending: 0, lastFailure: undefined }]),
  );
  /** The end of each queue: one a notifier and group. */
  const queues = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  const outbox: Outbox = await openOutbox(deps.outboxPath);
  if (outbox.unreadable > 0) log.warn({ lines: outbox.unreadable, path: deps.outboxPath }, 'unreadable lines in the outbox were dropped');

  const finished = async (entry: OutboxEntry, tally: Counts, how: 'delivered' | 'given-up'): Promise<void> => {
    tally.pending -= 1;
    try {
      await outbox.done(entry.id, how, clock.now());
    } catch (error) {
      // At least once: without the mark the message is sent again after a restart, under the same idempotency key.
      log.error(
        { notifier: entry.notifier, id: entry.id, error: (error as Error).message },
        'the outbox did not take the mark of a finished delivery',
      );
    }
  };

  const attempt = async (notifier: Notifier, entry: Pick<OutboxEntry, 'id' | 'message'>): Promise<NotifyFailure | undefined> => {
    try {
      const outcome = await notifier.notify({ idempotencyKey: entry.id, message: entry.message }, stopping.signal);
      return outcome.ok ? undefined : outcome.error;
    } catch (error) {
      return {
        code: 'NOTIFIER_MISCONFIGURED',
        message: `${notifier.name} failed: ${(error as Error).message}`,
        retryable: true,
        cause: error,
      };
    }
  };

  const deliver = async (notifier: Notifier, entry: OutboxEntry, tally: Counts): Promise<void> => {
    for (let attempts = 1; !stopping.signal.aborted; attempts += 1) {
      const failure = await attempt(notifier, entry);
      const fields = { notifier: notifier.name, id: entry.id, group: entry.message.groupKey, reason: entry.message.reason, attempts };
      if (failure === undefined) {
        tally.delivered += 1;
        tally.lastFailure = undefined;
        log.info(fields, 'notification delivered');
        return finished(entry, tally, 'delivered');
      }
      if (stopping.signal.aborted) return;
      tally.lastFailure = failure.message;
      const next = afterFailure(attempts, failure, random, policy);
      if (next.kind === 'give-up') {
        tally.givenUp += 1;
        log.error({ ...fields, code: failure.code, because: next.because, failure: failure.message }, 'notification given up');
        return finished(entry, tally, 'given-up');
      }
      tally.retried += 1;
      log.warn(
        { ...fields, code: failure.code, failure: failure.message, retryInSeconds: next.delayMs / 1_000 },
        'notification failed, will be tried again',
      );
      await sleep(clock, next.delayMs, stopping.signal);
    }
  };

  const queueOf = (notifier: string, { groupKey }: NotificationMessage): string => JSON.stringify([notifier, groupKey]);

  /** Behind whatever else goes to the same notifier and group. */
  const line = (key: string, deliverNow: () => Promise<void>): void => {
    const work = (queues.get(key) ?? Promise.resolve()).then(deliverNow);
    queues.set(key, work);
    void work.then(() => {
      if (queues.get(key) === work) queues.delete(key);
    });
  };

  const queue = (entry: OutboxEntry): void => {
    const notifier = notifiers.get(entry.notifier);
    const tally = counts.get(entry.notifier);
    if (notifier === undefined || tally === undefined) {
      log.error(
        { notifier: entry.notifier, id: entry.id },
        'a notification is owed to a notifier that is no longer configured; it stays in the outbox',
      );
      return;
    }
    tally.pending += 1;
    line(queueOf(entry.notifier, entry.message), () => deliver(notifier, entry, tally));
  };

  /** Not owed to anybody and so not in the outbox: what fails is said anew by the next repetition. */
  const remind = async (notifier: Notifier, message: NotificationMessage, tally: Counts): Promise<void> => {
    const fields = { notifier: notifier.name, group: message.groupKey, reason: message.reason };
    const failure = await attempt(notifier, { id: deliveryId(notifier.name, message), message });
    if (stopping.signal.aborted) return;
    tally.lastFailure = failure?.message;
    if (failure === undefined) tally.repeated += 1;
    else log.warn({ ...fields, code: failure.code, failure: failure.message }, 'notification could not be repeated');
  };

  const repeat = (notifier: Notifier, tally: Counts): void => {
    for (const message of deps.standing?.() ?? []) {
      const key = queueOf(notifier.name, message);
      // Whatever is on its way to this group says the same or more.
      if (!queues.has(key)) line(key, () => remind(notifier, message, tally));
    }
  };

  for (const entry of outbox.owed) queue(entry);
  const cancelRepeating = deps.notifiers.flatMap((notifier) => {
    const tally = counts.get(notifier.name);
    if (notifier.repeatEveryMs === undefined || tally === undefined) return [];
    return [clock.every(notifier.repeatEveryMs, () => repeat(notifier, tally))];
  });

  return {
    async enqueue(message) {
      const enqueuedAt = clock.now();
      for (const notifier of notifiers.keys()) {
        const entry: OutboxEntry = { id: deliveryId(notifier, message), notifier, enqueuedAt, message };
        if (await outbox.put(entry)) queue(entry);
      }
    },
    async drain() {
      while (queues.size > 0) await Promise.all(queues.values());
    },
    stats: () => [...counts].map(([notifier, tally]) => ({ notifier, ...tally })),
    async close() {
      for (const cancel of cancelRepeating) cancel();
      stopping.abort();
      await Promise.all(queues.values());
      await outbox.close();
      await Promise.all(deps.notifiers.map((notifier) => notifier.close()));
    },
  };
};
