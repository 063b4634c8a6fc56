import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/system-clock.ts';
import { createPrometheusClient } from './client.ts';
import { PROMETHEUS_DEFAULTS, type PrometheusClient, type PrometheusOptions, type RangeChunk } from './contract.ts';
import { type Answer, json, type LyingServer, matrix, startLyingServer } from './lying-server.fixture.ts';

/** Time passes at once, so that patience costs a test nothing; the machine's clock bounds the answers. */
const hasty = {
  ...systemClock,
  after: (delay: number, callback: () => void) => systemClock.after(delay >= 2_000 ? delay : Math.min(delay, 1), callback),
};

const FROM = 1_700_000_040_000;
const MINUTE = 60_000;

let server: LyingServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const clientOf = async (answer: Answer, options: Partial<PrometheusOptions> = {}): Promise<PrometheusClient> => {
  server = await startLyingServer(answer);
  return createPrometheusClient(
    { ...PROMETHEUS_DEFAULTS, url: server.url, attempts: 3, ...options },
    { fetch: globalThis.fetch, clock: hasty },
  );
};

const read = async (client: PrometheusClient, steps: number, pointsPerRequest?: number, signal?: AbortSignal) => {
  const chunks: RangeChunk[] = [];
  const range = {
    query: 'up',
    from: FROM,
    to: FROM + (steps - 1) * MINUTE,
    stepMs: MINUTE,
    ...(pointsPerRequest === undefined ? {} : { pointsPerRequest }),
  };
  const outcome = await client.range(range, (chunk) => chunks.push(chunk), signal);
  return { outcome, chunks: chunks.sort((a, b) => a.from - b.from) };
};

const at = (step: number): number => (FROM + step * MINUTE) / 1_000;
const metric = { __name__: 'up', job: 'gateway' };

describe('a server that does not tell the truth', () => {
  it.each<[what: string, answer: Answer, code: string, words: RegExp, options?: Partial<PrometheusOptions>]>([
    [
      'a web page',
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
      'PROMETHEUS_NO_API',
      /web page/,
    ],
    ['JSON of another API', (_, response) => json(response, { hello: 'world' }), 'PROMETHEUS_NO_API', /another API .*status/],
    ['a JSON list', (_, response) => json(response, [1, 2]), 'PROMETHEUS_NO_API', /another API/],
    ['nothing', (_, response) => response.end(), 'PROMETHEUS_MALFORMED', /0 characters/],
    [
      'cut-off JSON',
      (_, response) => response.end('{"status":"success","data":{"resultType":"matrix","result":[{"met'),
      'PROMETHEUS_MALFORMED',
      /no complete JSON/,
    ],
    [
      'a vector for a matrix',
      (_, response) => json(response, { status: 'success', data: { resultType: 'vector', result: [] } }),
      'PROMETHEUS_MALFORMED',
      /resultType/,
    ],
    [
      'labels that are numbers',
      (_, response) => matrix(response, [{ metric: { job: 7 }, values: [] }]),
      'PROMETHEUS_MALFORMED',
      /data\.result\.0\.metric\.job/,
    ],
    [
      'values that are no list',
      (_, response) => matrix(response, [{ metric, values: 'many' }]),
      'PROMETHEUS_MALFORMED',
      /data\.result\.0\.values/,
    ],
    [
      'a value that is a number',
      (_, response) =>
        matrix(response, [
          {
            metric,
            values: [
              [at(0), '1'],
              [at(1), 2],
            ],
          },
        ]),
      'PROMETHEUS_MALFORMED',
      /data\.result\.0\.values\.1/,
    ],
    [
      'a value that is a word',
      (_, response) => matrix(response, [{ metric, values: [[at(0), 'lots']] }]),
      'PROMETHEUS_MALFORMED',
      /values\.0/,
    ],
    ['a pair of one', (_, response) => matrix(response, [{ metric, values: [[at(0)]] }]), 'PROMETHEUS_MALFORMED', /values\.0/],
    [
      'more series than are read',
      (_, response) =>
        matrix(response, [
          { metric, values: [] },
          { metric, values: [] },
        ]),
      'PROMETHEUS_LIMIT',
      /2 series, of which at most 1/,
      { seriesMax: 1 },
    ],
    [
      'a body without end',
      (_, response) => response.end('x'.repeat(2_000_000)),
      'PROMETHEUS_LIMIT',
      /more than 1\.0 MiB/,
      { responseBytesMax: 1_048_576 },
    ],
    [
      'an error of the query',
      (_, response) => json(response, { status: 'error', errorType: 'bad_data', error: 'parse error at char 3' }, 400),
      'PROMETHEUS_QUERY_REFUSED',
      /400: parse error at char 3/,
    ],
    [
      'an execution error',
      (_, response) => json(response, { status: 'error', errorType: 'execution', error: 'many-to-many matching' }, 422),
      'PROMETHEUS_QUERY_REFUSED',
      /422: many-to-many/,
    ],
    [
      'an error with status 200',
      (_, response) => json(response, { status: 'error', error: 'no such tenant' }),
      'PROMETHEUS_QUERY_REFUSED',
      /no such tenant/,
    ],
    ['401', (_, response) => response.writeHead(401).end('who are you'), 'PROMETHEUS_UNAUTHORIZED', /--bearer-token-file/],
    ['404 of something else', (_, response) => response.writeHead(404).end('not here'), 'PROMETHEUS_NO_API', /404.*base address/],
    ['429 for ever', (_, response) => response.writeHead(429, { 'retry-after': '0' }).end(), 'PROMETHEUS_OVERLOADED', /429/],
    ['503 for ever', (_, response) => response.writeHead(503).end('<html>bad gateway</html>'), 'PROMETHEUS_OVERLOADED', /503/],
    [
      'a way to another host',
      (_, response) => response.writeHead(302, { location: 'http://evil.example/api/v1/query_range' }).end(),
      'PROMETHEUS_REDIRECTED',
      /http:\/\/evil\.example, which is not followed/,
    ],
    [
      'a way round in circles',
      (request, response) => response.writeHead(302, { location: request.path }).end(),
      'PROMETHEUS_REDIRECTED',
      /more than 3 times/,
    ],
    ['a closed connection', (_, response) => response.destroy(), 'PROMETHEUS_UNREACHABLE', /cannot be reached/],
    ['no answer at all', () => undefined, 'PROMETHEUS_LIMIT', /did not answer within 2 s/, { timeoutMs: 2_000 }],
  ])('is found out when it answers with %s', async (_what, answer, code, words, options) => {
    const { outcome, chunks } = await read(await clientOf(answer, options), 3);
    expect(outcome.ok ? outcome.value : outcome.error.code).toBe(code);
    if (!outcome.ok) expect(outcome.error.message).toMatch(words);
    if (!outcome.ok && outcome.error.code !== 'PROMETHEUS_REDIRECTED') expect(outcome.error.message).toContain(server?.url ?? 'no server');
    expect(chunks).toEqual([]);
  });

  it('is not there', async () => {
    const client = await clientOf((_, response) => response.end());
    await server?.close();
    const { outcome } = await read(client, 3);
    expect(outcome.ok ? '' : outcome.error.message).toMatch(/cannot be reached: ECONNREFUSED/);
  });
});

describe('a range', () => {
  it('comes in requests below the limit of points, each evaluation once', async () => {
    const client = await clientOf(({ query }, response) => {
      const values: [number, string][] = [];
      for (let second = Number(query.get('start')); second <= Number(query.get('end')); second += Number(query.get('step')))
        values.push([second, '1']);
      matrix(response, [{ metric, values }]);
    });
    const { outcome, chunks } = await read(client, 25_000);
    expect(outcome.ok && outcome.value.requests).toBe(3);
    expect(chunks.map(({ steps }) => steps)).toEqual([10_900, 10_900, 3_200]);
    expect(chunks.every((chunk) => chunk.series[0]?.values.every((value) => value === 1))).toBe(true);
    expect(outcome.ok && outcome.value.samples).toBe(25_000);
  });

  it('is halved while the server says it is too much, and a part that stays too much is a gap', async () => {
    const client = await clientOf(({ query }, response) => {
      const [start, end] = [Number(query.get('start')), Number(query.get('end'))];
      if (end - start > 20 * 60)
        json(response, { status: 'error', error: 'query processing would load too many samples into memory' }, 422);
      else if (start <= at(70) && end >= at(70)) json(response, { status: 'error', error: 'too many chunks' }, 422);
      else matrix(response, [{ metric, values: [[start, '5']] }]);
    });
    const { outcome, chunks } = await read(client, 80);
    expect(chunks.length).toBe(3);
    expect(outcome.ok && outcome.value.gaps).toEqual([
      { from: FROM + 60 * MINUTE, to: FROM + 79 * MINUTE, because: expect.stringContaining('too many chunks') },
    ]);
  });

  it('takes NaN, infinities and stale markers for gaps, and what lies beside the grid for nothing', async () => {
    const values = [
      [at(0), '1'],
      [at(1), 'NaN'],
      [at(2), '+Inf'],
      [at(3), '-Inf'],
      [at(4) + 17, '9'],
      [at(6), '2.5e1'],
      [at(99), '9'],
    ];
    const { outcome, chunks } = await read(await clientOf((_, response) => matrix(response, [{ metric, values }])), 7);
    expect(Array.from(chunks[0]?.series[0]?.values ?? [])).toEqual([1, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 25]);
    expect(outcome.ok && outcome.value).toMatchObject({ samples: 2, notFinite: 3, offGrid: 2 });
  });

  it('counts native histograms, which hold no number to read', async () => {
    const result = [{ metric, histograms: [[at(0), { count: '1', sum: '1' }]] }];
    const { outcome, chunks } = await read(await clientOf((_, response) => matrix(response, result)), 2);
    expect(outcome.ok && outcome.value.nativeHistograms).toBe(1);
    expect(chunks[0]?.series).toEqual([]);
  });

  it('is stopped at once', async () => {
    const stopping = new AbortController();
    const client = await clientOf(() => stopping.abort());
    const { outcome } = await read(client, 5, undefined, stopping.signal);
    expect(outcome.ok ? '' : outcome.error.code).toBe('PROMETHEUS_ABORTED');
  });
});

describe('a request', () => {
  it('is tried again when it may pass, and warnings are kept', async () => {
    const client = await clientOf((_, response, times) => {
      if (times === 1) response.writeHead(503).end();
      else if (times === 2) response.end('{"status":"succ');
      else matrix(response, [], { warnings: ['store gateway 3 is down'], infos: ['metric might not be a counter'] });
    });
    expect((await read(client, 2)).outcome.ok).toBe(true);
    expect(client.traffic).toMatchObject({ requests: 3, retries: 2 });
    expect([...client.traffic.warnings.keys()]).toEqual(['store gateway 3 is down', 'metric might not be a counter']);
  });

  it('never has more company than allowed', async () => {
    let open = 0;
    let most = 0;
    const client = await clientOf(
      (_, response) => {
        open += 1;
        most = Math.max(most, open);
        setTimeout(() => {
          open -= 1;
          matrix(response, []);
        }, 5);
      },
      { concurrency: 2 },
    );
    await read(client, 400, 30);
    expect(most).toBe(2);
  });

  it('carries its secrets to the server, along a redirect on it, and never into a message', async () => {
    const seen: unknown[] = [];
    const client = await clientOf(
      ({ path, headers }, response) => {
        seen.push(headers.authorization);
        if (path.startsWith('/api')) response.writeHead(307, { location: '/moved' }).end();
        else response.writeHead(500).end('x');
      },
      { headers: { authorization: 'Bearer hunter2' }, attempts: 1 },
    );
    const { outcome } = await read(client, 2);
    expect(seen).toEqual(['Bearer hunter2', 'Bearer hunter2']);
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
  });

  it('keeps the path of the base address, as Mimir needs it', async () => {
    server = await startLyingServer((_, response) => json(response, { status: 'success', data: ['a', 'b'] }));
    const client = createPrometheusClient(
      { ...PROMETHEUS_DEFAULTS, url: `${server.url}/prometheus` },
      { fetch: globalThis.fetch, clock: hasty },
    );
    const names = await client.metricNames(FROM, FROM + MINUTE);
    expect(names.ok && names.value).toEqual(['a', 'b']);
    expect(server.asked[0]).toBe(`/prometheus/api/v1/label/__name__/values?start=${at(0)}&end=${at(1)}`);
  });

  it('prints no control character of a server', async () => {
    const client = await clientOf((_, response) => json(response, { status: 'error', error: 'red \u001b[31m\r\ntext' }, 400));
    const { outcome } = await read(client, 2);
    expect(outcome.ok ? '' : outcome.error.message).not.toMatch(/\p{Cc}/u);
  });

  it('prints no control character of a label name that stands where the shape is wrong', async () => {
    const client = await clientOf((_, response) =>
      matrix(response, [{ metric: { ['\u001b[2J\u001b]0;owned\u0007'.repeat(90)]: 5 }, values: [] }]),
    );
    const { outcome } = await read(client, 2);
    const message = outcome.ok ? '' : outcome.error.message;
    expect(message).toContain('data.result.0.metric');
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(500);
  });

  it('is not sent any more to a server that leaves every one unanswered, however often a range could be halved', async () => {
    const client = await clientOf(() => undefined, { timeoutMs: 2 });
    const { outcome } = await read(client, 40_000);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'PROMETHEUS_UNREACHABLE' } });
    // Sixteen in a row, and those of the same moment.
    expect(client.traffic.requests).toBeLessThanOrEqual(16 + PROMETHEUS_DEFAULTS.concurrency);
  });

  it('is sent on to a server that answers shorter ranges in time', async () => {
    server = await startLyingServer(({ query }, response) => {
      if (Number(query.get('end')) - Number(query.get('start')) < 40 * 60) matrix(response, []);
    });
    const options = { ...PROMETHEUS_DEFAULTS, url: server.url, timeoutMs: 200, concurrency: 1 };
    const client = createPrometheusClient(options, { fetch: globalThis.fetch, clock: systemClock });
    for (let query = 0; query < 18; query += 1)
      expect((await read(client, 60)).outcome).toMatchObject({ ok: true, value: { requests: 3, gaps: [] } });
  });
});
