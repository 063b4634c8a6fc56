import { z } from 'zod';
import { durationSchema } from '../../../core/duration.ts';
import { notifierName, webAddress } from '../stages/http/address.ts';

export const webhookSchema = z.strictObject({
  kind: z.literal('webhook').describe('HTTP POST of a JSON document'),
  name: notifierName.prefault('webhook').describe('Name in logs and metrics; needed when there are several'),
  url: webAddress.describe('Where to post'),
  headersFile: z.string().min(1).optional().describe('File with one `Name: value` a line, read anew for each delivery; for credentials'),
  timeout: durationSchema(100).prefault('10s').describe('For one attempt, from the look-up of the name to the end of the answer'),
});

export type WebhookConfig = z.output<typeof webhookSchema>;
