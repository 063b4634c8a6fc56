import { z } from 'zod';
import { alertmanagerSchema } from './alertmanager/schema.ts';
import { natsSchema } from './nats/schema.ts';
import { pagerdutySchema } from './pagerduty/schema.ts';
import { slackSchema } from './slack/schema.ts';
import { webhookSchema } from './webhook/schema.ts';

/** One entry of `notifiers` in the configuration: the schemas of all kinds. */
export const notifierSchema = z.discriminatedUnion('kind', [webhookSchema, natsSchema, alertmanagerSchema, pagerdutySchema, slackSchema]);

export type NotifierConfig = z.output<typeof notifierSchema>;
