/** A real agent, started from the build as a user would: `foreshock run --config FILE`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { AgentState, ServiceCard } from '../agent/api/contract.ts';
import { sleep } from '../core/clock.ts';
import { systemClock } from '../core/system-clock.ts';

export const CLI = fileURLToPath(new URL('../dist/agent/cli/foreshock.js', import.meta.url));

export interface AgentProcess {
  readonly child: ChildProcess;
  readonly otlpPort: number;
  readonly otlpGrpcPort: number;
  readonly apiUrl: string;
  /** What it logged so far. */
  log(): string;
  state(): Promise<AgentState>;
  services(): Promise<readonly ServiceCard[]>;
  metrics(): Promise<string>;
  /** Status of /readyz. */
  ready(): Promise<number>;
  /** By SIGTERM; resolves with the exit code once it has ended. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

/** Lines of configuration beside the folder and the free ports. */
export const startAgentProcess = async (folder: string, more = ''): Promise<AgentProcess> => {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'foreshock.yaml');
  writeFileSync(config, `dataDirectory: data\notlp: { port: 0, grpc: { port: 0 } }\napi: { port: 0 }\n${more}`);
  const child = spawn(process.execPath, [CLI, 'run', '--config', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const listening = (async (): Promise<{ readonly api: number; readonly otlp: number; readonly otlpGrpc: number }> => {
    for await (const line of createInterface({ input: child.stdout })) {
      const told = JSON.parse(line) as { event: string; api: number; otlp: number; otlpGrpc: number };
      if (told.event === 'listening') return told;
    }
    throw new Error(`the agent ended before it listened: ${log}`);
  })();
  const { api, otlp, otlpGrpc } = await listening;
  const apiUrl = `http://127.0.0.1:${api}`;
  const get = (path: string): Promise<Response> => fetch(`${apiUrl}${path}`);
  return {
    child,
    otlpPort: otlp,
    otlpGrpcPort: otlpGrpc,
    apiUrl,
    log: () => log,
    state: async () => (await (await get('/api/v1/state')).json()) as AgentState,
    services: async () => ((await (await get('/api/v1/services')).json()) as { readonly items: readonly ServiceCard[] }).items,
    metrics: async () => (await get('/metrics')).text(),
    ready: async () => (await get('/readyz')).status,
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
};

/** Asks until it is so; what was last seen is in the error when it does not come to be. */
export const until = async <Seen>(
  what: string,
  limitMs: number,
  look: () => Promise<Seen>,
  isSo: (seen: Seen) => boolean,
): Promise<Seen> => {
  const end = systemClock.elapsedMs() + limitMs;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (systemClock.elapsedMs() > end) throw new Error(`${what}: not within ${limitMs} ms; last seen ${JSON.stringify(seen)}`);
    await sleep(systemClock, 100);
  }
};
