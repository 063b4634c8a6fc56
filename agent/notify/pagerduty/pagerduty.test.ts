import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../../core/system-clock.ts';
import { at, incident } from '../message.fixture.ts';
import type { NotificationMessage } from '../notifier.ts';
import { HOSTILE_NAME, type Received, type Receiver, startReceiver } from '../receiver.fixture.ts';
import { createPagerdutyNotifier } from './index.ts';
import { pagerdutySchema } from './schema.ts';

const ROUTING_KEY = 'canary0123456789canary0123456789';

/** The request as the reference of the Events API v2 documents it. */
const identity = { routing_key: z.literal(ROUTING_KEY), dedup_key: z.string().min(1).max(255) };
const documented = z.discriminatedUnion('event_action', [
  z.strictObject({
    ...identity,
    event_action: z.literal('trigger'),
    client: z.string().optional(),
    client_url: z.url().optional(),
    links: z.array(z.strictObject({ href: z.url(), text: z.string().optional() })).optional(),
    images: z.array(z.unknown()).optional(),
    payload: z.strictObject({
      summary: z.string().min(1).max(1_024),
      source: z.string().min(1),
      severity: z.enum(['critical', 'warning', 'error', 'info']),
      timestamp: z.iso.datetime().optional(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
  z.strictObject({ ...identity, event_action: z.enum(['resolve', 'acknowledge']) }),
]);

/** Takes what is documented and answers as documented; open alerts by key. */
const createEvents = () => {
  const open = new Set<string>();
  const history: string[] = [];
  let room = Number.POSITIVE_INFINITY;
  const answer = ({ body, path, headers }: Received, response: ServerResponse): ServerResponse => {
    const told = (status: number, value: object): ServerResponse =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    room -= 1;
    if (room < 0) return told(429, { status: 'throttle exceeded', message: 'Requests for this service are arriving too quickly.' });
    if (path !== '/v2/enqueue' || headers['content-type']?.startsWith('application/json') !== true || body.length > 512 * 1024) {
      return told(400, { status: 'invalid event', message: 'Event object is invalid', errors: ['malformed'] });
    }
    const event = documented.safeParse(JSON.parse(body));
    if (!event.success) {
      return told(400, { status: 'invalid event', message: `Event object is invalid for ${ROUTING_KEY}`, errors: [event.error.message] });
    }
    const { event_action: action, dedup_key: key } = event.data;
    if (action === 'trigger') open.add(key);
    else open.delete(key);
    history.push(`${action} ${key}`);
    return told(202, { status: 'success', message: 'Event processed', dedup_key: key });
  };
  return {
    open,
    history,
    answer,
    allow: (requests: number) => {
      room = requests;
    },
  };
};

let folder = '';
let receiver: Receiver;
let events: ReturnType<typeof createEvents>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pagerduty-'));
  await writeFile(join(folder, 'key'), `${ROUTING_KEY}\n`);
  events = createEvents();
  receiver = await startReceiver(events.answer);
});
afterEach(async () => {
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

const send = (reason: NotificationMessage['reason'], change: Parameters<typeof incident>[0] = {}, routingKeyFile = join(folder, 'key')) => {
  const config = pagerdutySchema.parse({ kind: 'pagerduty', routingKeyFile, url: `${receiver.url}/v2/enqueue` });
  const url = 'https://foreshock.example/#incident-1';
  return createPagerdutyNotifier(config, { clock: systemClock }).notify(
    { idempotencyKey: 'a1', message: { groupKey: 'incident-1', reason, incident: incident(change), url } },
    new AbortController().signal,
  );
};

describe('PagerDuty', () => {
  it('is triggered once an incident however often it is told, and resolved under the same key', async () => {
    expect(await send('first')).toEqual({ ok: true, value: { reference: 'HTTP 202' } });
    expect((await send('repeat', { updatedAt: at(5), title: 'worse' })).ok).toBe(true);
    expect([...events.open]).toEqual(['foreshock/default/incident-1']);
    expect((await send('resolved', { state: 'resolved', resolvedAt: at(9), because: 'quiet' })).ok).toBe(true);
    expect([...events.open]).toEqual([]);
    expect(events.history).toHaveLength(3);
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
      payload: {
        summary: '[critical] gateway: payments fail at 12.4 %',
        source: 'gateway',
        severity: 'critical',
        timestamp: '2026-03-01T03:00:00.000Z',
      },
      links: [{ href: 'https://foreshock.example/#incident-1' }],
    });
  });

  it('takes names of any kind and length', async () => {
    const long = HOSTILE_NAME.repeat(200);
    const services = Array.from({ length: 5_000 }, (_unused, index) => `${long}${index}`.slice(-300));
    expect((await send('first', { id: 'x'.repeat(2_000), title: long, symptomService: long, services, severity: 'warning' })).ok).toBe(
      true,
    );
  });

  it('that has too much to do is tried again later', async () => {
    events.allow(0);
    expect(await send('first')).toMatchObject({ ok: false, error: { code: 'NOTIFIER_REFUSED', retryable: true } });
    events.allow(1);
    expect((await send('first')).ok).toBe(true);
  });

  it('that refuses an event is not asked again, and the key is not told', async () => {
    await writeFile(join(folder, 'other'), 'another-key-that-is-wrong');
    const outcome = await send('first', {}, join(folder, 'other'));
    expect(outcome).toMatchObject({ ok: false, error: { retryable: false, message: expect.stringContaining('Event object is invalid') } });
    expect(JSON.stringify(outcome)).not.toContain('another-key');
  });

  it('waits for a key that is not there yet, and takes one that was rotated', async () => {
    expect(await send('first', {}, join(folder, 'absent'))).toMatchObject({
      ok: false,
      error: { code: 'NOTIFIER_MISCONFIGURED', retryable: true, message: expect.stringContaining('absent') },
    });
    await writeFile(join(folder, 'absent'), ROUTING_KEY);
    expect((await send('first', {}, join(folder, 'absent'))).ok).toBe(true);
  });
});
