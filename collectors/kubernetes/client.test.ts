import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesApi } from '../../core/kubernetes-api.ts';
import { createKubernetesClient } from './client.ts';

let folder: string;
let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let api: KubernetesApi;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'foreshock-kubernetes-'));
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const kubeconfig = join(folder, 'kubeconfig.yaml');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [
        { name: 'c', cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'insecure-skip-tls-verify': true } },
      ],
      users: [{ name: 'u', user: { token: 'canary-token' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  api = createKubernetesClient({ kubeconfig });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const get = (signal: AbortSignal = AbortSignal.timeout(5_000)) => api.request({ method: 'GET', path: '/api/v1/pods' }, signal);

const watch = (onEvent: (type: string, object: unknown) => void, signal: AbortSignal = AbortSignal.timeout(5_000)) =>
  api.watch({ path: '/api/v1/pods', query: { resourceVersion: '7' }, onOpen() {}, onEvent }, signal);

describe('the client of the API server', () => {
  it('sends its token, and a patch as a merge patch', async () => {
    const seen: (string | undefined)[] = [];
    answer = (request, response) => {
      seen.push(request.headers.authorization, request.headers['content-type'], request.url);
      response.end('{"kind":"Pod"}');
    };
    const patched = await api.request(
      { method: 'PATCH', path: '/p', query: { fieldManager: 'foreshock' }, body: {} },
      AbortSignal.timeout(5_000),
    );
    expect(patched).toEqual({ ok: true, value: { kind: 'Pod' } });
    expect(seen).toEqual(['Bearer canary-token', 'application/merge-patch+json', '/p?fieldManager=foreshock']);
  });

  it.each([
    [400, 'INVALID', false],
    [401, 'UNAUTHORIZED', false],
    [403, 'FORBIDDEN', false],
    [404, 'NOT_FOUND', false],
    [409, 'CONFLICT', true],
    [410, 'GONE', true],
    [422, 'INVALID', false],
    [429, 'THROTTLED', true],
    [500, 'UNAVAILABLE', true],
    [503, 'UNAVAILABLE', true],
    [302, 'UNAVAILABLE', true],
  ])('reads %i as %s', async (status, code, retryable) => {
    answer = (_request, response) => response.writeHead(status).end('{"kind":"Status","message":"made to fail"}');
    expect(await get()).toMatchObject({ ok: false, error: { code, retryable, message: `GET /api/v1/pods: ${status} made to fail` } });
  });

  it('hands on what Retry-After asks for, within bounds', async () => {
    answer = (_request, response) => response.writeHead(429, { 'retry-after': '7' }).end('slow down');
    expect(await get()).toMatchObject({ error: { retryAfterMs: 7_000 } });
    answer = (_request, response) => response.writeHead(429, { 'retry-after': '86400' }).end();
    expect(await get()).toMatchObject({ error: { retryAfterMs: 120_000 } });
    answer = (_request, response) => response.writeHead(503, { 'retry-after': 'later' }).end();
    expect(await get()).not.toHaveProperty('error.retryAfterMs');
  });

  it('takes no page of a proxy for an object, and keeps its control characters out of messages', async () => {
    answer = (_request, response) => response.end('<html>\u001b[31mlogin</html>');
    expect(await get()).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE' } });
    answer = (_request, response) => response.writeHead(403).end('\u001b[31m\nforged line');
    const refused = await get();
    expect(refused.ok ? '' : refused.error.message).toBe('GET /api/v1/pods: 403  [31m forged line');
  });

  it.each([
    ['says nothing', () => {}],
    [
      'ends in the midst of its answer',
      (response: ServerResponse) => response.writeHead(200, { 'content-length': 100 }).write('{') && response.destroy(),
    ],
    ['closes at once', (response: ServerResponse) => response.destroy()],
  ])('answers with a value when the server %s', async (_what, act) => {
    answer = (_request, response) => void act(response);
    expect(await get(AbortSignal.timeout(300))).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE', retryable: true } });
  });

  it('never shows its token', async () => {
    answer = (_request, response) => response.destroy();
    expect(JSON.stringify(await get())).not.toContain('canary');
  });

  it('is a value too when there is no kubeconfig', async () => {
    api = createKubernetesClient({ kubeconfig: join(folder, 'nowhere.yaml') });
    expect(await get()).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE', message: expect.stringContaining('nowhere.yaml') } });
  });

  it('reads a watch line by line, however the bytes are cut', async () => {
    const text = `${JSON.stringify({ type: 'ADDED', object: { name: 'zürich' } })}\n${JSON.stringify({ type: 'DELETED', object: { name: 'b' } })}\n`;
    answer = async (request, response) => {
      expect(request.url).toContain('watch=true');
      for (const byte of Buffer.from(text)) {
        response.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    };
    const events: unknown[] = [];
    expect(await watch((type, object) => events.push([type, object]))).toEqual({ ok: true, value: undefined });
    expect(events).toEqual([
      ['ADDED', { name: 'zürich' }],
      ['DELETED', { name: 'b' }],
    ]);
  });

  it.each([
    ['is refused', (response: ServerResponse) => response.writeHead(410).end('{"message":"too old"}'), 'GONE'],
    [
      'breaks',
      (response: ServerResponse) => void response.write('{"type":"ADDED","object":{}}\n', () => response.destroy()),
      'UNAVAILABLE',
    ],
    ['is no JSON', (response: ServerResponse) => response.end('<html>\n'), 'UNAVAILABLE'],
    ['goes silent until its deadline', (response: ServerResponse) => void response.write('{"type":"ADDED","object":{}}\n'), 'UNAVAILABLE'],
  ])('ends a watch that %s with a value', async (_what, act, code) => {
    answer = (_request, response) => void act(response);
    expect(await watch(() => {}, AbortSignal.timeout(500))).toMatchObject({ ok: false, error: { code } });
  });
});
