import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fail, succeed } from '../../core/outcome.ts';
import { createSimulatedClock, type SimulatedClock } from '../../core/simulated-clock.ts';
import { EMPTY_ARCHIVE, fixtureState } from '../../test/page-fixture.ts';
import type { HealthState, ReportedChange } from './agent-view.ts';
import { fixtureArchive } from './archive.fixture.ts';
import type { AgentState } from './contract.ts';
import { STREAM_LIMITS } from './event-stream.ts';
import { type ApiServerOptions, createApiServer } from './server.ts';

const TOKEN = 'a-token-of-twenty-letters';
const FIRST_STEP = 1_763_808_000;

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

interface Running {
  readonly port: number;
  readonly clock: SimulatedClock;
  readonly changes: ReportedChange[];
  readonly listeners: Set<(state: AgentState) => void>;
  readonly bugs: unknown[];
  health: HealthState;
  ask(method: string, path: string, headers?: Record<string, string>, body?: string): Promise<Answer>;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const collect = (answer: IncomingMessage): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (part) => {
      text += part;
    });
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    answer.on('error', reject);
  });

const start = async (options: Partial<ApiServerOptions> = {}, withDemo = true): Promise<Running> => {
  const directory = mkdtempSync(join(tmpdir(), 'foreshock-page-'));
  for (const file of ['index.html', 'app.js', 'app.css', 'favicon.svg', 'secret.txt']) writeFileSync(join(directory, file), `file ${file}`);
  const clock = createSimulatedClock(0);
  const changes: ReportedChange[] = [];
  const bugs: unknown[] = [];
  const listeners = new Set<(state: AgentState) => void>();
  const state = fixtureState({ scenario: 'incident', step: FIRST_STEP });
  const running = { health: { live: true, ready: true, reasons: [] } as HealthState };
  const server = createApiServer(
    { host: '127.0.0.1', port: 0, staticDirectory: directory, ...options },
    {
      timer: clock,
      view: {
        state: () => state,
        subscribe: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        incident: (id) => state.incidents.find((incident) => incident.id === id),
        signal: (key) => state.signals.find((series) => series.key === key),
      },
      archive: fixtureArchive(state),
      metrics: async () => 'foreshock_steps_total 7\n',
      health: () => running.health,
      reportError: (error) => bugs.push(error),
      postChanges: async (reported) => {
        if (reported[0]?.summary === 'no room') return fail('CHANGE_NOT_STORED', 'log: not writable', { retryable: true });
        if (reported[0]?.summary === 'bug') throw new Error('card 4111 1111 1111 1111');
        changes.push(...reported);
        return succeed(reported.map((change, index) => ({ id: change.id ?? `c-${index}`, at: change.at ?? 0, status: 'stored' as const })));
      },
      ...(withDemo
        ? { demoFault: async (id: string) => (id === 'slow' ? succeed(undefined) : fail('UNKNOWN_FAULT', 'no fault has this id')) }
        : {}),
    },
  );
  const started = await server.start();
  if (!started.ok) throw new Error(started.error.message);
  const { port } = started.value;
  closers.push(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });
  const ask: Running['ask'] = (method, path, headers = {}, body) =>
    new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => resolve(collect(answer)));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  return Object.assign(running, { port, clock, changes, listeners, bugs, ask });
};

interface Subscription {
  next(): Promise<{ readonly event: string; readonly state: AgentState }>;
  readonly comments: string[];
  close(): void;
}

/** A client of the event stream that hands out one frame after another. */
const subscribe = (port: number, headers: Record<string, string> = {}): Promise<Subscription> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path: '/api/v1/events', headers }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`status ${answer.statusCode}`));
      let pending = '';
      const frames: string[] = [];
      const comments: string[] = [];
      let wake = (): void => {};
      answer.setEncoding('utf8');
      answer.on('error', () => {});
      answer.on('data', (part: string) => {
        pending += part;
        const complete = pending.split('\n\n');
        pending = complete.pop() ?? '';
        for (const frame of complete) (frame.startsWith('event: ') ? frames : comments).push(frame);
        wake();
      });
      const next = async () => {
        while (frames.length === 0) {
          await new Promise<void>((arrived) => {
            wake = arrived;
          });
        }
        const [event, data] = (frames.shift() as string).split('\ndata: ');
        return { event: (event as string).slice(7), state: JSON.parse(data as string) as AgentState };
      };
      resolve({ next, comments, close: () => outgoing.destroy() });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });

const until = async (holds: () => boolean): Promise<void> => {
  for (let round = 0; round < 200 && !holds(); round += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
};

/** Stands for a JSON text of more than 64 KiB, which would drown the name of its test. */
const TOO_LONG = { toString: () => 'a long text' };
const json = { 'content-type': 'application/json' };
const change = (body: unknown) => JSON.stringify(body);

describe('reading over the API', () => {
  it.each([
    ['/api/v1/state', 200],
    ['/api/v1/services', 200],
    ['/api/v1/incidents', 200],
    ['/api/v1/incidents/i-0007', 200],
    ['/api/v1/incidents/none', 404],
    [`/api/v1/signals/${encodeURIComponent('default|gateway|errors|')}`, 200],
    ['/api/v1/signals/none', 404],
    ['/api/v1/decisions', 200],
    ['/api/v1/decisions?limit=2', 200],
    ['/api/v1/decisions?limit=0', 400],
    ['/api/v1/decisions?limit=1001', 400],
    ['/api/v1/decisions?limit=many', 400],
    ['/api/v1/nothing', 404],
    ['/api/v1/changes', 200],
    ['/api/v1/decisions?limit=2&limit=3', 400],
    ['/api/v1/decisions?lmit=2', 400],
    ['/api/v1/state?verbose=1', 400],
    ['/api/v1/%zz', 400],
    ['/api/docs', 200],
    ['/api/docs/page.mjs', 200],
    ['/api/docs/swagger-ui-bundle.js', 200],
    ['/api/docs/index.html', 404],
    ['/metrics', 200],
    ['/healthz', 200],
    ['/readyz', 200],
    ['/', 200],
    ['/app.js', 200],
    ['/secret.txt', 404],
    ['/../server.ts', 404],
    ['/%2e%2e/%2e%2e/etc/passwd', 404],
  ])('answers %s with %i', async (path, status) => {
    const { ask } = await start();
    const answer = await ask('GET', path);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'/);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    if (status >= 400) expect(Object.keys(JSON.parse(answer.text)).sort()).toEqual(['code', 'message']);
  });

  it('sends what is absent as null, never as zero', async () => {
    const { ask } = await start();
    const { items } = JSON.parse((await ask('GET', '/api/v1/services')).text) as { items: AgentState['services'] };
    expect(items.find((service) => service.name === 'cards')).toMatchObject({ requestsPerSecond: null, reporting: false });
  });

  it('limits decisions to as many as were asked for', async () => {
    const { ask } = await start();
    expect(JSON.parse((await ask('GET', '/api/v1/decisions?limit=2')).text)).toMatchObject({
      items: [{ id: 'd-9' }, { id: 'd-8' }],
      next: '8',
    });
  });

  it('says why it is not ready', async () => {
    const running = await start();
    running.health = { live: true, ready: false, reasons: ['store: replaying the log'] };
    expect((await running.ask('GET', '/healthz')).status).toBe(200);
    const ready = await running.ask('GET', '/readyz');
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.text)).toEqual({ status: 'not-ready', reasons: ['store: replaying the log'] });
    running.health = { live: false, ready: true, reasons: ['loop: no step closed for 60 s'] };
    expect((await running.ask('GET', '/healthz')).status).toBe(503);
  });

  it('works without its page', async () => {
    const { ask } = await start({ staticDirectory: '/nowhere' });
    expect(JSON.parse((await ask('GET', '/')).text)).toMatchObject({ code: 'PAGE_NOT_BUILT' });
    expect((await ask('GET', '/api/v1/state')).status).toBe(200);
  });
});

describe('who may ask', () => {
  it.each([
    ['/api/v1/state', undefined, 401],
    ['/api/v1/state', `Bearer ${TOKEN}`, 200],
    ['/api/v1/state', `bearer ${TOKEN}`, 200],
    ['/api/v1/state', `Bearer ${TOKEN}x`, 401],
    ['/api/v1/state', `Bearer ${TOKEN.slice(1)}`, 401],
    ['/api/v1/state', `Basic ${TOKEN}`, 401],
    ['/api/v1/state', 'Bearer ', 401],
    ['/api/v1/events', undefined, 401],
    ['/api/v1/incidents/i-0007', undefined, 401],
    ['/api/v1/incidents/none', undefined, 401],
    ['/metrics', undefined, 401],
    ['/api/v1/nothing', undefined, 404],
    ['/healthz', undefined, 200],
    ['/readyz', undefined, 200],
    ['/', undefined, 200],
    ['/app.js', undefined, 200],
  ])('with a token set, answers %s asked with %s by %i', async (path, authorization, status) => {
    const { ask } = await start({ token: TOKEN });
    const answer = await ask('GET', path, authorization === undefined ? {} : { authorization });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain(TOKEN);
  });

  it('asks for the token before it reads a change', async () => {
    const { ask, changes } = await start({ token: TOKEN });
    expect((await ask('POST', '/api/v1/changes', json, '{"kind":"deploy","summary":"x"}')).status).toBe(401);
    expect(changes).toEqual([]);
  });

  it.each([
    ['0.0.0.0', undefined],
    ['::', undefined],
    ['127.0.0.1', 'short'],
    ['0.0.0.0', 'has a space in it, sadly'],
  ])('does not start on %s with token %s', async (host, token) => {
    const view = {
      state: () => fixtureState({ scenario: 'empty', step: 1 }),
      subscribe: () => () => {},
      incident: () => undefined,
      signal: () => undefined,
    };
    const server = createApiServer(
      { host, port: 0, staticDirectory: '/nowhere', ...(token === undefined ? {} : { token }) },
      {
        view,
        archive: EMPTY_ARCHIVE,
        metrics: async () => '',
        health: () => ({ live: true, ready: true, reasons: [] }),
        postChanges: async () => succeed([]),
      },
    );
    expect(await server.start()).toMatchObject({ ok: false, error: { code: 'TOKEN_REQUIRED' } });
    await server.close();
  });

  it('says where it could not listen', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toThrow(`127.0.0.1:${port}`);
  });

  it.each([
    ['localhost:8080', 200],
    ['localhost', 200],
    ['127.0.0.1:1', 200],
    ['[::1]:8080', 200],
    ['LOCALHOST', 200],
    ['evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost.evil.example:8080', 421],
    ['localhost@evil.example', 421],
    ['-', 421],
  ])('on loopback, answers host %s with %i', async (host, status) => {
    const { ask } = await start();
    expect((await ask('GET', '/api/v1/state', { host })).status).toBe(status);
    expect((await ask('GET', '/', { host })).status).toBe(status);
  });

  it.each([
    ['http://evil.example', 403],
    ['null', 403],
    ['http://127.0.0.1:1', 202],
  ])('answers a write from a page of %s with %i', async (origin, status) => {
    const { ask } = await start();
    expect((await ask('POST', '/api/v1/demo/faults/slow', { origin, host: '127.0.0.1:1' })).status).toBe(status);
  });
});

describe('reporting a change', () => {
  it('hands it on with its time as an instant', async () => {
    const { ask, changes } = await start();
    const body = {
      kind: 'deploy',
      service: 'router',
      summary: 'router 1.4.2',
      at: '2026-03-14T09:26:53+01:00',
      attributes: { version: '1.4.2' },
    };
    const answer = await ask('POST', '/api/v1/changes', json, change(body));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({ changes: [{ id: 'c-0', at: Date.UTC(2026, 2, 14, 8, 26, 53), status: 'stored' }] });
    expect(changes).toEqual([
      {
        kind: 'deploy',
        service: 'router',
        summary: 'router 1.4.2',
        at: Date.UTC(2026, 2, 14, 8, 26, 53),
        attributes: { version: '1.4.2' },
      },
    ]);
  });

  it.each([
    [{ summary: 'x' }, 'kind'],
    [{ kind: 'party', summary: 'x' }, 'kind'],
    [{ kind: 'deploy' }, 'summary'],
    [{ kind: 'deploy', summary: '' }, 'summary'],
    [{ kind: 'deploy', summary: 'a\u001b[2Jb' }, 'summary'],
    [{ kind: 'deploy', summary: 'x', at: 'yesterday' }, 'at'],
    [{ kind: 'deploy', summary: 'x', at: -1 }, 'at'],
    [{ kind: 'deploy', summary: 'x', at: 1e300 }, 'at'],
    [{ kind: 'deploy', summary: 'x', attributes: { provider: 7 } }, 'attributes.provider'],
    [{ kind: 'deploy', summary: 'x', tenant: 'other' }, 'tenant'],
    [[], 'body'],
    [null, 'body'],
    ['deploy', 'body'],
    [{ changes: [] }, 'changes'],
    [
      {
        changes: [
          { kind: 'deploy', summary: 'x' },
          { kind: 'party', summary: 'x' },
        ],
      },
      'changes.1.kind',
    ],
    [{ changes: [{ kind: 'deploy', summary: 'x' }], tenant: 'other' }, 'tenant'],
    [{ changes: Array.from({ length: 101 }, () => ({ kind: 'deploy', summary: 'x' })) }, 'changes'],
  ])('refuses %j and names %s', async (body, field) => {
    const { ask, changes } = await start();
    const answer = await ask('POST', '/api/v1/changes', json, change(body));
    expect(answer.status).toBe(400);
    const error = JSON.parse(answer.text) as { code: string; message: string };
    expect(error.code).toBe('INVALID_CHANGE');
    expect(error.message).toContain(`${field}: `);
    expect(changes).toEqual([]);
  });

  it.each([
    [{ 'content-type': 'application/json' }, '{"kind":', 400, 'INVALID_JSON'],
    [{ 'content-type': 'application/json' }, '', 400, 'INVALID_JSON'],
    [{ 'content-type': 'application/json' }, '{"__proto__":{"polluted":1},"kind":"deploy","summary":"x"}', 400, 'INVALID_JSON'],
    [{ 'content-type': 'text/plain' }, '{}', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [{ 'content-type': 'application/json' }, TOO_LONG, 413, 'BODY_TOO_LARGE'],
    [{ 'content-type': 'application/json' }, '{"kind":"deploy","summary":"no room"}', 503, 'CHANGE_NOT_STORED'],
    [{ 'content-type': 'application/json' }, '{"kind":"deploy","summary":"bug"}', 500, 'INTERNAL'],
  ] as const)('answers %o %s by %i %s', async (headers, body, status, code) => {
    const { ask, bugs } = await start();
    const answer = await ask('POST', '/api/v1/changes', headers, body === TOO_LONG ? `"${'x'.repeat(70_000)}"` : String(body));
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ code });
    expect(answer.text).not.toContain('4111');
    expect(bugs).toHaveLength(status === 500 ? 1 : 0);
  });

  it('has demo faults only where the demo runs', async () => {
    const demo = await start();
    expect((await demo.ask('POST', '/api/v1/demo/faults/slow')).status).toBe(202);
    expect((await demo.ask('POST', '/api/v1/demo/faults/none')).status).toBe(404);
    const production = await start({}, false);
    expect((await production.ask('POST', '/api/v1/demo/faults/slow')).status).toBe(404);
  });
});

describe('the event stream', () => {
  const later = (step: number): AgentState => fixtureState({ scenario: 'incident', step });

  it('sends the whole state first and then only the newest steps', async () => {
    const { port, listeners } = await start();
    const client = await subscribe(port);
    const first = await client.next();
    expect(first.event).toBe('state');
    expect(first.state.signals[0]?.observed).toHaveLength(180);
    await until(() => listeners.size === 1);
    for (const listener of listeners) listener(later(FIRST_STEP + 1));
    const second = await client.next();
    expect(second.event).toBe('update');
    expect(second.state.meta.step).toBe(FIRST_STEP + 1);
    const tail = second.state.signals[0];
    expect(tail?.observed).toHaveLength(STREAM_LIMITS.revisedSteps + 2);
    expect((tail?.stepIndexFrom ?? 0) + (tail?.observed.length ?? 0) - 1).toBe(FIRST_STEP + 1);
    expect(second.state.scaling[0]?.observedLoad).toHaveLength(STREAM_LIMITS.revisedSteps + 2);
    client.close();
    await until(() => listeners.size === 0);
  });

  it('keeps a quiet connection alive', async () => {
    const { port, clock } = await start();
    const client = await subscribe(port);
    await client.next();
    clock.advance(STREAM_LIMITS.heartbeatMs + 1);
    await until(() => client.comments.some((comment) => comment.includes(': alive')));
    client.close();
  });

  it('drops a page that stops reading, and no other', async () => {
    const { port, listeners } = await start();
    const slow = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port, path: '/api/v1/events' }, resolve);
      outgoing.on('error', reject);
      outgoing.end();
    });
    slow.pause();
    let dropped = false;
    slow.on('close', () => {
      dropped = true;
    });
    slow.on('error', () => {});
    const reader = await subscribe(port);
    await reader.next();
    const state = later(FIRST_STEP + 1);
    const bulky = { ...state, events: [{ id: 'e', at: 0, kind: 'agent' as const, text: 'x'.repeat(2 * 1024 * 1024) }] };
    for (let round = 0; round < 12 && listeners.size === 1; round += 1) {
      for (const listener of listeners) listener(bulky);
      expect((await reader.next()).event).toBe('update');
    }
    slow.resume();
    await until(() => dropped);
    for (const listener of listeners) listener(later(FIRST_STEP + 2));
    expect((await reader.next()).state.meta.step).toBe(FIRST_STEP + 2);
    reader.close();
  });

  it('refuses one client more than fits, and says when to come back', async () => {
    const { port, ask } = await start();
    const clients = await Promise.all(Array.from({ length: STREAM_LIMITS.clients }, () => subscribe(port)));
    const refused = await ask('GET', '/api/v1/events');
    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toBe('10');
    for (const client of clients) client.close();
  });
});
