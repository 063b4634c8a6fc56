import type { MsgHdrs } from '@nats-io/transport-node';
import type { NatsConnection, NatsConnections } from '../../../collectors/nats/index.ts';
import { type Clock, sleep } from '../../../core/clock.ts';
import { API_GROUP, PRODUCT } from '../../../core/names.ts';
import { fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { Delivery, Notifier, NotifyFailure } from '../notifier.ts';
import { webhookPayload } from '../webhook/payload.ts';
import type { NatsNotifierConfig } from './schema.ts';

interface NatsNotifierDependencies {
  readonly clock: Clock;
  readonly nats: NatsConnections;
}

/** Code of the JetStream API for a subject that no stream holds. */
const NO_STREAM = 10_059;

/** Of a message in a header only what a header can hold. */
const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);

/** CloudEvents 1.0 in binary form, and the id by which JetStream drops what it has. */
const headersOf = ({ idempotencyKey, message }: Delivery): Readonly<Record<string, string>> => {
  const { incident, reason } = message;
  const at = incident.state === 'resolved' ? incident.resolvedAt : incident.updatedAt;
  return {
    'Nats-Msg-Id': idempotencyKey,
    'ce-specversion': '1.0',
    'ce-id': idempotencyKey,
    'ce-source': `/${PRODUCT}/${headerText(incident.tenant)}`,
    'ce-type': `${API_GROUP.split('.').reverse().join('.')}.incident.${reason}`,
    'ce-subject': headerText(incident.id),
    'ce-time': new Date(at).toISOString(),
    'content-type': 'application/json',
  };
};

/** The stream that holds the subject; undefined when none does, or when the server has no JetStream. */
const streamOf = async (connection: NatsConnection, subject: string): Promise<string | undefined> => {
  try {
    return await (await connection.manager()).streams.find(subject);
  } catch (error) {
    const { code, name, message } = error as { readonly code?: unknown; readonly name?: string; readonly message?: string };
    const hasNone =
      code === NO_STREAM ||
      name === 'JetStreamNotEnabled' ||
      name === 'NoRespondersError' ||
      /no stream matches|not enabled/.test(message ?? '');
    if (hasNone) return undefined;
    throw error;
  }
};

/** Publishes what happened; within the duplicate window of its stream a message is stored once, however often it is sent. */
export const createNatsNotifier = (config: NatsNotifierConfig, { clock, nats }: NatsNotifierDependencies): Notifier => {
  const { name, subject, timeout } = config;

  const publish = async (connection: NatsConnection, body: string, headers: MsgHdrs): Promise<string> => {
    const stream = await streamOf(connection, subject);
    if (stream === undefined) {
      connection.client.publish(subject, body, { headers });
      // The server has answered what was sent before: it has the message.
      await connection.client.flush();
      return `published to ${subject}`;
    }
    const { seq, duplicate } = await connection.jetstream.publish(subject, body, { headers, timeout });
    return `${stream} ${seq}${duplicate ? ' (known already)' : ''}`;
  };

  const send = async (delivery: Delivery): Promise<Outcome<{ readonly reference: string }, NotifyFailure>> => {
    const opened = await nats.open(config);
    if (!opened.ok) {
      const code = opened.error.code === 'NATS_MISCONFIGURED' ? 'NOTIFIER_MISCONFIGURED' : 'NOTIFIER_UNREACHABLE';
      return fail(code, `${name}: ${opened.error.message}`, { retryable: true });
    }
    const connection = opened.value;
    // What is published now would be kept by the client and sent after the next attempt: twice, where no stream drops it.
    if (!connection.isConnected()) return fail('NOTIFIER_UNREACHABLE', `${name}: the connection to NATS is lost`, { retryable: true });
    try {
      return succeed({ reference: await publish(connection, webhookPayload(delivery), connection.headers(headersOf(delivery))) });
    } catch (error) {
      const { name: kind, message } = error as Error;
      if (kind === 'TimeoutError') return fail('NOTIFIER_TIMEOUT', `${name}: no answer from NATS`, { retryable: true });
      return fail('NOTIFIER_REFUSED', `${name}: publishing to ${subject} failed: ${message}`, { retryable: true });
    }
  };

  return {
    name,
    async notify(delivery, signal) {
      const ended = new AbortController();
      const late = sleep(clock, timeout, AbortSignal.any([signal, ended.signal])).then(() =>
        signal.aborted
          ? fail('NOTIFIER_UNREACHABLE', `${name}: the agent stops`, { retryable: true })
          : fail('NOTIFIER_TIMEOUT', `${name}: no answer from NATS within ${timeout / 1_000} s`, { retryable: true }),
      );
      const outcome = await Promise.race([send(delivery), late]);
      ended.abort();
      return outcome;
    },
    // The connection is shared and closed by whoever made it.
    close: () => Promise.resolve(),
  };
};
