import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sleep } from '../core/clock.ts';
import { systemClock } from '../core/system-clock.ts';
import type { ProcessSpec } from '../examples/fintech/launch.ts';
import type { PaymentAnswer } from '../examples/fintech/payment.ts';

// From the build, so that launch.js finds service.js beside itself.
const { fintechServices, freeFintechPorts, freePorts, gatewayReplica } = (await import(
  new URL('../dist/examples/fintech/launch.js', import.meta.url).href
)) as typeof import('../examples/fintech/launch.ts');

interface Running {
  readonly spec: ProcessSpec;
  readonly child: ChildProcess;
  readonly exited: Promise<readonly unknown[]>;
  stderr: string;
}

const start = (spec: ProcessSpec): Running => {
  const child = spawn(spec.command, [...spec.args], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...spec.env } });
  const running: Running = { spec, child, exited: once(child, 'exit'), stderr: '' };
  child.stderr?.on('data', (chunk: Buffer) => {
    running.stderr += chunk.toString();
  });
  return running;
};

const isReady = (url: string): Promise<boolean> =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

const untilReady = async ({ spec, child }: Running): Promise<void> => {
  while (!(await isReady(spec.readyUrl))) {
    if (child.exitCode !== null) throw new Error(`${spec.name} ended with ${child.exitCode} before it was ready`);
    await sleep(systemClock, 50);
  }
};

describe('the payment flow', () => {
  const received = { '/v1/traces': 0, '/v1/metrics': 0 };
  const receiver = createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.url === '/v1/traces' || request.url === '/v1/metrics') received[request.url] += 1;
      response.end();
    });
  });
  let processes: readonly Running[] = [];
  const specOf = (name: string): ProcessSpec => {
    const found = processes.find((running) => running.spec.name === name);
    if (found === undefined) throw new Error(`no process ${name}`);
    return found.spec;
  };
  const admin = async (name: string, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const init: RequestInit = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    return (await (await fetch(`${specOf(name).adminUrl}${path}`, init)).json()) as Record<string, unknown>;
  };
  const pay = async (id: string): Promise<{ readonly status: number; readonly answer: PaymentAnswer }> => {
    const payment = { id, amountMinor: 1_990, currency: 'EUR', tenant: 'harbor-pay', rail: 'instant', issuer: 'maple' };
    const response = await fetch(`${specOf('gateway-1').url}/payments`, { method: 'POST', body: JSON.stringify(payment) });
    return { status: response.status, answer: (await response.json()) as PaymentAnswer };
  };

  beforeAll(async () => {
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const options = {
      otlpUrl: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
      ports: await freeFintechPorts(),
      seed: 5,
      exportIntervalMs: 500,
      timeScale: 0.1,
      parentPid: process.pid,
    };
    const [port = 0, adminPort = 0] = await freePorts(2);
    processes = [...fintechServices(options), gatewayReplica(options, { ordinal: 1, port, adminPort })].map(start);
    await Promise.all(processes.map(untilReady));
  });

  afterAll(async () => {
    for (const { child } of processes) if (child.exitCode === null) child.kill('SIGKILL');
    await new Promise((resolve) => receiver.close(resolve));
  });

  it('answers 20 payments, keeps the ledger balanced, and reports itself over OTLP and Prometheus', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => pay(`p${index}`)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(answers.every(({ answer }) => answer.outcome === 'approved' || answer.outcome === 'declined')).toBe(true);
    const approved = answers.filter(({ answer }) => answer.outcome === 'approved').length;
    expect(approved).toBeGreaterThan(10);
    expect(await admin('ledger', 'GET', '/admin/invariants')).toMatchObject({ balanced: true, sumOfEntries: 0, openReservations: 0 });
    const balances = await admin('ledger', 'GET', '/admin/balances');
    expect(Number(balances['provider:psp-north'] ?? 0) + Number(balances['provider:psp-south'] ?? 0)).toBe(approved * 1_990);
    const metrics = await (await fetch(specOf('router').metricsUrl ?? '')).text();
    expect(metrics).toMatch(/^payment_routed_total\{.*payment_issuer="maple".*\} \d+/m);
  });

  it('fails with a reason while both providers are broken, and works again when the fault ends', async () => {
    for (const provider of ['psp-north', 'psp-south']) await admin(provider, 'POST', '/admin/faults', { kind: 'error-burst', share: 1 });
    const { status, answer } = await pay('broken');
    expect(status).toBe(502);
    expect(answer).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/^provider_50[23]$/) });
    for (const provider of ['psp-north', 'psp-south']) expect(await admin(provider, 'DELETE', '/admin/faults')).toEqual({ ended: 1 });
    expect((await pay('healthy')).status).toBe(200);
    expect(await admin('ledger', 'GET', '/admin/invariants')).toMatchObject({ balanced: true, openReservations: 0 });
  });

  it('ends on SIGTERM without an error, after its last telemetry has left', async () => {
    for (const { child } of processes) child.kill('SIGTERM');
    for (const running of processes) {
      const [code, signal] = await running.exited;
      expect({ name: running.spec.name, code, signal, stderr: running.stderr }).toEqual({
        name: running.spec.name,
        code: 0,
        signal: null,
        stderr: '',
      });
    }
    expect(received['/v1/traces']).toBeGreaterThanOrEqual(6);
    expect(received['/v1/metrics']).toBeGreaterThanOrEqual(6);
  });
});
