import { z } from 'zod';
import { durationSchema } from '../../config/duration.ts';

const isWebAddress = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:');
};

const holdsCredentials = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && (url.username !== '' || url.password !== '');
};

export const webhookSchema = z.strictObject({
  kind: z.literal('webhook').describe('HTTP POST of a JSON document'),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and dashes')
    .prefault('webhook')
    .describe('Name in logs and metrics; needed when there are several'),
  url: z
    .string()
    .refine(isWebAddress, 'expected an address that begins with https:// or http://')
    .refine(
      (text) => !holdsCredentials(text),
      'credentials do not belong in the address: put an Authorization header into a file and name it in `headersFile`',
    )
    .describe('Where to post'),
  headersFile: z.string().min(1).optional().describe('File with one `Name: value` a line, read anew for each delivery; for credentials'),
  timeout: durationSchema(100).prefault('10s').describe('For one attempt, from the look-up of the name to the end of the answer'),
});

export type WebhookConfig = z.output<typeof webhookSchema>;
