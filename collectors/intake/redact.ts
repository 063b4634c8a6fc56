import { ALLOWED_ATTRIBUTES } from './allow-list.ts';
import { redactText } from './sensitive.ts';

/**
 * Data minimization before anything is written: an allow-list of attribute keys that fails closed (a key nobody
 * listed is dropped), and a scan of the values of those that stay.
 */
export interface Redactor {
  allows(key: string): boolean;
  /** A value or a name with card numbers, IBANs, e-mail addresses and tokens replaced. */
  text(text: string): string;
}

export const createRedactor = (additionalKeys: readonly string[]): Redactor => {
  const allowed = new Set<string>([...ALLOWED_ATTRIBUTES, ...additionalKeys]);
  return { allows: (key) => allowed.has(key), text: redactText };
};
