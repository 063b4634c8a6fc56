import { type ChildProcess, spawn } from 'node:child_process';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import type { Clock } from '../../../core/clock.ts';
import { fillPlaceholders, type HostConfig } from './host-config.ts';
import type { ReplicaState } from './supervision.ts';

/** One supervised child process and its place in the rotation. */
export interface Replica {
  readonly index: number;
  readonly orderedAt: number;
  state: ReplicaState;
  readonly ready: boolean;
  inFlight: number;
  port: number;
  restarts: number;
  readyAt: number | undefined;
  /** Keep-alive connections of the proxy to this replica. */
  agent: Agent;
  child: ChildProcess | undefined;
  /** Cancels what is scheduled for it: readiness polls, a restart, a kill. */
  cancel: () => void;
}

export const createReplica = (index: number, orderedAt: number): Replica => ({
  index,
  orderedAt,
  state: 'starting',
  get ready() {
    return this.state === 'ready';
  },
  inFlight: 0,
  port: 0,
  restarts: 0,
  readyAt: undefined,
  agent: new Agent({ keepAlive: true }),
  child: undefined,
  cancel: () => {},
});

/** A port that was free a moment ago. Another process may take it first; then the replica dies and is started on another. */
export const freePort = (host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

export const spawnReplica = (config: HostConfig, replica: { readonly port: number; readonly index: number }): ChildProcess => {
  const env: Record<string, string | undefined> = { ...process.env };
  for (const [name, value] of Object.entries(config.env)) env[name] = fillPlaceholders(value, replica);
  const child = spawn(
    config.command,
    config.args.map((argument) => fillPlaceholders(argument, replica)),
    { env, stdio: ['ignore', 'pipe', 'pipe'], ...(config.cwd === undefined ? {} : { cwd: config.cwd }) },
  );
  // Not inherited: when whoever reads the host's output dies, a replica's own write must not fail with EPIPE.
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => process.stderr.write(chunk));
  return child;
};

/** Whether a replica answers its ready path with 200 within `timeoutMs`. Never rejects. */
export const probe = (config: HostConfig, port: number, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const request = get(
      { host: config.listenHost, port, path: config.readyPath, agent: false, signal: AbortSignal.timeout(timeoutMs) },
      (response) => {
        response.resume();
        response.once('error', () => resolve(false));
        resolve(response.statusCode === 200);
      },
    );
    request.once('error', () => resolve(false));
  });

/** Ends a child: SIGTERM, then SIGKILL after `killMs`. Resolves when it is gone. */
export const endChild = (child: ChildProcess | undefined, killMs: number, clock: Clock): Promise<void> =>
  new Promise((resolve) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      resolve();
      return;
    }
    const cancel = clock.after(killMs, () => child.kill('SIGKILL'));
    child.once('exit', () => {
      cancel();
      resolve();
    });
    child.kill('SIGTERM');
  });
