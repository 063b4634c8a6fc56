import type { ConsumerConfig, JetStreamManager } from '@nats-io/jetstream';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { Instant } from '../../core/time.ts';
import type { NatsSourceConfig } from './schema.ts';

/** The stream as it is now. */
export interface StreamState {
  /** A stream that was deleted and made again numbers its messages anew; its time of creation tells the two apart. */
  readonly createdAt: string;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

export type DurableFailure = Failure<'STREAM_MISSING' | 'DURABLE_MISMATCH' | 'JETSTREAM_FAILED'>;

/** Codes of the JetStream API, https://github.com/nats-io/nats-server/blob/main/server/errors.json */
const STREAM_NOT_FOUND = 10_059;
const CONSUMER_NOT_FOUND = 10_014;
/** Messages that may be unacknowledged: a killed agent's must not stop the next one from getting new ones. */
const ACK_PENDING_MAX = 50_000;
const NANOS_PER_MS = 1_000_000;

const codeOf = (error: unknown): number | undefined => {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : undefined;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** In words: how an existing consumer differs from what is needed; undefined when it will do. */
const mismatchOf = (found: ConsumerConfig, source: NatsSourceConfig): string | undefined => {
  const needs: string[] = [];
  if (found.deliver_subject !== undefined) needs.push('it is a push consumer, a pull consumer is needed');
  if (found.ack_policy !== 'explicit') needs.push(`its acknowledgement is \`${found.ack_policy}\`, \`explicit\` is needed`);
  const filters = found.filter_subjects ?? (found.filter_subject === undefined ? [] : [found.filter_subject]);
  if (filters.length !== 1 || filters[0] !== source.subject) {
    needs.push(`it reads \`${filters.length === 0 ? '>' : filters.join(', ')}\`, the configuration says \`${source.subject}\``);
  }
  return needs.length === 0 ? undefined : needs.join('; ');
};

/**
 * Finds the stream and its durable consumer, and makes the consumer where there is none: from `since` on, because
 * earlier events could not be counted any more.
 */
export const ensureDurable = async (
  manager: JetStreamManager,
  source: NatsSourceConfig,
  since: Instant,
): Promise<Outcome<StreamState, DurableFailure>> => {
  const { stream, subject, durable } = source;
  try {
    const { created, state } = await manager.streams.info(stream);
    try {
      const { config } = await manager.consumers.info(stream, durable);
      const mismatch = mismatchOf(config, source);
      if (mismatch !== undefined) {
        return fail(
          'DURABLE_MISMATCH',
          `consumer ${durable} of stream ${stream}: ${mismatch}; delete it, or give \`durable\` another name`,
        );
      }
    } catch (error) {
      if (codeOf(error) !== CONSUMER_NOT_FOUND) throw error;
      await manager.consumers.add(stream, {
        durable_name: durable,
        ack_policy: 'explicit',
        ack_wait: source.ackWait * NANOS_PER_MS,
        max_deliver: source.maxDeliver,
        max_ack_pending: ACK_PENDING_MAX,
        filter_subject: subject,
        deliver_policy: 'by_start_time',
        opt_start_time: new Date(since).toISOString(),
      });
    }
    return succeed({ createdAt: String(created), firstSequence: state.first_seq, lastSequence: state.last_seq });
  } catch (error) {
    if (codeOf(error) === STREAM_NOT_FOUND)
      return fail('STREAM_MISSING', `there is no stream ${stream}, for subject ${subject}`, { retryable: true });
    return fail('JETSTREAM_FAILED', `stream ${stream}, subject ${subject}, consumer ${durable}: ${messageOf(error)}`, {
      retryable: true,
      cause: error,
    });
  }
};
