import { z } from 'zod';
import { durationSchema } from '../../../core/duration.ts';
import { notifierName, webAddress } from '../stages/http/address.ts';

export const pagerdutySchema = z.strictObject({
  kind: z.literal('pagerduty').describe('Incidents to PagerDuty, Events API v2'),
  name: notifierName.prefault('pagerduty').describe('Name in logs and metrics; needed when there are several'),
  routingKeyFile: z
    .string()
    .min(1)
    .describe('File with the integration key of an Events API v2 integration (32 characters), read anew for each delivery'),
  url: webAddress
    .prefault('https://events.pagerduty.com/v2/enqueue')
    .describe('Where to post; https://events.eu.pagerduty.com/v2/enqueue for accounts in the EU region'),
  timeout: durationSchema(100).prefault('10s').describe('For one attempt, from the look-up of the name to the end of the answer'),
});

export type PagerdutyConfig = z.output<typeof pagerdutySchema>;
