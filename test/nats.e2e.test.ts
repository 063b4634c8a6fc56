import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { incident } from '../agent/notify/message.fixture.ts';
import { createNatsNotifier } from '../agent/notify/nats/index.ts';
import { natsSchema } from '../agent/notify/nats/schema.ts';
import type { Delivery } from '../agent/notify/notifier.ts';
import { openStore } from '../agent/store/lmdb/lmdb-store.ts';
import { createNatsConnections } from '../collectors/nats/index.ts';
import { POINT_CURSOR, POINT_EVENTS } from '../core/batch.ts';
import { AMOUNT, OUTCOME, PAYMENTS, PROVIDER, RAIL } from '../core/business.ts';
import { sleep } from '../core/clock.ts';
import { systemClock } from '../core/system-clock.ts';
import { type AgentProcess, startAgentProcess, until } from './agent-process.ts';
import { freePort, hasNatsServer, interceptNats, type NatsServerProcess, startNatsServer } from './nats-server.ts';

const STREAM = 'PAYMENTS';
const CARD = '4111111111111111';
const MAIL = 'jane.doe@example.com';

let folder: string;
let server: NatsServerProcess;
let client: NatsConnection;
let js: JetStreamClient;
let manager: JetStreamManager;
const agents: AgentProcess[] = [];

const start = async (url = server.url, more = ''): Promise<AgentProcess> => {
  const agent = await startAgentProcess(
    join(folder, 'agent'),
    `time: { step: 1s, dayLength: 24h }\nnats:\n  - name: payments\n    servers: ['${url}']\n    stream: ${STREAM}\n    subject: payments.>\n    ackWait: 1s\n${more}`,
  );
  agents.push(agent);
  return agent;
};

const payment = (change: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    time: new Date(systemClock.now()).toISOString(),
    outcome: 'approved',
    rail: 'card',
    provider: 'psp-north',
    amount: '12.34',
    currency: 'EUR',
    ...change,
  });

const publishMany = async (count: number, body: (number: number) => string): Promise<void> => {
  for (let first = 0; first < count; first += 500) {
    await Promise.all(Array.from({ length: Math.min(500, count - first) }, (_, place) => js.publish('payments.card', body(first + place))));
  }
};

/** Of one kind of thing, what the agent's own metrics say. */
const countOf = async (agent: AgentProcess, metric: string, labels: string): Promise<number> => {
  const line = (await agent.metrics()).split('\n').find((text) => text.startsWith(`foreshock_${metric}`) && text.includes(labels));
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1));
};
const accepted = (agent: AgentProcess): Promise<number> => countOf(agent, 'ingest_accepted_total', 'kind="events"');
const rejected = (agent: AgentProcess, reason: string): Promise<number> =>
  countOf(agent, 'ingest_rejected_total', `kind="events",reason="${reason}"`);

/** What the log holds, summed by metric and attributes, whatever was acknowledged. */
const stored = async (): Promise<Readonly<Record<string, number>>> => {
  const opened = await openStore(join(folder, 'agent', 'data', 'store'), { stepMs: 1_000, clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  const { streams } = opened.value.loadIdentity();
  const sums: Record<string, number> = {};
  for await (const { batch } of opened.value.readBatches(0)) {
    const { samples } = batch;
    for (let row = 0; row < (samples?.length ?? 0); row += 1) {
      if (samples?.type[row] !== POINT_EVENTS) continue;
      const { metric, unit, attributes } = streams[samples.stream[row] as number] as (typeof streams)[number];
      const key = [metric === AMOUNT ? unit : metric, attributes[RAIL], attributes[PROVIDER], attributes[OUTCOME]].join(' ');
      sums[key] = Math.round(((sums[key] ?? 0) + (samples.value[row] as number)) * 100) / 100;
    }
  }
  await opened.value.close();
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum > 0));
};

/** How many ranges of message numbers each entry of the log holds, in order. */
const rangesWritten = async (): Promise<readonly number[]> => {
  const opened = await openStore(join(folder, 'agent', 'data', 'store'), { stepMs: 1_000, clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  const ranges: number[] = [];
  for await (const { batch } of opened.value.readBatches(0))
    ranges.push(batch.samples?.type.filter((type) => type === POINT_CURSOR).length ?? 0);
  await opened.value.close();
  return ranges.filter((count) => count > 0);
};

const connectClient = async (): Promise<void> => {
  client = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  js = jetstream(client);
  manager = await jetstreamManager(client);
};

describe.skipIf(!hasNatsServer)('business events from a real nats-server', () => {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-nats-'));
    server = await startNatsServer(join(folder, 'nats'), await freePort());
    await connectClient();
    await manager.streams.add({ name: STREAM, subjects: ['payments.>'] });
  });
  afterEach(async () => {
    for (const agent of agents.splice(0)) if (agent.child.exitCode === null && agent.child.signalCode === null) await agent.kill();
    await client.close();
    await server.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('are counted by rail, provider, outcome and currency; poison is counted by reason, ended, and blocks nothing', async () => {
    const agent = await start();
    await until(
      'it reads',
      20_000,
      async () => agent.log(),
      (log) => log.includes('reading business events'),
    );
    const publish = (body: string | Uint8Array, ce: Readonly<Record<string, string>> = {}) => {
      const sent = headers();
      for (const [name, value] of Object.entries(ce)) sent.set(name, value);
      return js.publish('payments.card', body, { headers: sent });
    };
    await publish('{"time":');
    await publish(payment({ time: undefined }));
    await publish(payment({ amount: 1e300 }));
    await publish(payment({ amount: 'NaN' }));
    await publish(payment({ amount: -1 }));
    await publish(payment({ amount: '1.5', currency: 'JPY' }));
    await publish(payment({ currency: 'euro' }));
    await publish(payment({ outcome: 'perhaps' }));
    await publish(payment({ rail: 7 }));
    await publish(payment({ time: '2020-01-01T00:00:00Z' }));
    await publish(payment({ note: 'x'.repeat(70_000) }));
    await publish(payment({ currency: 'JPY', amount: 500 }));
    await publish(payment({ outcome: 'declined', provider: `${CARD} ${MAIL}`, customer: MAIL, card: CARD }));
    await publish(payment({ time: undefined, outcome: 'failed' }), {
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/shop',
      'ce-type': 'com.example.payment',
      'ce-time': new Date(systemClock.now()).toISOString(),
    });
    await publish(
      JSON.stringify({
        specversion: '1.0',
        id: '2',
        source: '/shop',
        type: 'com.example.payment',
        data: JSON.parse(payment({ rail: 'sepa' })),
      }),
    );
    await publish(payment({ amount: undefined, currency: undefined }));

    await until(
      'all are taken in',
      20_000,
      () => accepted(agent),
      (count) => count === 5,
    );
    const reasons = [
      'malformed_json',
      'missing_field',
      'amount_out_of_range',
      'unknown_currency',
      'unknown_outcome',
      'field_invalid',
      'too_old',
      'event_too_large',
    ];
    expect(await Promise.all(reasons.map((reason) => rejected(agent, reason)))).toEqual(reasons.map(() => 1));
    expect(await rejected(agent, 'amount_invalid')).toBe(3);
    await until(
      'nothing is left',
      10_000,
      () => manager.consumers.info(STREAM, 'foreshock'),
      ({ num_pending, num_ack_pending }) => num_pending + num_ack_pending === 0,
    );
    expect((await agent.state()).ingest).toMatchObject({ conserved: true });
    expect(await agent.stop()).toBe(0);
    expect(await stored()).toEqual({
      'business.payments card psp-north approved': 2,
      'JPY card psp-north approved': 500,
      'business.payments card [REDACTED] [REDACTED] declined': 1,
      'EUR card [REDACTED] [REDACTED] declined': 12.34,
      'business.payments card psp-north failed': 1,
      'EUR card psp-north failed': 12.34,
      'business.payments sepa psp-north approved': 1,
      'EUR sepa psp-north approved': 12.34,
    });
    for (const found of [CARD, MAIL]) {
      expect(agent.log()).not.toContain(found);
      expect(readFileSync(join(folder, 'agent', 'data', 'store', 'identity', 'data.mdb')).includes(found)).toBe(false);
    }
  });

  it('are neither lost nor counted twice when the agent is killed between its commit and the acknowledgement', async () => {
    let acknowledges = true;
    const between = await interceptNats(server.port, (piece) => acknowledges || !piece.includes('$JS.ACK'));
    let agent = await start(between.url);
    await until(
      'it reads',
      20_000,
      async () => agent.log(),
      (log) => log.includes('reading business events'),
    );
    await publishMany(300, (number) => payment({ amount: `${number}.01` }));
    await until(
      'the first are in',
      20_000,
      () => accepted(agent),
      (count) => count === 300,
    );
    acknowledges = false;
    await publishMany(200, () => payment({ outcome: 'declined', amount: '1' }));
    await until(
      'they are committed',
      20_000,
      () => accepted(agent),
      (count) => count === 500,
    );
    const { num_ack_pending: unanswered } = await manager.consumers.info(STREAM, 'foreshock');
    expect(unanswered).toBeGreaterThan(0);
    await agent.kill();
    acknowledges = true;
    await publishMany(50, () => payment({ outcome: 'failed', amount: '1' }));
    agent = await start(between.url);
    await until(
      'what was unanswered came again',
      20_000,
      () => countOf(agent, 'events_redelivered_total', ''),
      (count) => count >= unanswered,
    );
    await until(
      'the new ones are in',
      20_000,
      () => accepted(agent),
      (count) => count === 50,
    );
    await until(
      'nothing is left',
      10_000,
      () => manager.consumers.info(STREAM, 'foreshock'),
      ({ num_pending, num_ack_pending }) => num_pending + num_ack_pending === 0,
    );
    expect(await agent.stop()).toBe(0);
    await between.close();
    expect(await stored()).toEqual({
      'business.payments card psp-north approved': 300,
      'EUR card psp-north approved': 44_853,
      'business.payments card psp-north declined': 200,
      'EUR card psp-north declined': 200,
      'business.payments card psp-north failed': 50,
      'EUR card psp-north failed': 50,
    });
  });

  it('that come again one by one, between messages of others, are one range once they are acknowledged', async () => {
    const COUNT = 60;
    await manager.streams.update(STREAM, { subjects: ['payments.>', 'orders.>'] });
    const first = await start();
    const reads = (agent: AgentProcess): Promise<string> =>
      until(
        'it reads',
        20_000,
        async () => agent.log(),
        (log) => log.includes('reading business events'),
      );
    await reads(first);
    expect(await first.stop()).toBe(0);
    for (let number = 0; number < COUNT; number += 1) {
      await js.publish('payments.card', payment());
      await js.publish('orders.new', 'of somebody else');
    }
    // A process that took them and died.
    const consumer = await js.consumers.get(STREAM, 'foreshock');
    let delivered = 0;
    for await (const _ of await consumer.fetch({ max_messages: COUNT, expires: 2_000 })) delivered += 1;
    expect(delivered).toBe(COUNT);
    const agent = await start();
    await reads(agent);
    await until(
      'all came again',
      20_000,
      () => accepted(agent),
      (count) => count === COUNT,
    );
    await sleep(systemClock, 3_000);
    await js.publish('payments.card', payment());
    await until(
      'the new one is in',
      20_000,
      () => accepted(agent),
      (count) => count === COUNT + 1,
    );
    expect(await agent.stop()).toBe(0);
    const ranges = await rangesWritten();
    expect(Math.max(...ranges)).toBeGreaterThan(COUNT / 2);
    expect(ranges.at(-1)).toBeLessThan(4);
    expect(await stored()).toMatchObject({ 'business.payments card psp-north approved': COUNT + 1 });
  });

  it('go on after the server was killed and started again, and after the stream and the consumer were missing', async () => {
    await manager.streams.delete(STREAM);
    const agent = await start();
    await until(
      'it says what is missing',
      20_000,
      async () => agent.log(),
      (log) => log.includes(`there is no stream ${STREAM}, for subject payments.>`),
    );
    expect(agent.child.exitCode).toBeNull();
    await manager.streams.add({ name: STREAM, subjects: ['payments.>'] });
    await until(
      'it reads',
      20_000,
      async () => agent.log(),
      (log) => log.includes('reading business events'),
    );
    await publishMany(20, () => payment());
    await until(
      'they are in',
      20_000,
      () => accepted(agent),
      (count) => count === 20,
    );
    await manager.consumers.delete(STREAM, 'foreshock');
    await publishMany(20, () => payment());
    await until(
      'they are in without the old consumer',
      30_000,
      () => accepted(agent),
      (count) => count === 40,
    );
    await client.flush();
    await sleep(systemClock, 300);
    await server.stop('SIGTERM');
    server = await startNatsServer(join(folder, 'nats'), server.port);
    await until(
      'we are connected again',
      20_000,
      async () => client.rtt().catch(() => -1),
      (rtt) => rtt >= 0,
    );
    await publishMany(20, () => payment());
    await until(
      'they are in after the restart',
      30_000,
      () => accepted(agent),
      (count) => count === 60,
    );
    expect(await agent.stop()).toBe(0);
    expect(await stored()).toEqual({ 'business.payments card psp-north approved': 60, 'EUR card psp-north approved': 740.4 });
  });

  it('are all there after twenty thousand at once', async () => {
    const COUNT = 20_000;
    const agent = await start();
    await until(
      'it reads',
      20_000,
      async () => agent.log(),
      (log) => log.includes('reading business events'),
    );
    const begun = systemClock.elapsedMs();
    await publishMany(COUNT, (number) => payment({ provider: `psp-${number % 5}`, amount: '0.10' }));
    const published = systemClock.elapsedMs();
    await until(
      'all are in',
      60_000,
      () => accepted(agent),
      (count) => count === COUNT,
    );
    const ended = systemClock.elapsedMs();
    const perSecond = (until_: number): number => Math.round((COUNT * 1_000) / (until_ - begun));
    process.stdout.write(
      `${COUNT} events: published ${perSecond(published)}/s, committed ${perSecond(ended)}/s from the first publish on\n`,
    );
    expect(await agent.stop()).toBe(0);
    const sums = await stored();
    for (let provider = 0; provider < 5; provider += 1) {
      expect(sums[`${PAYMENTS} card psp-${provider} approved`]).toBe(COUNT / 5);
      expect(sums[`EUR card psp-${provider} approved`]).toBe(COUNT / 50);
    }
  });
});

describe.skipIf(!hasNatsServer)('an incident told to a NATS subject', () => {
  const delivery: Delivery = { idempotencyKey: 'a1b2', message: { groupKey: 'gateway', reason: 'first', incident: incident() } };
  const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const never = new AbortController().signal;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-nats-notify-'));
    server = await startNatsServer(join(folder, 'nats'), await freePort());
    await connectClient();
  });
  afterEach(async () => {
    await client.close();
    await server.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('is in its stream once, although the answer was lost and it was sent again', async () => {
    await manager.streams.add({ name: 'INCIDENTS', subjects: ['foreshock.>'] });
    const connections = createNatsConnections(silentLog);
    const notifier = createNatsNotifier(natsSchema.parse({ kind: 'nats', servers: [server.url] }), {
      clock: systemClock,
      nats: connections,
    });
    expect(await notifier.notify(delivery, never)).toEqual({ ok: true, value: { reference: 'INCIDENTS 1' } });
    expect(await notifier.notify(delivery, never)).toEqual({ ok: true, value: { reference: 'INCIDENTS 1 (known already)' } });
    expect((await manager.streams.info('INCIDENTS')).state.messages).toBe(1);
    const message = await manager.streams.getMessage('INCIDENTS', { seq: 1 });
    expect(message?.header.get('ce-type')).toBe('dev.foreshock.incident.first');
    expect(message?.header.get('ce-id')).toBe('a1b2');
    expect(message?.json()).toMatchObject({ id: 'a1b2', service: 'gateway', incident: { id: 'incident-1' } });
    await connections.close();
  });

  it('reaches whoever listens where no stream holds the subject, and fails in time where no server is', async () => {
    const connections = createNatsConnections(silentLog);
    const listening = client.subscribe('foreshock.incidents', { max: 1 });
    await client.flush();
    const notifier = createNatsNotifier(natsSchema.parse({ kind: 'nats', servers: [server.url], timeout: '2s' }), {
      clock: systemClock,
      nats: connections,
    });
    expect(await notifier.notify(delivery, never)).toEqual({ ok: true, value: { reference: 'published to foreshock.incidents' } });
    for await (const message of listening) expect(message.headers?.get('Nats-Msg-Id')).toBe('a1b2');
    await server.stop('SIGKILL');
    expect(await notifier.notify(delivery, never)).toMatchObject({ ok: false, error: { retryable: true } });
    await connections.close();
  });
});
