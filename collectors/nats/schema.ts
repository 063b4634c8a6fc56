import { z } from 'zod';
import { durationSchema } from '../../core/duration.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and dashes, at most 63 of them');
/** As NATS allows names of streams and consumers: no dots, wildcards, slashes or white space. */
const resource = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'expected letters, digits, dashes and underscores');
const path = z.string().regex(/^[^.\s]+(\.[^.\s]+)*$/, 'expected the name of a field, with dots between levels, such as `payment.rail`');
const words = z.array(z.string().min(1).max(128)).min(1).max(64);

/** Whether a text is a subject to listen to (with wildcards) or to publish to (without). */
export const isSubject = (text: string, wildcards: boolean): boolean => {
  const tokens = text.split('.');
  return tokens.every((token, at) => {
    if (token === '*') return wildcards;
    if (token === '>') return wildcards && at === tokens.length - 1;
    return /^[^\s*>]+$/.test(token);
  });
};

const isServer = (text: string): boolean => {
  try {
    const { protocol, hostname } = new URL(text);
    return ['nats:', 'tls:'].includes(protocol) && hostname !== '';
  } catch {
    return false;
  }
};

/** Where a NATS server is and who we are there: the same keys wherever one is named. */
export const natsServerKeys = {
  servers: z
    .array(
      z
        .string()
        .refine(isServer, 'expected an address that begins with nats:// or tls://')
        .refine(
          (text) => !text.includes('@'),
          'credentials do not belong in the address: put them into a file and name it in `credentialsFile`',
        ),
    )
    .min(1)
    .max(16)
    .describe('Addresses of the servers of one cluster, such as `nats://nats:4222`'),
  credentialsFile: z
    .string()
    .min(1)
    .optional()
    .describe('File with credentials: a `.creds` file, one line `user:password`, or one line with a token; read anew for each connection'),
  caFile: z.string().min(1).optional().describe('File with the certificate authority of the servers, for `tls://`'),
};

export const natsSourceSchema = z.strictObject({
  name: name.describe('Name of this source in logs'),
  ...natsServerKeys,
  stream: resource.describe('JetStream stream that holds the events'),
  subject: z
    .string()
    .refine((text) => isSubject(text, true), 'expected a subject, such as payments.>')
    .describe('Which subjects of the stream are read; `*` and `>` are wildcards'),
  durable: resource.prefault('foreshock').describe('Name of the durable consumer; made when it does not exist'),
  maxDeliver: z.int().min(2).max(1_000_000).prefault(100).describe('How often a message is delivered before the server gives it up'),
  ackWait: durationSchema(1_000).prefault('30s').describe('After how long the server delivers again what was not acknowledged'),
  batch: z
    .strictObject({
      messages: z.int().min(1).max(10_000).prefault(2_000).describe('Most messages that are asked for at once'),
      bytes: z.int().min(1_024).max(67_108_864).prefault(4_194_304).describe('Most bytes of them, by the mean size of those before'),
    })
    .prefault({})
    .describe('How much is asked for at once'),
  maxEventBytes: z.int().min(256).max(1_048_576).prefault(65_536).describe('A larger event is rejected'),
  service: z.string().min(1).max(128).prefault('payments').describe('Service whose business this is, where the event names none'),
  amountUnit: z
    .enum(['major', 'minor'])
    .prefault('major')
    .describe('`major`: amounts are decimals such as 12.50; `minor`: whole minor units such as 1250'),
  fields: z
    .strictObject({
      time: path.prefault('time').describe('When it happened: ISO 8601 with its zone, or milliseconds since 1970'),
      outcome: path.prefault('outcome').describe('How it ended'),
      rail: path.prefault('rail').describe('Payment rail, such as card or sepa'),
      provider: path.prefault('provider').describe('Who processed it'),
      amount: path.prefault('amount').describe('How much; events without it are counted all the same'),
      currency: path.prefault('currency').describe('Currency of the amount, ISO 4217'),
      service: path.prefault('service').describe('Service whose business this is'),
    })
    .prefault({})
    .describe('Where in an event things stand; nothing else of it is read'),
  outcomes: z
    .strictObject({
      approved: words.default(['approved']).describe('Words for success'),
      declined: words.default(['declined']).describe('Words for a refusal on business grounds'),
      failed: words.default(['failed']).describe('Words for a technical failure'),
    })
    .prefault({})
    .describe('Which words mean which outcome; any other word is rejected'),
});

export type NatsSourceConfig = z.output<typeof natsSourceSchema>;
