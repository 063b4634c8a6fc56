import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sleep } from '../core/clock.ts';
import { systemClock } from '../core/system-clock.ts';
import { SCALE_TARGET_CONTRACT } from '../scaler/targets/contract.ts';
import { createProcessTarget, type HostConfigFile, type HostScale } from '../scaler/targets/process/index.ts';

const HOST = join(import.meta.dirname, '..', 'dist', 'scaler', 'targets', 'process', 'host.js');
const REPLICA = join(import.meta.dirname, 'fixtures', 'process-replica.mjs');
const TARGET = 'process/echo';

interface Host {
  readonly process: ChildProcess;
  readonly proxy: string;
  readonly admin: string;
  readonly exited: Promise<number | null>;
}

let folder: string;
const hosts: Host[] = [];

const startHost = async (over: Partial<HostConfigFile> = {}): Promise<Host> => {
  const path = join(folder, `host-${hosts.length}.json`);
  const config: HostConfigFile = {
    target: TARGET,
    command: process.execPath,
    args: [REPLICA, '{port}', '{index}'],
    maxReplicas: 5,
    readyPollMs: 20,
    drainMs: 1_000,
    killMs: 1_000,
    ...over,
  };
  writeFileSync(path, JSON.stringify(config));
  const child = spawn(process.execPath, [HOST, '--config', path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const listening = await new Promise<{ proxyPort: number; adminPort: number }>((resolve, reject) => {
    lines.on('line', (line) => {
      const event = JSON.parse(line) as { event: string; proxyPort: number; adminPort: number };
      if (event.event === 'listening') resolve(event);
    });
    void exited.then((code) => reject(new Error(`host ended with ${code} before it listened`)));
  });
  const host: Host = {
    process: child,
    proxy: `http://127.0.0.1:${listening.proxyPort}`,
    admin: `http://127.0.0.1:${listening.adminPort}`,
    exited,
  };
  hosts.push(host);
  return host;
};

const targetOf = (host: Host) => createProcessTarget({ adminUrl: host.admin, clock: systemClock });

const scaleOf = async (host: Host): Promise<HostScale> => (await fetch(`${host.admin}/scale`)).json() as Promise<HostScale>;

interface HostMetrics {
  readonly inFlight: number;
  readonly totals: {
    readonly arrivals: number;
    readonly completions: number;
    readonly serverErrors: number;
    readonly unavailable: number;
    readonly retries: number;
  };
  readonly replicaStates: readonly { readonly pid: number; readonly state: string; readonly index: number; readonly restarts: number }[];
}

const metricsOf = async (host: Host): Promise<HostMetrics> => (await fetch(`${host.admin}/metrics`)).json() as Promise<HostMetrics>;

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 2_000; attempt += 1) {
    if (await holds()) return;
    await sleep(systemClock, 10);
  }
  throw new Error('what was waited for did not happen within 20 s');
};

const allReady = async (host: Host): Promise<void> =>
  until(async () => {
    const { replicas, ready } = await scaleOf(host);
    return replicas === ready;
  });

const order = async (host: Host, replicas: number): Promise<Response> => {
  const { uid, generation } = await scaleOf(host);
  return fetch(`${host.admin}/scale`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ replicas, expectUid: uid, expectGeneration: generation }),
  });
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'process-host-'));
});

afterEach(async () => {
  for (const host of hosts.splice(0)) {
    if (host.process.exitCode === null) host.process.kill('SIGTERM');
    await host.exited;
  }
  rmSync(folder, { recursive: true, force: true });
});

describe('the process target keeps the contract of scale targets', () => {
  it('in every rule', async () => {
    const host = await startHost();
    await allReady(host);
    for (const rule of SCALE_TARGET_CONTRACT) await rule.check({ target: targetOf(host), id: TARGET, settle: () => allReady(host) });
  });

  it('reads absent, and cannot apply, when no host answers', async () => {
    const target = createProcessTarget({ adminUrl: 'http://127.0.0.1:9', clock: systemClock });
    expect(await target.read(TARGET, AbortSignal.timeout(1_000))).toEqual({ kind: 'absent', reason: 'read-failed' });
    const outcome = await target.apply({ target: TARGET, from: 1, to: 2, expectUid: '', expectGeneration: 1 }, AbortSignal.timeout(1_000));
    expect(outcome).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE', retryable: true } });
  });
});

describe('the proxy', () => {
  it('passes method, path, body and trace context through untouched', async () => {
    const host = await startHost();
    await allReady(host);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const response = await fetch(`${host.proxy}/payments?a=1`, {
      method: 'POST',
      headers: { traceparent, tracestate: 'vendor=x', 'x-custom': 'kept' },
      body: 'hello',
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-replica')).toBe('0');
    expect(await response.json()).toMatchObject({
      method: 'POST',
      url: '/payments?a=1',
      body: 'hello',
      headers: { traceparent, tracestate: 'vendor=x', 'x-custom': 'kept' },
    });
  });

  it('streams a body too large to buffer', async () => {
    const host = await startHost();
    await allReady(host);
    const response = await fetch(`${host.proxy}/upload`, { method: 'POST', body: Buffer.alloc(3_000_000, 97) });
    expect(await response.json()).toMatchObject({ bytes: 3_000_000 });
  });

  it('answers 503 while no replica is ready, and counts it', async () => {
    const host = await startHost({ replicas: 0 });
    const response = await fetch(host.proxy);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await metricsOf(host)).totals).toMatchObject({ arrivals: 1, completions: 1, serverErrors: 1, unavailable: 1 });
  });

  it('spreads requests over the replicas and gives the slow one less', async () => {
    const host = await startHost({ replicas: 2 });
    await allReady(host);
    const slow = fetch(`${host.proxy}/slow?ms=300`).then((response) => response.text());
    await until(async () => (await metricsOf(host)).inFlight === 1);
    const others = await Promise.all(
      [1, 2].map(async () => {
        await sleep(systemClock, 5);
        return (await fetch(`${host.proxy}/`)).headers.get('x-replica');
      }),
    );
    const busy = (await slow).replace('slow ', '');
    expect(others.some((index) => index !== busy)).toBe(true);
  });

  it('repeats an idempotent request elsewhere when a replica dies under it, and not a payment', async () => {
    const host = await startHost({ replicas: 2 });
    await allReady(host);
    const statuses: number[] = [];
    for (let request = 0; request < 2; request += 1) statuses.push((await fetch(`${host.proxy}/crash-once`)).status);
    expect(statuses).toEqual([200, 200]);
    expect((await metricsOf(host)).totals.retries).toBe(1);
    await allReady(host);
    expect((await fetch(`${host.proxy}/crash`, { method: 'POST', body: '{}' })).status).toBe(502);
  });
});

describe('supervision of real processes', () => {
  it('starts a replica again after a crash, under a new process', async () => {
    const host = await startHost();
    await allReady(host);
    const [before] = (await metricsOf(host)).replicaStates;
    process.kill(before?.pid as number, 'SIGKILL');
    await until(async () => {
      const [now] = (await metricsOf(host)).replicaStates;
      return now?.state === 'ready' && now.pid !== before?.pid;
    });
    expect((await metricsOf(host)).replicaStates[0]).toMatchObject({ index: 0, restarts: 1 });
    expect((await scaleOf(host)).history.map(({ ready }) => ready)).toEqual([0, 1, 0, 1]);
  });

  it('goes on when whoever started it no longer reads what it prints', async () => {
    const host = await startHost();
    await allReady(host);
    host.process.stdout?.destroy();
    expect((await order(host, 2)).status).toBe(200);
    await allReady(host);
    const [first] = (await metricsOf(host)).replicaStates;
    process.kill(first?.pid as number, 'SIGKILL');
    await until(async () => (await metricsOf(host)).replicaStates.some((replica) => replica.restarts === 1 && replica.state === 'ready'));
    expect(host.process.exitCode).toBeNull();
  });

  it('learns how long an ordered replica takes to be ready', async () => {
    const host = await startHost({ args: [REPLICA, '{port}', '{index}', '300'] });
    await allReady(host);
    const { leadTime } = await scaleOf(host);
    expect(leadTime.samples).toBe(1);
    expect(leadTime.p90Ms).toBeGreaterThanOrEqual(300);
  });

  it('lets a removed replica finish its request before it ends', async () => {
    const host = await startHost({ replicas: 1 });
    await allReady(host);
    const pid = (await metricsOf(host)).replicaStates[0]?.pid as number;
    const answer = fetch(`${host.proxy}/slow?ms=300`);
    await until(async () => (await metricsOf(host)).inFlight === 1);
    expect((await order(host, 0)).status).toBe(200);
    expect((await fetch(host.proxy)).status).toBe(503);
    expect(await (await answer).text()).toBe('slow 0');
    await until(async () => !isAlive(pid));
  });

  it('kills a removed replica that does not end by itself', async () => {
    const stubborn = "process.on('SIGTERM', () => {}); require('node:http').createServer((q, s) => s.end()).listen({port}, '127.0.0.1')";
    const host = await startHost({ args: ['-e', stubborn], killMs: 100 });
    await allReady(host);
    const pid = (await metricsOf(host)).replicaStates[0]?.pid as number;
    await order(host, 0);
    await until(async () => !isAlive(pid));
  });

  it('refuses orders that make no sense, and says why', async () => {
    const host = await startHost();
    expect((await order(host, 6)).status).toBe(403);
    expect((await order(host, -1)).status).toBe(400);
    const text = await fetch(`${host.admin}/scale`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{' });
    expect([text.status, await text.json()]).toMatchObject([400, { code: 'INVALID_ORDER' }]);
    expect((await fetch(`${host.admin}/scale`, { method: 'PUT', body: '{}' })).status).toBe(415);
    expect((await fetch(`${host.admin}/nothing`)).status).toBe(404);
    expect((await scaleOf(host)).replicas).toBe(1);
  });

  it('survives a command that does not exist, and keeps trying', async () => {
    const host = await startHost({ command: '/no/such/command' });
    await until(async () => ((await metricsOf(host)).replicaStates[0]?.restarts ?? 0) >= 2);
    expect((await scaleOf(host)).ready).toBe(0);
  });

  it('ends all replicas on SIGTERM', async () => {
    const host = await startHost({ replicas: 3 });
    await allReady(host);
    const pids = (await metricsOf(host)).replicaStates.map((replica) => replica.pid);
    host.process.kill('SIGTERM');
    expect(await host.exited).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('ends itself and all replicas when the process it belongs to is gone', async () => {
    const parent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const host = await startHost({ replicas: 2, parentPid: parent.pid as number });
    await allReady(host);
    const pids = (await metricsOf(host)).replicaStates.map((replica) => replica.pid);
    parent.kill('SIGKILL');
    expect(await host.exited).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('says what is wrong with a configuration and ends', async () => {
    const path = join(folder, 'bad.json');
    writeFileSync(path, '{"target":"x"}');
    const child = spawn(process.execPath, [HOST, '--config', path], { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([code, complaint]).toEqual([1, expect.stringContaining('command')]);
  });
});
