import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RangeChunk } from '../../collectors/prometheus/index.ts';
import { MINUTE_MS } from '../../core/time.ts';
import { REQUEST_SOURCES } from './aliases.ts';
import { addTo, emptyColumn, emptyService, errorRatio, type Grid, logDuration } from './columns.ts';
import { chooseServices, type FoundSource, onlyServices } from './discover.ts';
import { matches, oneOf, rateOf, selector, sumBy } from './promql.ts';
import { stepFor } from './resolution.ts';
import { isSameService, isSameWorkload, serviceOf } from './service-names.ts';

const GRID: Grid = { firstEnd: 60_000, stepMs: MINUTE_MS, steps: 4 };

describe('a query', () => {
  it('quotes names and values that somebody else chose', () => {
    expect(selector('up', [])).toBe('up');
    expect(rateOf('http_requests_total', ['job="a"'], 60_000)).toBe('rate(http_requests_total{job="a"}[60s])');
    expect(selector('http.server.request.duration_count', [matches('http.route', 'a"b')])).toBe(
      '{"http.server.request.duration_count","http.route"=~"a\\"b"}',
    );
    expect(sumBy(['service.name', 'le'], 'x')).toBe('sum by ("service.name", le) (x)');
  });

  it('matches just the names that were chosen, whatever they hold', () => {
    const pattern = (texts: readonly string[]): RegExp => new RegExp(`^(?:${oneOf(texts)})$`, 'u');
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.string(), (texts, other) => {
        for (const text of texts) expect(pattern(texts).test(text)).toBe(true);
        expect(pattern(texts).test(other)).toBe(texts.includes(other));
      }),
    );
  });
});

describe('the name of a service', () => {
  const job = { name: 'job', namespace: 'namespace' };
  it.each([
    ["OpenTelemetry's job", { job: 'payments/gateway', namespace: 'monitoring' }, { name: 'gateway', namespace: 'payments' }],
    ['a scraped job', { job: 'gateway', namespace: 'payments' }, { name: 'gateway', namespace: 'payments' }],
    ['a name without a namespace', { job: 'gateway' }, { name: 'gateway', namespace: '' }],
    ["Traefik's service", { job: 'gateway@kubernetes' }, { name: 'gateway', namespace: '' }],
    ['no label', { pod: 'x' }, undefined],
    ["Istio's unknown", { job: 'unknown' }, undefined],
  ])('is read from %s', (_what, labels, name) => {
    expect(serviceOf(labels as Record<string, string>, job)).toEqual(name);
  });

  it('is the same where namespaces do not contradict, and a workload may carry a suffix', () => {
    const gateway = { name: 'gateway', namespace: 'payments' };
    expect(isSameService(gateway, { name: 'gateway', namespace: '' })).toBe(true);
    expect(isSameService(gateway, { name: 'gateway', namespace: 'billing' })).toBe(false);
    expect(isSameWorkload(gateway, { name: 'gateway-deployment', namespace: 'payments' })).toBe(true);
    expect(isSameWorkload(gateway, { name: 'gateway2', namespace: 'payments' })).toBe(false);
  });
});

const found = (id: string, services: readonly (readonly [string, number])[], more: Partial<FoundSource> = {}): FoundSource => {
  const source = REQUEST_SOURCES.find((one) => one.id === id);
  if (source === undefined) throw new Error(`no source ${id}`);
  const [error] = source.errors;
  return {
    source,
    service: { name: 'service', namespace: 'namespace' },
    error,
    durations: 'buckets',
    bounds: 10,
    services: services.map(([name, rate]) => ({ name: { name, namespace: '' }, rate })),
    ...more,
  };
};

describe('the choice of services', () => {
  it('takes each service once, from the first source that tells its errors, and durations from where they are', () => {
    const sources = [
      found('http_request_duration_seconds', [['gateway', 5]], { error: undefined }),
      found(
        'http_requests_total',
        [
          ['gateway', 5],
          ['ledger', 2],
        ],
        { durations: 'none' },
      ),
    ];
    const { services, signals } = chooseServices(sources, 200);
    expect(services.map(({ name, requests, durations }) => [name.name, requests.source.id, durations?.source.id])).toEqual([
      ['gateway', 'http_requests_total', 'http_request_duration_seconds'],
      ['ledger', 'http_requests_total', undefined],
    ]);
    expect(signals).toBe(5);
  });

  it('keeps the busiest when not all fit, and says which it left out', () => {
    const { services, leftOut } = chooseServices(
      [
        found('http_request_duration_seconds', [
          ['calm', 1],
          ['busy', 9],
          ['middle', 4],
        ]),
      ],
      6,
    );
    expect(services.map(({ name }) => name.name)).toEqual(['busy', 'middle']);
    expect(leftOut).toEqual(['calm']);
  });

  it('asks for the chosen alone when there are others', () => {
    const source = found('http_request_duration_seconds', [
      ['a.b', 1],
      ['c', 1],
    ]);
    expect(
      onlyServices(
        source,
        source.services.map(({ name }) => name),
      ),
    ).toEqual([]);
    expect(onlyServices(source, [{ name: 'a.b', namespace: '' }])).toEqual(['service=~"(.+/)?(a\\\\.b)(@[a-z]+)?"']);
  });
});

describe('the step', () => {
  it.each([
    [15_000, 1],
    [20_000, 1],
    [30_000, 2],
    [60_000, 3],
    [300_000, 15],
    [3_600_000, 60],
  ])('of samples every %d ms holds three of them: %d min', (interval, minutes) => {
    expect(stepFor(interval, MINUTE_MS)).toBe(minutes * MINUTE_MS);
  });

  it('is not finer than asked for', () => expect(stepFor(15_000, 4 * MINUTE_MS)).toBe(5 * MINUTE_MS));
});

const chunk = (values: readonly number[]): RangeChunk => ({
  from: GRID.firstEnd,
  stepMs: MINUTE_MS,
  steps: values.length,
  series: [{ labels: {}, values: Float64Array.from(values) }],
});

const column = (values: readonly number[]): Float32Array => {
  const into = emptyColumn(GRID);
  const one = chunk(values);
  for (const series of one.series) addTo(into, GRID, one, series);
  return into;
};

describe('what was read becomes our own signals', () => {
  it('adds up the label sets of one service and leaves gaps gaps', () => {
    const into = column([1, Number.NaN, 3]);
    const more = chunk([2, Number.NaN, Number.NaN, 4]);
    for (const series of more.series) addTo(into, GRID, more, series);
    expect(Array.from(into)).toEqual([3, Number.NaN, 3, 4]);
  });

  it('takes no failures for none where requests were counted, and for unknown where failures could not be read', () => {
    const service = {
      ...emptyService(GRID),
      requests: column([10, 10, Number.NaN, 10]),
      errors: column([Number.NaN, 5, 5, Number.NaN]),
      errorsUnread: [{ from: 240_000, to: 240_000, because: '' }],
    };
    const { value, weight } = errorRatio(service, GRID);
    expect(Array.from(value)).toEqual([0, 0.5, Number.NaN, Number.NaN]);
    expect(Array.from(weight)).toEqual([600, 600, Number.NaN, Number.NaN]);
  });

  it('reads latency from buckets corrected by sum over count, and from sum over count alone where there are none', () => {
    const requests = column([10, 10, 10, 10]);
    const spent = column([1, 1, 2, Number.NaN]);
    const plain = { ...emptyService(GRID), requests, spent, timed: requests };
    const [first, , third] = logDuration(plain, GRID, 1)?.value ?? [];
    expect(first).toBeCloseTo(Math.log(0.1));
    expect(third).toBeCloseTo(Math.log(0.2));
    const upTo = new Map([
      ['0.1', column([10, 5, 5, 10])],
      ['+Inf', requests],
    ]);
    const logs = logDuration({ ...plain, upTo }, GRID, 1)?.value ?? new Float32Array(4);
    expect(logs[0]).toBeCloseTo(Math.log(0.1));
    // Half of the requests above the only bound: the same mean, more spread, a lower geometric mean.
    expect(logs[1]).toBeLessThan(logs[0] as number);
    expect(logs[3]).toBeNaN();
  });

  it('leaves a step out when its buckets are missing, for another formula would look like a shift', () => {
    const requests = column([10, 10, 10, 10]);
    const upTo = new Map([['0.1', column([10, Number.NaN, 10, 10])]]);
    const logs = logDuration({ ...emptyService(GRID), requests, spent: requests, timed: requests, upTo }, GRID, 1e-3)?.value;
    expect(Number.isNaN(logs?.[1])).toBe(true);
    expect(logs?.[0]).toBeCloseTo(Math.log(1e-3));
  });
});
