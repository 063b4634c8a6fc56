import { z } from 'zod';

const isWebAddress = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:');
};

const holdsCredentials = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && (url.username !== '' || url.password !== '');
};

/** An address to post to. */
export const webAddress = z
  .string()
  .refine(isWebAddress, 'expected an address that begins with https:// or http://')
  .refine(
    (text) => !holdsCredentials(text),
    'credentials do not belong in the address: put an Authorization header into a file and name it in `headersFile`',
  );

/** Of a notifier, in logs and metrics. */
export const notifierName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and dashes');
