import pino, { type Logger as PinoLogger } from 'pino';
import { PRODUCT } from '../../core/names.ts';
import { REDACTED } from '../config/secret.ts';

/** Levels as in the configuration. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export type Logger = Pick<PinoLogger, 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'>;

/** Keys whose values are credentials wherever they stand, two levels deep; beyond that only a Secret protects. */
const SECRET_KEYS = ['authorization', 'cookie', 'set-cookie', 'headers', 'token', 'password', 'secret', 'apiKey', 'api_key'];

const pathsOf = (key: string): readonly string[] => {
  const part = /^[A-Za-z_]+$/.test(key) ? key : `["${key}"]`;
  const behind = part.startsWith('[') ? part : `.${part}`;
  return [part, `*${behind}`, `*.*${behind}`];
};

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Standard error when left out: standard output belongs to the answers of commands. */
  readonly destination?: { write(line: string): void };
}

/** One JSON object a line. Credentials are replaced by [REDACTED] before they are written. */
export const createLogger = ({ level, destination }: LoggerOptions): Logger =>
  pino(
    {
      level,
      base: { name: PRODUCT },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {
        err: pino.stdSerializers.err,
        error: (value: unknown) => (value instanceof Error ? pino.stdSerializers.err(value) : value),
      },
      redact: { paths: SECRET_KEYS.flatMap(pathsOf), censor: REDACTED },
    },
    destination ?? pino.destination({ fd: 2, sync: true }),
  );
