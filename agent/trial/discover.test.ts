import { describe, expect, it } from 'vitest';
import type { Labels, PrometheusClient, RangeChunk } from '../../collectors/prometheus/index.ts';
import { fail, succeed } from '../../core/outcome.ts';
import { DAY_MS } from '../../core/time.ts';
import { discover } from './discover.ts';

const HISTORY = { from: 0, to: 14 * DAY_MS };

/** A server that knows some names, and one counter by its label sets and rates. */
const serverOf = (names: readonly string[], series: readonly (readonly [Labels, number])[], lists = true): PrometheusClient => ({
  buildInfo: async () => succeed({}),
  metricNames: async () => (lists ? succeed(names) : fail('PROMETHEUS_LIMIT', 'too many names')),
  instant: async (query) =>
    succeed(
      query.startsWith('group by (__name__)')
        ? names.map((name) => ({ labels: { __name__: name }, value: 1 }))
        : [{ labels: {}, value: 7 }],
    ),
  range: async (_range, consume: (chunk: RangeChunk) => void) => {
    consume({
      from: 0,
      stepMs: DAY_MS,
      steps: 13,
      series: series.map(([labels, rate]) => ({ labels, values: new Float64Array(13).fill(rate) })),
    });
    return succeed({ requests: 1, samples: 13, notFinite: 0, offGrid: 0, nativeHistograms: 0, gaps: [] });
  },
  traffic: { requests: 0, retries: 0, bytes: 0, warnings: new Map() },
});

const HISTOGRAM = ['_count', '_sum', '_bucket'].map((suffix) => `http_request_duration_seconds${suffix}`);

const only = async (client: PrometheusClient) => {
  const found = await discover(client, HISTORY);
  if (!found.ok) throw new Error(found.error.message);
  return { source: found.value.sources[0], notes: found.value.notes };
};

describe('what is there', () => {
  it.each<[what: string, series: readonly (readonly [Labels, number])[], label: string, services: readonly string[]]>([
    ['OpenTelemetry resources', [[{ service_name: 'a', job: 'collector' }, 2]], 'service_name', ['a']],
    [
      'what a collector passes on',
      [
        [{ exported_job: 'shop/a', job: 'collector' }, 2],
        [{ exported_job: 'shop/b', job: 'collector' }, 3],
      ],
      'exported_job',
      ['b', 'a'],
    ],
    ['Services of Kubernetes', [[{ service: 'a', namespace: 'shop', job: 'a' }, 2]], 'service', ['a']],
    [
      'jobs alone',
      [
        [{ job: 'a' }, 2],
        [{ job: 'b' }, 1],
      ],
      'job',
      ['a', 'b'],
    ],
    [
      'a label that only some carry',
      [
        [{ service_name: 'a', job: 'a' }, 1],
        [{ job: 'b' }, 9],
      ],
      'job',
      ['b', 'a'],
    ],
  ])('services are read from %s', async (_what, series, label, services) => {
    const { source } = await only(serverOf(HISTOGRAM, series));
    expect(source?.service.name).toBe(label);
    expect(source?.services.map(({ name }) => name.name)).toEqual(services);
    expect(source?.durations).toBe('buckets');
  });

  it.each<[what: string, series: readonly (readonly [Labels, number])[], label: string | undefined]>([
    [
      'codes',
      [
        [{ job: 'a', code: '200' }, 9],
        [{ job: 'a', code: '503' }, 1],
      ],
      'code',
    ],
    ['classes of codes', [[{ job: 'a', status: '2xx' }, 9]], 'status'],
    [
      'words, which are no codes',
      [
        [{ job: 'a', status: 'success' }, 9],
        [{ job: 'a', status: 'error' }, 1],
      ],
      undefined,
    ],
    ['words beside codes', [[{ job: 'a', status: 'success', code: '200' }, 9]], 'code'],
    [
      'a type that only errors carry',
      [
        [{ job: 'a' }, 9],
        [{ job: 'a', error_type: 'timeout' }, 1],
      ],
      'error_type',
    ],
    ['nothing', [[{ job: 'a' }, 9]], undefined],
  ])('failures are known by %s', async (_what, series, label) => {
    expect((await only(serverOf(HISTOGRAM, series))).source?.error?.label).toBe(label);
  });

  it('is asked by name where the server does not list its names', async () => {
    expect((await only(serverOf(HISTOGRAM, [[{ job: 'a' }, 1]], false))).source?.source.id).toBe('http_request_duration_seconds');
  });

  it('says of a counter that counted nothing that it did not', async () => {
    const { source, notes } = await only(serverOf(HISTOGRAM, []));
    expect(source).toBeUndefined();
    expect(notes[0]).toMatch(/http_request_duration_seconds_count exists and counted nothing/);
  });
});
