import { AMOUNT, CURRENCY, OUTCOME, OUTCOMES, PAYMENTS, PROVIDER, RAIL } from '../../core/business.ts';
import { canonicalJson, sha256Hex } from '../../core/hash.ts';
import type { Instant } from '../../core/time.ts';
import type { IntakeSide, StreamIdentity } from '../intake/index.ts';
import type { PaymentEvent } from './event.ts';

/** The streams that payments are counted in, by what they say of themselves; names are redacted before they become part of one. */
export interface PaymentStreams {
  readonly instance: string;
  countOf(event: PaymentEvent, now: Instant): number;
  amountOf(event: PaymentEvent, currency: string, now: Instant): number;
  /** Where the sequences taken in of this source are written. Undefined when the table of streams is full. */
  cursor(streamName: string, createdAt: string, now: Instant): number | undefined;
  /** The same payments with every outcome: where one is counted, the others are known to be none. Empty for streams of others. */
  family(stream: number, now: Instant): readonly number[];
}

type Side = Pick<IntakeSide, 'identities' | 'redactor' | 'streams'>;

const PAYMENT_UNIT = '{payment}';
const CURSOR_METRIC = 'nats.cursor';
/** Ids kept by name; a sender that makes up names must not fill our memory with them. */
const KNOWN_MAX = 10_000;

export const createPaymentStreams = (tenant: string, source: string, { identities, redactor, streams }: Side): PaymentStreams => {
  const instance = `nats/${source}`;
  const known = new Map<string, number>();

  const idOf = (identity: Pick<StreamIdentity, 'service' | 'metric' | 'unit' | 'attributes'>, now: Instant): number => {
    const whole = { tenant, instance, type: 'events' as const, ...identity };
    return identities.streamIdOf({ ...whole, hash: sha256Hex(canonicalJson(whole)).slice(0, 32) }, now);
  };

  const remembered = (key: string, make: () => number): number => {
    const id = known.get(key);
    if (id !== undefined) return id;
    const made = make();
    if (identities.isOverflow(made)) return made;
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(key, made);
    return made;
  };

  const attributesOf = ({ rail, provider, outcome }: PaymentEvent): Readonly<Record<string, string>> => ({
    [RAIL]: redactor.text(rail),
    [PROVIDER]: redactor.text(provider),
    [OUTCOME]: outcome,
  });

  const keyOf = (event: PaymentEvent, currency: string): string =>
    [event.service, event.rail, event.provider, event.outcome, currency].join('\u0000');

  return {
    instance,
    countOf: (event, now) =>
      remembered(keyOf(event, ''), () =>
        idOf({ service: redactor.text(event.service), metric: PAYMENTS, unit: PAYMENT_UNIT, attributes: attributesOf(event) }, now),
      ),
    amountOf: (event, currency, now) =>
      remembered(keyOf(event, currency), () => {
        const attributes = { ...attributesOf(event), [CURRENCY]: currency };
        return idOf({ service: redactor.text(event.service), metric: AMOUNT, unit: currency, attributes }, now);
      }),
    cursor(streamName, createdAt, now) {
      const id = idOf({ service: source, metric: CURSOR_METRIC, unit: '', attributes: { stream: streamName, created: createdAt } }, now);
      return identities.isOverflow(id) ? undefined : id;
    },
    family(stream, now) {
      const descriptor = streams.describe(stream);
      if (descriptor.instance !== instance || descriptor.tenant !== tenant) return [];
      const { service, metric, unit, attributes } = descriptor;
      return OUTCOMES.map((outcome) => idOf({ service, metric, unit, attributes: { ...attributes, [OUTCOME]: outcome } }, now));
    },
  };
};
