import type { PaymentOutcome } from '../../core/business.ts';
import { LIMITS } from '../../core/limits.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { Instant } from '../../core/time.ts';
import { type AmountFailure, type Money, parseAmount } from './amount.ts';
import type { NatsSourceConfig } from './schema.ts';

/** One payment as it is counted. Nothing else of the event is kept. */
export interface PaymentEvent {
  readonly at: Instant;
  readonly service: string;
  readonly rail: string;
  readonly provider: string;
  readonly outcome: PaymentOutcome;
  readonly money: Money | undefined;
}

/** The code is the reason under which the ledger counts; the message names the field and never quotes what stands in it. */
export type EventFailure =
  | AmountFailure
  | Failure<
      | 'event_too_large'
      | 'malformed_json'
      | 'schema_unknown'
      | 'missing_field'
      | 'field_invalid'
      | 'unknown_outcome'
      | 'bad_timestamp'
      | 'too_far_in_future'
      | 'too_old'
    >;

interface EventMessage {
  readonly data: Uint8Array;
  header(name: string): string | undefined;
}

export type EventMapping = Pick<NatsSourceConfig, 'fields' | 'outcomes' | 'service' | 'amountUnit' | 'maxEventBytes'>;

type Decoded<Value> = Outcome<Value, EventFailure>;
type JsonObject = Readonly<Record<string, unknown>>;

const NAME_LENGTH_MAX = 128;
/** Control characters, and halves of surrogate pairs, which come back from the disk as another text. */
const NOT_IN_NAMES = /[\p{Cc}\p{Cs}]/u;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;
/** 2001 to 2096 in seconds: what a stamp in the wrong unit is told from nonsense by. */
const PLAUSIBLE_SECONDS = { from: 1e9, to: 4e9 };

const utf8 = new TextDecoder('utf-8', { fatal: true });

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** By own properties only: an event that says `__proto__` reads nothing of ours. */
const fieldOf = (event: JsonObject, path: string): unknown => {
  let value: unknown = event;
  for (const key of path.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value ?? undefined;
};

const parseObject = (data: Uint8Array): Decoded<JsonObject> => {
  try {
    const value: unknown = JSON.parse(utf8.decode(data));
    return isObject(value) ? succeed(value) : fail('malformed_json', 'the event is JSON, but no object');
  } catch {
    return fail('malformed_json', 'the event is no JSON in UTF-8');
  }
};

interface Envelope {
  readonly payload: JsonObject;
  /** What CloudEvents says of the time, for events whose data says nothing. */
  readonly time: unknown;
}

const wrongVersion = (): Decoded<never> => fail('schema_unknown', 'specversion: 1.0 is the version of CloudEvents that is read');

/**
 * CloudEvents 1.0 in binary form (attributes in `ce-` headers, data is the message), in structured form (one JSON that
 * holds both), or a plain object. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/nats-protocol-binding.md
 */
const openEnvelope = (message: EventMessage): Decoded<Envelope> => {
  const contentType = (message.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (contentType === 'application/cloudevents-batch+json')
    return fail('schema_unknown', 'batches of CloudEvents are not read; send each by itself');
  const parsed = parseObject(message.data);
  if (!parsed.ok) return parsed;
  const binaryVersion = message.header('ce-specversion');
  if (binaryVersion !== undefined) {
    return binaryVersion === '1.0' ? succeed({ payload: parsed.value, time: message.header('ce-time') }) : wrongVersion();
  }
  const event = parsed.value;
  const structured =
    contentType === 'application/cloudevents+json' || (Object.hasOwn(event, 'specversion') && Object.hasOwn(event, 'data'));
  if (!structured) return succeed({ payload: event, time: undefined });
  if (event.specversion !== '1.0') return wrongVersion();
  return isObject(event.data)
    ? succeed({ payload: event.data, time: event.time })
    : fail('schema_unknown', 'data: a JSON object is what is read of a CloudEvent');
};

const instantOf = (written: unknown, field: string): Decoded<Instant> => {
  if (typeof written === 'string' && RFC_3339.test(written)) {
    const at = Date.parse(written.replace(' ', 'T'));
    return Number.isNaN(at) ? fail('bad_timestamp', `${field}: no such date`) : succeed(at);
  }
  if (typeof written !== 'number') return fail('bad_timestamp', `${field}: expected ISO 8601 with its zone, or milliseconds since 1970`);
  if (written >= PLAUSIBLE_SECONDS.from && written <= PLAUSIBLE_SECONDS.to) {
    return fail('bad_timestamp', `${field}: looks like seconds; milliseconds since 1970 are expected`);
  }
  if (!Number.isFinite(written) || written <= 0) return fail('bad_timestamp', `${field}: no time after 1970`);
  if (written > PLAUSIBLE_SECONDS.to * 1_000)
    return fail('bad_timestamp', `${field}: looks like microseconds or finer; milliseconds are expected`);
  return succeed(Math.trunc(written));
};

const timeOf = (envelope: Envelope, field: string, now: Instant): Decoded<Instant> => {
  const written = fieldOf(envelope.payload, field) ?? envelope.time;
  if (written === undefined) return fail('missing_field', `${field}: the event does not say when it happened`);
  const at = instantOf(written, field);
  if (!at.ok) return at;
  if (at.value > now + LIMITS.futureMs)
    return fail('too_far_in_future', `${field}: more than ${LIMITS.futureMs / 1_000} s ahead of our clock`);
  if (at.value < now - LIMITS.latenessMs)
    return fail('too_old', `${field}: more than ${LIMITS.latenessMs / 1_000} s ago; its step is over`);
  return at;
};

const nameOf = (payload: JsonObject, field: string, otherwise?: string): Decoded<string> => {
  const written = fieldOf(payload, field);
  if (written === undefined) return otherwise === undefined ? fail('missing_field', `${field}: missing`) : succeed(otherwise);
  if (typeof written !== 'string' || written.trim() === '') return fail('field_invalid', `${field}: expected text`);
  if (NOT_IN_NAMES.test(written.trim())) return fail('field_invalid', `${field}: holds characters that no name has`);
  return written.length > NAME_LENGTH_MAX
    ? fail('field_invalid', `${field}: longer than ${NAME_LENGTH_MAX} characters`)
    : succeed(written.trim());
};

const outcomeOf = (payload: JsonObject, { fields, outcomes }: EventMapping): Decoded<PaymentOutcome> => {
  const written = nameOf(payload, fields.outcome);
  if (!written.ok) return written;
  for (const outcome of ['approved', 'declined', 'failed'] as const) if (outcomes[outcome].includes(written.value)) return succeed(outcome);
  return fail('unknown_outcome', `${fields.outcome}: a word that \`outcomes\` does not list`);
};

const moneyOf = (payload: JsonObject, { fields, amountUnit }: EventMapping): Decoded<Money | undefined> => {
  const amount = fieldOf(payload, fields.amount);
  if (amount === undefined) return succeed(undefined);
  const currency = fieldOf(payload, fields.currency);
  if (currency === undefined) return fail('missing_field', `${fields.currency}: an amount needs its currency`);
  return parseAmount(amount, currency, amountUnit === 'minor');
};

/** A message as a payment, or why it can never be one. Pure. */
export const decodeEvent = (message: EventMessage, mapping: EventMapping, now: Instant): Decoded<PaymentEvent> => {
  const { fields, maxEventBytes } = mapping;
  if (message.data.length > maxEventBytes) {
    return fail('event_too_large', `the event has ${message.data.length} bytes, ${maxEventBytes} are allowed`);
  }
  const envelope = openEnvelope(message);
  if (!envelope.ok) return envelope;
  const { payload } = envelope.value;
  const at = timeOf(envelope.value, fields.time, now);
  if (!at.ok) return at;
  const outcome = outcomeOf(payload, mapping);
  if (!outcome.ok) return outcome;
  const rail = nameOf(payload, fields.rail);
  if (!rail.ok) return rail;
  const provider = nameOf(payload, fields.provider);
  if (!provider.ok) return provider;
  const service = nameOf(payload, fields.service, mapping.service);
  if (!service.ok) return service;
  const money = moneyOf(payload, mapping);
  if (!money.ok) return money;
  return succeed({
    at: at.value,
    service: service.value,
    rail: rail.value,
    provider: provider.value,
    outcome: outcome.value,
    money: money.value,
  });
};
