import { z } from 'zod';
import { isSubject, natsServerKeys } from '../../../collectors/nats/index.ts';
import { durationSchema } from '../../config/duration.ts';

export const natsSchema = z.strictObject({
  kind: z.literal('nats').describe('A CloudEvent published to a NATS subject'),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and dashes')
    .prefault('nats')
    .describe('Name in logs and metrics; needed when there are several'),
  ...natsServerKeys,
  subject: z
    .string()
    .refine((text) => isSubject(text, false), 'expected a subject without wildcards, such as foreshock.incidents')
    .prefault('foreshock.incidents')
    .describe('Where to publish; when the subject is in a JetStream stream, the stream has to acknowledge'),
  timeout: durationSchema(100).prefault('10s').describe('For one attempt'),
});

export type NatsNotifierConfig = z.output<typeof natsSchema>;
