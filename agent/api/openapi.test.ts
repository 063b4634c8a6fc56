import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureState } from '../../test/page-fixture.ts';
import { apiError } from './errors.ts';
import type { Route } from './route.ts';
import { routes } from './routes/index.ts';
import { type Answer, type ServedFixture, serveFixture } from './served.fixture.ts';

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly description?: string }[];
  readonly responses: Readonly<Record<string, object>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly additionalProperties?: unknown }>> };
}

const TOKEN = 'a-token-of-twenty-letters';
const JSON_BODY = { 'content-type': 'application/json' };
const CHANGE = '{"kind":"deploy","summary":"ledger 4.17.2"}';
const state = fixtureState({ scenario: 'incident', step: 1_763_808_000 });

/** What stands in the braces of a path: something that is there. */
const PRESENT: Readonly<Record<string, string>> = {
  '/api/v1/incidents/{id}': state.incidents[0]?.id ?? '',
  '/api/v1/services/{name}': state.services[0]?.name ?? '',
  '/api/v1/signals/{key}': state.signals[0]?.key ?? '',
  '/api/v1/signals/{key}/steps': state.signals[0]?.key ?? '',
  '/api/v1/scaling/{target}': state.scaling[0]?.target ?? '',
  '/api/v1/decisions/{id}': 'd-3',
  '/api/v1/demo/faults/{id}': 'slow',
};
const pathOf = (template: string, value = PRESENT[template] ?? ''): string => template.replace(/\{\w+\}/, encodeURIComponent(value));

let open: ServedFixture;
let guarded: ServedFixture;
let document: Document;
let documentText: string;

beforeAll(async () => {
  open = await serveFixture();
  guarded = await serveFixture({ token: TOKEN });
  documentText = (await open.ask('GET', '/api/v1/openapi.json')).text;
  document = JSON.parse(documentText) as Document;
});
afterAll(async () => {
  await open.close();
  await guarded.close();
});

const routeOf = (operationId: string): Route => routes.find((route) => route.operationId === operationId) as Route;
const operations = (): readonly (readonly [method: string, path: string, operation: Operation])[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [method.toUpperCase(), path, operation] as const),
  );
const bodyOf = (method: string): readonly [Readonly<Record<string, string>>, string | undefined] =>
  method === 'POST' ? [JSON_BODY, CHANGE] : [{}, undefined];

/** The answer is one the route declares, shaped as it declares. */
const expectDeclared = (operation: Operation, answer: Answer): void => {
  expect(Object.keys(operation.responses)).toContain(String(answer.status));
  const route = routeOf(operation.operationId);
  if (route.successes[answer.status] === undefined) {
    const { code } = apiError.parse(JSON.parse(answer.text));
    expect(JSON.stringify(operation.responses[String(answer.status)])).toContain(`"${code}"`);
  } else if (route.mediaType === undefined) {
    const checked = route.answer.safeParse(JSON.parse(answer.text));
    expect(checked.error?.issues ?? []).toEqual([]);
  } else expect(answer.type).toBe(route.mediaType.startsWith('text/event-stream') ? 'text/event-stream; charset=utf-8' : route.mediaType);
};

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(JSON.parse(documentText) as Record<string, unknown>);
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
  });

  it('gives every route an id of its own, a description of every parameter, and refers to nothing that is not there', () => {
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(routes.length);
    const named = new Set(Object.keys(document.components.schemas).map((id) => `#/components/schemas/${id}`));
    const referred = [...documentText.matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to);
    expect(referred.filter((to) => !named.has(to as string))).toEqual([]);
    for (const [, , { parameters = [] }] of operations())
      expect(parameters.filter(({ in: place, description }) => place === 'query' && description === undefined)).toEqual([]);
  });

  it('closes what is sent to the agent and leaves open what it answers', () => {
    const { ChangeRequest, Incident, Service } = document.components.schemas;
    expect(ChangeRequest?.additionalProperties).toBe(false);
    expect(JSON.stringify([Incident, Service])).not.toContain('"additionalProperties":false');
  });

  it('leaves out what this server does not serve', async () => {
    expect(document.paths['/api/v1/demo/faults/{id}']).toBeDefined();
    const production = await serveFixture({ withoutDemo: true });
    const { paths } = JSON.parse((await production.ask('GET', '/api/v1/openapi.json')).text) as Document;
    expect(paths['/api/v1/demo/faults/{id}']).toBeUndefined();
    expect((await production.ask('POST', '/api/v1/demo/faults/slow')).status).toBe(404);
    await production.close();
  });
});

describe('every route of the document', () => {
  it('answers as it declares', async () => {
    for (const [method, path, operation] of operations()) {
      const answer = await open.ask(method, pathOf(path), ...bodyOf(method));
      expect([path, routeOf(operation.operationId).successes[answer.status] !== undefined]).toEqual([path, true]);
      expectDeclared(operation, answer);
    }
  });

  it('answers as it declares when names are hostile', async () => {
    const hostile = await serveFixture({ hostile: true });
    for (const [method, path, operation] of operations()) {
      if (method === 'GET') expectDeclared(operation, await hostile.ask(method, pathOf(path)));
    }
    await hostile.close();
  });

  it('asks for the token unless it is declared open: no token, a wrong one, one too long, the right one', async () => {
    for (const [method, path, operation] of operations()) {
      const isOpen = operation.security.length === 0;
      const [headers, body] = bodyOf(method);
      for (const [authorization, isRight] of [
        [undefined, false],
        ['Bearer wrong-token-of-letters', false],
        [`Bearer ${TOKEN}x`, false],
        [`Basic ${TOKEN}`, false],
        [`Bearer ${TOKEN}`, true],
      ] as const) {
        const answer = await guarded.ask(method, pathOf(path), authorization === undefined ? headers : { ...headers, authorization }, body);
        const asked = [method, path, authorization, answer.status === 401];
        expect(asked).toEqual([method, path, authorization, !isOpen && !isRight]);
        expectDeclared(operation, answer);
        if (answer.status === 401) expect(answer.text).not.toMatch(/incident|service|signal/);
      }
    }
  });

  it('tells nobody without the token whether a thing is there', async () => {
    for (const [method, path, operation] of operations()) {
      if (!path.includes('{') || operation.security.length === 0) continue;
      const present = await guarded.ask(method, pathOf(path), ...bodyOf(method));
      const absent = await guarded.ask(method, pathOf(path, 'not-there'), ...bodyOf(method));
      expect(present).toEqual(absent);
    }
  });

  it('answers another method by 405 and what it takes, after the token', async () => {
    for (const path of Object.keys(document.paths)) {
      const isOpen = Object.values(document.paths[path] ?? {}).every(({ security }) => security.length === 0);
      for (const method of ['DELETE', 'PUT', 'PATCH', 'OPTIONS', 'PROPFIND']) {
        const answer = await open.ask(method, pathOf(path), { 'content-type': 'text/plain' }, 'x');
        expect([path, method, answer.status]).toEqual([path, method, 405]);
        const taken = Object.keys(document.paths[path] ?? {}).map((known) => known.toUpperCase());
        expect(answer.allow?.split(', ').filter((known) => known !== 'HEAD')).toEqual(taken);
        expect((await guarded.ask(method, pathOf(path))).status).toBe(isOpen ? 405 : 401);
      }
    }
  });

  it('names a parameter it does not know, and one that is wrong', async () => {
    for (const [method, path, operation] of operations()) {
      const unknown = await open.ask(method, `${pathOf(path)}?surprise=1`, ...bodyOf(method));
      expect([path, unknown.status, unknown.text.includes('surprise')]).toEqual([path, 400, true]);
      expectDeclared(operation, unknown);
      const takesLimit = operation.parameters?.some(({ name }) => name === 'limit') === true;
      if (!takesLimit) continue;
      for (const limit of ['0', '-1', '1e9', 'many', '', '1.5', '1&limit=2']) {
        const wrong = await open.ask(method, `${pathOf(path)}?limit=${limit}`);
        expect([path, limit, wrong.status, wrong.text.includes('limit: ')]).toEqual([path, limit, 400, true]);
      }
    }
  });

  it('never answers anything it does not declare, whatever the query', async () => {
    const reads = operations().filter(([method, path]) => method === 'GET' && path !== '/api/v1/events');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...reads),
        fc.dictionary(
          fc.constantFrom('limit', 'cursor', 'state', 'status', 'service', 'kind', 'name', 'from', 'to', 'subject', '__proto__', 'x'),
          fc.oneof(fc.string(), fc.integer().map(String), fc.constantFrom('open', 'page', '2026-03-01T00:00:00Z', '9e15')),
          { maxKeys: 3 },
        ),
        fc.oneof(fc.constant(undefined), fc.string({ minLength: 1, maxLength: 40 })),
        async ([method, path, operation], query, value) => {
          const search = Object.entries(query).map(([name, text]) => `${name}=${encodeURIComponent(text)}`);
          const answer = await open.ask(method, `${pathOf(path, value?.replace(/^\.+$/, 'dots'))}?${search.join('&')}`);
          expectDeclared(operation, answer);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('lists', () => {
  it('come in pages that hold everything once', async () => {
    for (const [method, path, operation] of operations()) {
      const isList = method === 'GET' && operation.parameters?.some(({ name }) => name === 'cursor');
      if (isList !== true) continue;
      const whole = JSON.parse((await open.ask('GET', `${path}?limit=1000`)).text) as { items: object[]; next?: string };
      expect(whole.next).toBeUndefined();
      const gathered: object[] = [];
      let cursor = '';
      do {
        const page = JSON.parse((await open.ask('GET', `${path}?limit=2${cursor}`)).text) as { items: object[]; next?: string };
        expect(page.items.length).toBeLessThanOrEqual(2);
        gathered.push(...page.items);
        cursor = page.next === undefined ? '' : `&cursor=${encodeURIComponent(page.next)}`;
      } while (cursor !== '');
      expect([path, gathered]).toEqual([path, whole.items]);
    }
  });

  it('say when a cursor points at nothing', async () => {
    const answer = await open.ask('GET', '/api/v1/incidents?cursor=gone');
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'INVALID_CURSOR' });
    expect(answer.status).toBe(400);
  });
});
