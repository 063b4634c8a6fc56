import { z } from 'zod';
import { durationSchema } from '../../../core/duration.ts';
import { notifierName } from '../stages/http/address.ts';

export const slackSchema = z.strictObject({
  kind: z.literal('slack').describe('Messages to a Slack channel, by an incoming webhook'),
  name: notifierName.prefault('slack').describe('Name in logs and metrics; needed when there are several'),
  urlFile: z
    .string()
    .min(1)
    .describe(
      'File with the address of the incoming webhook (https://hooks.slack.com/services/...), read anew for each delivery: it is a secret',
    ),
  timeout: durationSchema(100).prefault('10s').describe('For one attempt, from the look-up of the name to the end of the answer'),
});

export type SlackConfig = z.output<typeof slackSchema>;
