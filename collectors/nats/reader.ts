import type { Consumer, JsMsg } from '@nats-io/jetstream';
import { type Clock, sleep } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { type Instant, stepIndexAt, stepStart } from '../../core/time.ts';
import type { IntakeSide } from '../intake/index.ts';
import { minorUnitsPerUnit } from './amount.ts';
import type { NatsConnection, NatsConnections, NatsLog } from './connection.ts';
import { type DurableFailure, ensureDurable, type StreamState } from './durable.ts';
import { decodeEvent, type EventFailure, type PaymentEvent } from './event.ts';
import type { EventMemory } from './event-memory.ts';
import { createPaymentStreams, type PaymentStreams } from './payment-streams.ts';
import type { NatsSourceConfig } from './schema.ts';
import { closedUpTo, highest, holds, type SequenceRange, type Sequences, through, withRange } from './sequences.ts';
import { createTally, type Tally } from './tally.ts';

export interface ReaderDependencies {
  readonly tenant: string;
  readonly stepMs: number;
  /** How long after its end a step waits for data. */
  readonly graceMs: number;
  readonly dayLengthMs: number;
  readonly intake: IntakeSide;
  readonly memory: EventMemory;
  readonly connections: NatsConnections;
  readonly clock: Clock;
  readonly log: NatsLog;
}

type ReadFailure = DurableFailure | Failure<'NATS_UNREACHABLE' | 'NATS_MISCONFIGURED' | 'READING_FAILED' | 'STREAMS_FULL'>;

/** How long the server waits for messages before it answers a pull with nothing. */
const PULL_EXPIRES_MS = 5_000;
/** A pull that has not ended this long after it should have is given up: the connection is gone and does not know it. */
const PULL_PATIENCE_MS = 3_000;
const RECONNECT_LOOK_MS = 200;
const LONGEST_FLUSH_MS = 500;
const SHORTEST_FLUSH_MS = 50;
const REFUSED_RETRY_MS = 1_000;
/** Messages of the first pull, while their size is unknown. */
const FIRST_PULL = 64;
const REJECTIONS_TOLD_EVERY_MS = 10_000;
/** Ranges of sequences beyond which the server is asked how far they can be put together, and how often. */
const RANGES_AT_EASE = 16;
const FLOOR_ASKED_EVERY_MS = 1_000;

interface Held {
  readonly message: JsMsg;
  readonly failure: EventFailure | undefined;
}

/** Messages between their arrival and our own commit. */
interface Pending {
  readonly tally: Tally;
  readonly held: Held[];
  readonly ranges: SequenceRange[];
}

const newPending = (stepMs: number): Pending => ({ tally: createTally(stepMs), held: [], ranges: [] });

/** Which message numbers lie between two first deliveries: none that we should have got, as long as no delivery was missed. */
const createDeliveryOrder = () => {
  let lastDelivery = Number.NaN;
  let lastFirst: number | undefined;
  return {
    rangeOf({ seq, info }: JsMsg): SequenceRange {
      if (info.deliverySequence !== lastDelivery + 1) lastFirst = undefined;
      lastDelivery = info.deliverySequence;
      if (info.deliveryCount > 1) return { from: seq, to: seq };
      const from = lastFirst === undefined || lastFirst >= seq ? seq : lastFirst + 1;
      lastFirst = seq;
      return { from, to: seq };
    },
  };
};

/** One connected spell of reading: from the durable consumer that was found to whatever ends it. */
const createReading = (
  source: NatsSourceConfig,
  deps: ReaderDependencies,
  connection: NatsConnection,
  consumer: Consumer,
  streams: PaymentStreams,
  cursor: number,
  alreadyTaken: Sequences,
  signal: AbortSignal,
) => {
  const { clock, intake, memory, log, tenant, stepMs, graceMs, dayLengthMs } = deps;
  const { ledger } = intake;
  const order = createDeliveryOrder();
  let taken = alreadyTaken;
  let pending = newPending(stepMs);
  /** Sequences between arrival and acknowledgement. */
  const underWay = new Set<number>();
  let flushing: Promise<void> | undefined;
  let meanBytes = source.batch.bytes / FIRST_PULL;
  /** Everything that was in the stream at this instant has been received. */
  let completeAt: Instant = clock.now();
  let quietStep = stepIndexAt(completeAt, stepMs);
  let probing = false;
  /** The server's acknowledgements have no gap up to here, as it said last; and when that was. */
  let ackFloor = 0;
  let floorAskedAt = Number.NEGATIVE_INFINITY;
  let rejectedSinceTold = new Map<string, number>();
  let toldAt = Number.NEGATIVE_INFINITY;

  const count = (event: PaymentEvent, now: Instant): void => {
    pending.tally.add(streams.countOf(event, now), event.at, 1);
    const { money } = event;
    if (money === undefined) return;
    const { currency, minorUnits } = money;
    pending.tally.add(streams.amountOf(event, currency, now), event.at, minorUnits, minorUnitsPerUnit(currency));
  };

  const take = (message: JsMsg): void => {
    meanBytes += (message.data.length + 256 - meanBytes) / 32;
    const { seq } = message;
    const range = order.rangeOf(message);
    if (message.info.deliveryCount === 1) completeAt = Math.max(completeAt, message.time.getTime());
    if (holds(taken, seq)) {
      // Taken in before: only our acknowledgement was lost.
      ledger.redeliver(1);
      message.ack();
      return;
    }
    if (underWay.has(seq)) return;
    underWay.add(seq);
    const now = clock.now();
    const event = decodeEvent({ data: message.data, header: (name) => message.headers?.get(name) || undefined }, source, now);
    ledger.offer('events', 1);
    if (event.ok) count(event.value, now);
    pending.held.push({ message, failure: event.ok ? undefined : event.error });
    pending.ranges.push(range);
  };

  /** Of steps that are over and were read to their end: no payment is a number too, and the one that matters most. */
  const addQuiet = (now: Instant): boolean => {
    const step = stepIndexAt(completeAt, stepMs) - 1;
    if (step <= quietStep) return false;
    quietStep = step;
    const end = stepStart(step + 1, stepMs);
    if (now >= end + graceMs) return false;
    const payments = memory.seenSince(now - dayLengthMs).flatMap((stream) => streams.family(stream, now));
    for (const stream of payments) pending.tally.add(stream, end - 1, 0);
    return payments.length > 0;
  };

  const answer = ({ message, failure }: Held): void => {
    if (failure === undefined) message.ack();
    else message.term(connection.takesReasons ? failure.code : undefined);
    underWay.delete(message.seq);
  };

  const account = (held: readonly Held[]): void => {
    let accepted = 0;
    for (const { failure } of held) {
      if (failure === undefined) accepted += 1;
      else {
        ledger.reject('events', failure.code, 1, failure.message);
        rejectedSinceTold.set(failure.code, (rejectedSinceTold.get(failure.code) ?? 0) + 1);
      }
    }
    ledger.accept('events', accepted);
    if (rejectedSinceTold.size === 0 || clock.elapsedMs() - toldAt < REJECTIONS_TOLD_EVERY_MS) return;
    toldAt = clock.elapsedMs();
    const { stream, subject, name } = source;
    log.warn({ source: name, stream, subject, rejected: Object.fromEntries(rejectedSinceTold) }, 'events were rejected and ended');
    rejectedSinceTold = new Map();
  };

  /** Our own commit: what was counted, and from which messages, in one entry of the log. False when the agent stops first. */
  const commit = async ({ tally, held }: Pending, next: Sequences): Promise<boolean> => {
    for (;;) {
      const now = clock.now();
      const accepted = await intake.intake.accept({ tenant, receivedAt: now, samples: tally.columns(cursor, next, now) });
      if (accepted.ok) return true;
      if (signal.aborted) return false;
      log.warn(
        { source: source.name, events: held.length, error: accepted.error.message },
        'events cannot be stored now; they are kept and tried again',
      );
      for (const { message } of held) message.working();
      await sleep(clock, REFUSED_RETRY_MS, signal);
    }
  };

  const flushOnce = async (): Promise<void> => {
    const isQuiet = addQuiet(clock.now());
    const batch = pending;
    if (batch.held.length === 0 && !isQuiet) return;
    pending = newPending(stepMs);
    const next = batch.ranges.reduce(withRange, closedUpTo(taken, ackFloor));
    if (!(await commit(batch, next))) {
      ledger.refuse('events', 'stopped', batch.held.length, 'the agent stopped before they could be stored; they are delivered again');
      return;
    }
    taken = next;
    account(batch.held);
    for (const held of batch.held) answer(held);
  };

  const flush = (): Promise<void> => {
    flushing ??= flushOnce().finally(() => {
      flushing = undefined;
    });
    return flushing;
  };

  /** Where no message says how far the stream was read, the server does; and how far it was acknowledged. */
  const probe = async (): Promise<void> => {
    const askedAt = clock.now();
    const isKnown = completeAt >= stepStart(stepIndexAt(askedAt, stepMs), stepMs);
    const isCrowded = taken.length > RANGES_AT_EASE && clock.elapsedMs() - floorAskedAt >= FLOOR_ASKED_EVERY_MS;
    if (probing || (isKnown && !isCrowded) || !connection.isConnected()) return;
    probing = true;
    floorAskedAt = clock.elapsedMs();
    try {
      const { num_pending: waiting, num_ack_pending: delivered, ack_floor: floor } = await consumer.info();
      ackFloor = floor.stream_seq;
      if (waiting === 0 && delivered <= underWay.size) completeAt = Math.max(completeAt, askedAt);
    } catch {
      // Absent stays absent; what is wrong shows in the next pull.
    } finally {
      probing = false;
    }
  };

  const pull = async (): Promise<void> => {
    const most = Math.max(1, Math.min(source.batch.messages, Math.floor(source.batch.bytes / Math.max(1, meanBytes))));
    const messages = await consumer.fetch({ max_messages: most, expires: PULL_EXPIRES_MS });
    const stop = (): void => messages.stop();
    const cancel = clock.after(PULL_EXPIRES_MS + PULL_PATIENCE_MS, stop);
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (signal.aborted) stop();
      for await (const message of messages) take(message);
    } finally {
      cancel();
      signal.removeEventListener('abort', stop);
    }
  };

  return {
    async run(): Promise<void> {
      const flushEveryMs = Math.max(SHORTEST_FLUSH_MS, Math.min(LONGEST_FLUSH_MS, stepMs / 4));
      let bug: unknown;
      const stopTicking = clock.every(flushEveryMs, () => {
        probe()
          .then(flush)
          .catch((error: unknown) => {
            bug = error;
          });
      });
      try {
        while (!signal.aborted) {
          if (bug !== undefined) throw bug;
          if (!connection.isConnected()) {
            if (connection.client.isClosed()) throw new Error('the connection was closed');
            await sleep(clock, RECONNECT_LOOK_MS, signal);
            continue;
          }
          await pull();
          await flush();
        }
      } finally {
        stopTicking();
        await flushing;
        await flush();
      }
    },
  };
};

/** What the log says was taken in, held against the stream as it is now. */
const takenBefore = (source: NatsSourceConfig, state: StreamState, taken: Sequences, log: NatsLog): Sequences => {
  const { name, stream, subject } = source;
  const last = highest(taken);
  if (last > state.lastSequence) {
    log.warn(
      { source: name, stream, subject, taken: last, last: state.lastSequence },
      'the stream ends earlier than it did: the server lost messages',
    );
    return through(taken, state.lastSequence);
  }
  if (last > 0 && state.firstSequence > last + 1) {
    log.warn(
      { source: name, stream, subject, taken: last, first: state.firstSequence },
      'messages left the stream before they were read; what they told is missing',
    );
  }
  return taken;
};

/** Reads until something ends it; resolves with what that was, or with success when the agent stops. */
export const readSource = async (
  source: NatsSourceConfig,
  deps: ReaderDependencies,
  signal: AbortSignal,
): Promise<Outcome<void, ReadFailure>> => {
  const { clock, log, memory, intake, tenant } = deps;
  const { name, stream, subject, durable } = source;
  const opened = await deps.connections.open(source);
  if (!opened.ok) return opened;
  const connection = opened.value;
  try {
    const state = await ensureDurable(await connection.manager(), source, clock.now() - LIMITS.latenessMs);
    if (!state.ok) return state;
    const streams = createPaymentStreams(tenant, name, intake);
    const cursor = streams.cursor(stream, state.value.createdAt, clock.now());
    if (cursor === undefined)
      return fail('STREAMS_FULL', 'the limit of streams is reached; no events can be taken in', { retryable: true });
    const taken = takenBefore(source, state.value, memory.taken(cursor), log);
    const consumer = await connection.jetstream.consumers.get(stream, durable);
    log.info({ source: name, stream, subject, durable, taken: highest(taken) }, 'reading business events');
    await createReading(source, deps, connection, consumer, streams, cursor, taken, signal).run();
    return succeed(undefined);
  } catch (cause) {
    if (signal.aborted) return succeed(undefined);
    return fail('READING_FAILED', `stream ${stream}, subject ${subject}, consumer ${durable}: ${(cause as Error).message}`, {
      retryable: true,
      cause,
    });
  }
};
