import { z } from 'zod';
import { webhookSchema } from './webhook/schema.ts';

/** One entry of `notifiers` in the configuration: the schemas of all kinds. */
export const notifierSchema = z.discriminatedUnion('kind', [webhookSchema]);

export type NotifierConfig = z.output<typeof notifierSchema>;
