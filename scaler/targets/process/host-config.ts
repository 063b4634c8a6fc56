import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';

/**
 * Configuration of one process host, a JSON file. `{port}` and `{index}` in `args` and in the values of `env` are
 * replaced by the replica's own port and index. Ports may be 0: the host prints what it got.
 */
const schema = z.strictObject({
  /** Full id of the scale target, for example "process/gateway". */
  target: z.string().min(1),
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
  cwd: z.string().optional(),
  listenHost: z.string().default('127.0.0.1'),
  proxyPort: z.int().min(0).max(65_535).default(0),
  adminPort: z.int().min(0).max(65_535).default(0),
  /** Replicas at the start. */
  replicas: z.int().min(0).default(1),
  /** What this machine can hold: an order above it is refused, whoever gives it. */
  maxReplicas: z.int().min(1).max(1_000).default(50),
  readyPath: z.string().startsWith('/').default('/healthz'),
  readyPollMs: z.int().min(10).default(100),
  /** A replica that is not ready after this long is replaced. */
  readyTimeoutMs: z.int().min(100).default(60_000),
  /** How long requests in flight may take when a replica is removed. */
  drainMs: z.int().min(0).default(5_000),
  /** From SIGTERM to SIGKILL. */
  killMs: z.int().min(0).default(2_000),
  /** An upstream answer must begin within this. */
  requestTimeoutMs: z.int().min(1).default(30_000),
  /** Exports the arrivals at the proxy by OTLP, as an ingress controller would. */
  telemetry: z
    .strictObject({
      otlpUrl: z.url({ protocol: /^https?$/ }),
      service: z.string().min(1),
      namespace: z.string().min(1).optional(),
      exportIntervalMs: z.int().min(100).default(10_000),
    })
    .optional(),
  /** When this process is gone, the host ends all replicas and itself. */
  parentPid: z.int().positive().optional(),
});

export type HostConfig = z.infer<typeof schema>;
/** As written in the file: what has a default may be left out. */
export type HostConfigFile = z.input<typeof schema>;

export const parseHostConfig = (value: unknown, where: string): Outcome<HostConfig, Failure<'INVALID_CONFIG'>> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return succeed(parsed.data);
  const issues = parsed.error.issues.map((issue) => `${issue.path.length === 0 ? 'the file' : issue.path.join('.')}: ${issue.message}`);
  return fail('INVALID_CONFIG', `${where}: ${issues.join('; ')}`);
};

export const readHostConfig = (path: string): Outcome<HostConfig, Failure<'INVALID_CONFIG'>> => {
  try {
    return parseHostConfig(JSON.parse(readFileSync(path, 'utf8')), path);
  } catch (cause) {
    return fail('INVALID_CONFIG', `${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
};

export const fillPlaceholders = (text: string, replica: { readonly port: number; readonly index: number }): string =>
  text.replaceAll('{port}', String(replica.port)).replaceAll('{index}', String(replica.index));
