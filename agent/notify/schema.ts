import { z } from 'zod';
import { natsSchema } from './nats/schema.ts';
import { webhookSchema } from './webhook/schema.ts';

/** One entry of `notifiers` in the configuration: the schemas of all kinds. */
export const notifierSchema = z.discriminatedUnion('kind', [webhookSchema, natsSchema]);

export type NotifierConfig = z.output<typeof notifierSchema>;
