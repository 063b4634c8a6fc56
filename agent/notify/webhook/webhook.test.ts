import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../core/system-clock.ts';
import { incident } from '../message.fixture.ts';
import type { Delivery } from '../notifier.ts';
import { isForbiddenAddress } from '../stages/http/destination.ts';
import { parseHeaders } from '../stages/http/headers-file.ts';
import { createWebhookNotifier } from './index.ts';
import { type WebhookConfig, webhookSchema } from './schema.ts';

interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let folder = '';
let received: Received[] = [];
let answer: (response: ServerResponse) => void = (response) => void response.end();

beforeEach(async () => {
  received = [];
  answer = (response) => void response.end('ok');
  folder = await mkdtemp(join(tmpdir(), 'webhook-'));
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const delivery: Delivery = { idempotencyKey: 'a1b2', message: { groupKey: 'gateway', reason: 'first', incident: incident() } };
const address = (path = '/hook'): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
const config = (change: Partial<WebhookConfig> = {}): WebhookConfig => ({
  ...webhookSchema.parse({ kind: 'webhook', url: address() }),
  ...change,
});
const send = (change: Partial<WebhookConfig> = {}, signal = new AbortController().signal) =>
  createWebhookNotifier(config(change), { clock: systemClock }).notify(delivery, signal);

describe('a webhook', () => {
  it('posts one JSON document with an idempotency key, a text for people and the whole incident', async () => {
    expect(await send()).toEqual({ ok: true, value: { reference: 'HTTP 200' } });
    const [request] = received;
    expect(request).toMatchObject({ method: 'POST', path: '/hook' });
    expect(request?.headers).toMatchObject({ 'idempotency-key': 'a1b2', 'content-type': 'application/json; charset=utf-8' });
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      apiVersion: 'foreshock.dev/v1',
      kind: 'Notification',
      id: 'a1b2',
      reason: 'first',
      severity: 'critical',
      service: 'gateway',
      startedAt: '2026-03-01T03:00:00.000Z',
      text: expect.stringContaining('seen 12.4 %, expected 0.1 %'),
      incident: { id: 'incident-1' },
    });
  });

  it.each([
    [500, true],
    [503, true],
    [408, true],
    [429, true],
    [400, false],
    [401, false],
    [302, false],
  ])('takes status %i as a failure, to be tried again: %s', async (status, retryable) => {
    answer = (response) => void response.writeHead(status, { location: address('/elsewhere'), 'retry-after': '7' }).end();
    expect(await send()).toMatchObject({
      ok: false,
      error: { code: 'NOTIFIER_REFUSED', retryable, retryAfterMs: 7_000, message: expect.stringContaining(String(status)) },
    });
    expect(received.map(({ path }) => path)).toEqual(['/hook']);
  });

  it('gives up waiting for a receiver that never answers, or never ends its answer', async () => {
    answer = () => undefined;
    expect(await send({ timeout: 60 })).toMatchObject({ ok: false, error: { code: 'NOTIFIER_TIMEOUT', retryable: true } });
    answer = (response) => void response.writeHead(200).write('...');
    expect(await send({ timeout: 60 })).toMatchObject({ ok: false, error: { code: 'NOTIFIER_TIMEOUT' } });
  });

  it('does not read an endless answer', async () => {
    answer = (response) => {
      response.writeHead(200);
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
    };
    expect((await send({ timeout: 5_000 })).ok).toBe(true);
  });

  it('stops at once when the agent stops', async () => {
    answer = () => undefined;
    const stopping = new AbortController();
    const sent = send({}, stopping.signal);
    stopping.abort();
    expect(await sent).toMatchObject({ ok: false, error: { code: 'NOTIFIER_UNREACHABLE', retryable: true } });
  });

  it('says when nobody listens, without the path of the address', async () => {
    const notifier = createWebhookNotifier(config({ url: address('/services/canary-77') }), { clock: systemClock });
    await new Promise((resolve) => server.close(resolve));
    const outcome = await notifier.notify(delivery, new AbortController().signal);
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'NOTIFIER_UNREACHABLE', retryable: true, message: expect.stringContaining('ECONNREFUSED') },
    });
    expect(JSON.stringify(outcome)).not.toContain('canary');
  });

  it('sends the headers of its file, read anew each time, and never tells what stands in it', async () => {
    const headersFile = join(folder, 'headers');
    expect(await send({ headersFile })).toMatchObject({
      ok: false,
      error: { code: 'NOTIFIER_MISCONFIGURED', message: expect.stringContaining('cannot be read') },
    });
    await writeFile(headersFile, 'Authorization Bearer canary-1\n');
    const broken = await send({ headersFile });
    expect(broken).toMatchObject({ ok: false, error: { code: 'NOTIFIER_MISCONFIGURED', message: expect.stringContaining('line 1') } });
    expect(JSON.stringify(broken)).not.toContain('canary');
    for (const token of ['canary-1', 'canary-2']) {
      await writeFile(headersFile, `# for the receiver\nAuthorization: Bearer ${token}\r\nX-Team: payments\n`);
      expect((await send({ headersFile })).ok).toBe(true);
    }
    expect(received.map(({ headers }) => headers.authorization)).toEqual(['Bearer canary-1', 'Bearer canary-2']);
    expect(received[0]?.headers['x-team']).toBe('payments');
  });

  it.each([
    'http://169.254.169.254/latest',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/',
    'http://0.0.0.0/',
    'http://[fd00:ec2::254]/',
  ])('never connects to %s', async (url) => {
    expect(await send({ url })).toMatchObject({ ok: false, error: { code: 'NOTIFIER_MISCONFIGURED', retryable: false } });
  });

  it('looks names up itself, so that localhost works and a metadata address behind a name does not', async () => {
    expect((await send({ url: address().replace('127.0.0.1', 'localhost') })).ok).toBe(true);
    expect(
      ['169.254.169.254', '::ffff:a9fe:a9fe', '64:ff9b::a9fe:a9fe', '100.100.100.200', 'fe80::1', 'nonsense'].map(isForbiddenAddress),
    ).toEqual([true, true, true, true, true, true]);
    expect(['127.0.0.1', '10.0.0.7', '192.168.1.1', '::1', 'fd12::1', '203.0.113.9'].map(isForbiddenAddress)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it.each([
    ['Host: evil.example', 'line 1'],
    ['A: b\nIdempotency-Key: x', 'line 2'],
    ['Content-Length: 0', 'line 1'],
    ['no colon here', 'line 1'],
    ['Bad Name: x', 'line 1'],
    ['A: caf\u0001', 'line 1'],
    [': x', 'line 1'],
  ])('refuses the header line %j', (text, where) => {
    expect(parseHeaders(text)).toMatchObject({ ok: false, error: { message: expect.stringContaining(where) } });
  });
});
