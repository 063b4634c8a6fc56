import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';

export const REDACTED = '[REDACTED]';

/** A text that prints as [REDACTED] however it is logged, thrown or serialized; only `reveal` gives it away. */
export interface Secret {
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

export const secret = (text: string): Secret => {
  const hidden = { reveal: () => text, toString: () => REDACTED, toJSON: () => REDACTED, [inspect.custom]: () => REDACTED };
  return Object.freeze(hidden);
};

/** Secrets come in files, not in the environment or the configuration: files can be rotated and have an owner. White space around the text is cut. */
export const readSecretFile = async (path: string): Promise<Outcome<Secret, Failure<'SECRET_UNREADABLE'>>> => {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    return text === '' ? fail('SECRET_UNREADABLE', `the secret file ${path} is empty`) : succeed(secret(text));
  } catch (error) {
    return fail('SECRET_UNREADABLE', `the secret file ${path} cannot be read`, { retryable: true, cause: error });
  }
};
