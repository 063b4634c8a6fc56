import { readFileSync } from 'node:fs';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { Authenticator, MsgHdrs, NatsConnection as NatsClient } from '@nats-io/transport-node';
import { PRODUCT } from '../../core/names.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';

interface NatsServer {
  readonly servers: readonly string[];
  readonly credentialsFile?: string | undefined;
  readonly caFile?: string | undefined;
}

/** One connection to a cluster of servers, shared by whoever names the same servers and credentials. */
export interface NatsConnection {
  readonly client: NatsClient;
  readonly jetstream: JetStreamClient;
  manager(): Promise<JetStreamManager>;
  headers(values: Readonly<Record<string, string>>): MsgHdrs;
  /** False while it is lost and being made again. */
  isConnected(): boolean;
  /** Whether a message may be ended with a reason (nats-server 2.11); older servers would take it for no answer at all. */
  readonly takesReasons: boolean;
}

type NatsFailure = Failure<'NATS_UNREACHABLE' | 'NATS_MISCONFIGURED'>;

export interface NatsConnections {
  open(server: NatsServer): Promise<Outcome<NatsConnection, NatsFailure>>;
  close(): Promise<void>;
}

export interface NatsLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_WAIT_MS = 1_000;
const PING_INTERVAL_MS = 10_000;

const addressOf = ({ servers }: NatsServer): string => servers.join(', ');

/** Imported when somebody connects: who uses no NATS pays nothing for it. */
const load = async () => ({ ...(await import('@nats-io/transport-node')), ...(await import('@nats-io/jetstream')) });
type Library = Awaited<ReturnType<typeof load>>;

/** The form is told from the text: a `.creds` file, `user:password`, or a token. */
const authenticatorOf = (library: Library, text: string): Authenticator => {
  if (text.includes('BEGIN NATS USER JWT')) return library.credsAuthenticator(new TextEncoder().encode(text));
  const line = text.trim();
  const colon = line.indexOf(':');
  return colon < 0 ? library.tokenAuthenticator(line) : library.usernamePasswordAuthenticator(line.slice(0, colon), line.slice(colon + 1));
};

const isAtLeast = (version: string, major: number, minor: number): boolean => {
  const [ours = 0, its = 0] = version.split('.').map(Number);
  return ours > major || (ours === major && its >= minor);
};

export const createNatsConnections = (log: NatsLog): NatsConnections => {
  const known = new Map<string, Promise<Outcome<NatsConnection, NatsFailure>>>();
  let closing = false;

  const follow = async (client: NatsClient, server: NatsServer, isUp: (up: boolean) => void): Promise<void> => {
    const servers = addressOf(server);
    for await (const status of client.status()) {
      if (status.type === 'disconnect') {
        isUp(false);
        if (!closing) log.warn({ servers }, 'the connection to NATS is lost; it is being made again');
      } else if (status.type === 'reconnect') {
        isUp(true);
        log.info({ servers, server: status.server }, 'connected to NATS again');
      } else if (status.type === 'error') {
        log.warn({ servers, error: status.error.message }, 'NATS reports an error');
      }
    }
  };

  const connect = async (server: NatsServer, forget: () => void): Promise<Outcome<NatsConnection, NatsFailure>> => {
    const library = await load();
    const { servers, credentialsFile, caFile } = server;
    // Read anew for each connection, also when a lost one is made again, so that credentials can be rotated.
    const authenticator: Authenticator = (nonce) => authenticatorOf(library, readFileSync(credentialsFile as string, 'utf8'))(nonce);
    if (credentialsFile !== undefined) {
      try {
        readFileSync(credentialsFile);
      } catch (cause) {
        return fail('NATS_MISCONFIGURED', `the credentials file ${credentialsFile} cannot be read`, { retryable: true, cause });
      }
    }
    try {
      const client = await library.connect({
        servers: [...servers],
        name: PRODUCT,
        timeout: CONNECT_TIMEOUT_MS,
        maxReconnectAttempts: -1,
        reconnectTimeWait: RECONNECT_WAIT_MS,
        ignoreAuthErrorAbort: true,
        pingInterval: PING_INTERVAL_MS,
        ...(credentialsFile === undefined ? {} : { authenticator }),
        ...(caFile === undefined ? {} : { tls: { caFile } }),
      });
      let connected = true;
      void follow(client, server, (up) => {
        connected = up;
      });
      void client.closed().then(forget);
      return succeed({
        client,
        jetstream: library.jetstream(client),
        manager: () => library.jetstreamManager(client, { checkAPI: false }),
        headers(values) {
          const headers = library.headers();
          for (const [name, value] of Object.entries(values)) headers.set(name, value);
          return headers;
        },
        isConnected: () => connected && !client.isClosed(),
        takesReasons: isAtLeast(client.info?.version ?? '0.0', 2, 11),
      });
    } catch (cause) {
      return fail('NATS_UNREACHABLE', `NATS at ${addressOf(server)} cannot be reached: ${(cause as Error).message}`, {
        retryable: true,
        cause,
      });
    }
  };

  return {
    open(server) {
      const key = JSON.stringify([[...server.servers].sort(), server.credentialsFile ?? '', server.caFile ?? '']);
      const open = known.get(key);
      if (open !== undefined) return open;
      const opening = connect(server, () => known.delete(key));
      known.set(key, opening);
      void opening.then((outcome) => {
        if (!outcome.ok) known.delete(key);
      });
      return opening;
    },
    async close() {
      closing = true;
      for (const opening of [...known.values()]) {
        const outcome = await opening;
        if (outcome.ok) await outcome.value.client.close();
      }
    },
  };
};
