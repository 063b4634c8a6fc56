import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { describeProblem } from './payment.ts';

export const SERVICES = ['gateway', 'risk', 'router', 'psp-north', 'psp-south', 'ledger'] as const;
export type ServiceName = (typeof SERVICES)[number];

const port = z.coerce.number().int().min(0).max(65_535);

export const serviceConfigSchema = z.strictObject({
  service: z.enum(SERVICES),
  host: z.string().default('127.0.0.1'),
  /** 0: any free port; the chosen one is printed. */
  port: port.default(0),
  adminPort: port.default(0),
  /** OTLP/HTTP receiver, without the path. Absent: no export. */
  otlpUrl: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  seed: z.coerce.number().int().default(1),
  exportIntervalMs: z.coerce.number().int().min(100).default(10_000),
  /** Stretches start-up (the gateway's table load): 1 is about 3 s. */
  timeScale: z.coerce.number().positive().max(100).default(1),
  /** End when this process is gone. */
  parentPid: z.coerce.number().int().positive().optional(),
  /** service.instance.id; absent: random. */
  instance: z.string().min(1).optional(),
  /** service.version */
  version: z.string().min(1).default('1.0.0'),
  /** Base URLs of the services this one calls, by name. */
  peers: z.partialRecord(z.enum(SERVICES), z.url({ protocol: /^http$/ })).default({}),
  /** Gateway only: concurrent payments of one replica. */
  slots: z.coerce.number().int().positive().default(2),
  /** Gateway only: payments that may wait for a slot. */
  maxQueue: z.coerce.number().int().min(0).default(40),
});

export type ServiceConfig = z.infer<typeof serviceConfigSchema>;

/** --like-this for the option likeThis. */
const flagOf = (option: string): string => option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const peersFrom = (pairs: readonly string[]): Record<string, string> =>
  Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));

/** Reads `--config FILE.json`, then the flags, which win; `--peer NAME=URL` may be repeated. */
export const parseConfig = <Schema extends z.ZodObject>(
  schema: Schema,
  args: readonly string[],
): Outcome<z.infer<Schema>, Failure<'INVALID_CONFIG'>> => {
  const options = Object.keys(schema.shape).filter((option) => option !== 'peers');
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        peer: { type: 'string', multiple: true },
        ...Object.fromEntries(options.map((option) => [flagOf(option), { type: 'string' as const }])),
      },
    });
    const given = values as Record<string, string | string[] | undefined>;
    const fromFile = typeof given.config === 'string' ? (JSON.parse(readFileSync(given.config, 'utf8')) as object) : {};
    const fromFlags = Object.fromEntries(
      options.map((option) => [option, given[flagOf(option)]]).filter(([, value]) => value !== undefined),
    );
    const peers = Array.isArray(given.peer) ? { peers: peersFrom(given.peer) } : {};
    const parsed = schema.safeParse({ ...fromFile, ...fromFlags, ...peers });
    return parsed.success ? succeed(parsed.data) : fail('INVALID_CONFIG', describeProblem(parsed.error));
  } catch (cause) {
    return fail('INVALID_CONFIG', cause instanceof Error ? cause.message : String(cause), { cause });
  }
};
