/** A real nats-server with JetStream in a folder of its own, for tests. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { sleep } from '../core/clock.ts';
import { systemClock } from '../core/system-clock.ts';

export const hasNatsServer = spawnSync('nats-server', ['--version']).status === 0;

export interface NatsServerProcess {
  readonly port: number;
  readonly url: string;
  /** By SIGTERM, or SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** The same folder and port make it the same server again. */
export const startNatsServer = async (folder: string, port: number): Promise<NatsServerProcess> => {
  const child: ChildProcess = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const end = systemClock.elapsedMs() + 20_000;
  while (!(await answers(port))) {
    if (child.exitCode !== null || systemClock.elapsedMs() > end) throw new Error('nats-server does not answer');
    await sleep(systemClock, 50);
  }
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
    },
  };
};

interface Interceptor {
  readonly url: string;
  close(): Promise<void>;
}

/** Stands between a client and the server; `passes` says for each piece from the client whether it goes on. */
export const interceptNats = async (port: number, passes: (fromClient: Buffer) => boolean): Promise<Interceptor> => {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connectSocket(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('data', (piece) => {
      if (passes(piece)) upstream.write(piece);
    });
    upstream.on('data', (piece) => client.write(piece));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
