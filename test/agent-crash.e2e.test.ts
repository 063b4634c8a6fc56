import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../agent/audit/verify.ts';
import { openStore } from '../agent/store/lmdb/lmdb-store.ts';
import { send } from '../collectors/otlp/fixtures/harness.ts';
import { encode, MetricsRequest, metricsOf, nanos, spansOf, TraceRequest } from '../collectors/otlp/fixtures/messages.ts';
import { sleep } from '../core/clock.ts';
import { seededRandom } from '../core/random.ts';
import { systemClock } from '../core/system-clock.ts';
import { type AgentProcess, startAgentProcess, until } from './agent-process.ts';

const KILLS = 3;
const SENDERS = 4;
const POINTS = 5;
const SERVICE = { 'service.name': 'checkout' };
const PROTOBUF = { 'content-type': 'application/x-protobuf' };

/** Says it has one replica: enough for the agent to have something to decide about. */
const host = createServer((_request, response) => {
  const scale = {
    target: 'process/checkout',
    uid: 'u',
    generation: 1,
    replicas: 1,
    ready: 1,
    startedAt: 0,
    maxReplicas: 50,
    leadTime: { samples: 0 },
    history: [],
  };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(scale));
});

const configuration = (): string => `
time: { step: 200ms, dayLength: 24s, grace: 200ms }
scaling:
  - target: process/checkout
    adminUrl: http://127.0.0.1:${(host.address() as AddressInfo).port}
    service: checkout
    loadPerReplica: 5
    maxReplicas: 50
    lead: 1s
    stabilization: 1s
`;

interface Ledger {
  next: number;
  /** Numbers of points that were acknowledged. */
  readonly acknowledged: Set<number>;
  readonly odd: string[];
}

const pointsFrom = (first: number): Uint8Array => {
  const at = nanos(systemClock.now());
  const dataPoints = Array.from({ length: POINTS }, (_, place) => ({ timeUnixNano: at, asDouble: first + place }));
  return encode(MetricsRequest, metricsOf(SERVICE, [{ name: 'numbered', gauge: { dataPoints } }]));
};

const spansFrom = (first: number): Uint8Array => {
  const now = systemClock.now();
  const range = { startTimeUnixNano: nanos(now - 5), endTimeUnixNano: nanos(now) };
  const spans = Array.from({ length: POINTS }, (_, place) => {
    const spanId = Buffer.alloc(8);
    spanId.writeUInt32BE(first + place + 1, 4);
    return { traceId: Buffer.alloc(16, 3), spanId, name: 'GET /', kind: 2, ...range };
  });
  return encode(TraceRequest, spansOf(SERVICE, spans));
};

/** Posts until the agent is gone. A request without an answer may or may not be stored: its numbers are not used again. */
const sendUntilGone = async (port: number, ledger: Ledger, gone: () => boolean): Promise<void> => {
  while (!gone()) {
    const first = ledger.next;
    ledger.next += POINTS;
    try {
      const answer = await send(port, '/v1/metrics', pointsFrom(first), PROTOBUF);
      if (answer.status === 200 && answer.body.length === 0)
        for (let place = 0; place < POINTS; place += 1) ledger.acknowledged.add(first + place);
      else ledger.odd.push(`${answer.status} ${answer.body.toString('latin1')}`);
      await send(port, '/v1/traces', spansFrom(first), PROTOBUF);
    } catch {
      if (!gone()) await sleep(systemClock, 10);
    }
  }
};

describe('an agent that is killed', () => {
  let folder: string;
  let agent: AgentProcess;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-agent-crash-'));
    await new Promise<void>((resolve) => {
      host.listen(0, '127.0.0.1', resolve);
    });
  });
  afterAll(async () => {
    if (agent.child.exitCode === null) await agent.kill();
    await new Promise((resolve) => host.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  it(`has everything that it acknowledged after ${KILLS} kills at random moments, and goes on by itself`, async () => {
    const random = seededRandom(7);
    const ledger: Ledger = { next: 1, acknowledged: new Set(), odd: [] };
    agent = await startAgentProcess(folder, configuration());
    for (let kill = 0; kill < KILLS; kill += 1) {
      let gone = false;
      const { otlpPort } = agent;
      const senders = Array.from({ length: SENDERS }, () => sendUntilGone(otlpPort, ledger, () => gone));
      const before = ledger.acknowledged.size;
      await until(
        'some are acknowledged',
        10_000,
        async () => ledger.acknowledged.size,
        (size) => size > before + 100,
      );
      await sleep(systemClock, 1_500 * random());
      await agent.kill();
      gone = true;
      await Promise.all(senders);
      agent = await startAgentProcess(folder, configuration());
      expect(await until('it is ready again', 10_000, agent.ready, (status) => status === 200)).toBe(200);
      expect(agent.log()).not.toMatch(/"level":"(error|fatal)"/);
    }
    // It works as before: what is sent is seen.
    let gone = false;
    const senders = Array.from({ length: SENDERS }, () => sendUntilGone(agent.otlpPort, ledger, () => gone));
    await until('the service is seen', 10_000, agent.services, (services) => (services[0]?.requestsPerSecond ?? 0) > 0);
    await until('something is decided', 10_000, agent.state, (state) => state.scaling[0]?.recommendation !== undefined);
    gone = true;
    await Promise.all(senders);
    expect(await agent.stop()).toBe(0);

    expect(ledger.odd).toEqual([]);
    const opened = await openStore(join(folder, 'data', 'store'), { stepMs: 200, clock: systemClock });
    if (!opened.ok) throw new Error(opened.error.message);
    const stored = new Set<number>();
    for await (const { batch } of opened.value.readBatches(0)) for (const value of batch.samples?.value ?? []) stored.add(value);
    const { damage } = opened.value;
    expect([...ledger.acknowledged].filter((number) => !stored.has(number))).toEqual([]);
    expect([...stored].filter((number) => number >= ledger.next)).toEqual([]);
    expect(damage()).toEqual({ 'log-entry': 0, 'series-block': 0, snapshot: 0, partition: 0, identity: 0 });
    await opened.value.close();

    const verified = await verify(join(folder, 'data', 'decisions', 'decisions.ndjson'));
    expect(verified.summary).toContain('the chain is whole');
    expect(verified.ok).toBe(true);
    expect(verified.good).toBeGreaterThan(0);
  });
});
