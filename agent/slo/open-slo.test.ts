import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import { loadConfig } from '../config/load.ts';
import { objectivesOf } from './open-slo.ts';
import { parseOpenSlo } from './open-slo-files.ts';

const read = (text: string) => {
  const { documents, problems } = parseOpenSlo(text, 'slo.yaml');
  const mapped = objectivesOf(documents);
  return {
    objectives: mapped.objectives,
    problems: [...problems, ...mapped.problems].map(({ line, message }) => `${line}: ${message}`),
  };
};

const source = (fields: string): string => `{ metricSource: { type: foreshock, spec: { ${fields} } } }`;

const slo = (
  more: { readonly indicator?: string; readonly spec?: string; readonly objective?: string; readonly metadata?: string } = {},
): string =>
  [
    'apiVersion: openslo/v1',
    'kind: SLO',
    `metadata: { name: checkout${more.metadata ?? ''} }`,
    'spec:',
    '  service: shop/checkout',
    '  budgetingMethod: Occurrences',
    `  indicator: { spec: { ${more.indicator ?? `ratioMetric: { counter: true, bad: ${source('events: errors')}, total: ${source('events: requests')} }`} } }`,
    `  objectives: [{ target: 0.999${more.objective ?? ''} }]`,
    ...(more.spec === undefined ? [] : [`  ${more.spec}`]),
  ].join('\n');

describe('an OpenSLO document', () => {
  it('of bad requests over all is an availability objective', () => {
    expect(read(slo())).toEqual({
      objectives: [{ name: 'checkout', service: 'shop/checkout', kind: 'availability', objective: 0.999, window: 28 * DAY_MS }],
      problems: [],
    });
  });

  it('of good requests over all may be of fast ones, of another service, in percent', () => {
    const good = source('service: pay/gateway, events: fast, threshold: 400ms');
    const text = slo({ indicator: `ratioMetric: { good: ${good}, total: ${source('service: pay/gateway, events: requests')} }` });
    expect(read(text.replace('target: 0.999', 'targetPercent: 99.95'))).toMatchObject({
      objectives: [{ service: 'pay/gateway', kind: 'latency', threshold: 400, objective: 0.9995 }],
      problems: [],
    });
  });

  it('with a threshold on the duration of requests is a latency objective', () => {
    const text = slo({ indicator: `thresholdMetric: ${source('events: requests')}`, objective: ', op: lte, value: 0.25' });
    expect(read(text)).toMatchObject({ objectives: [{ kind: 'latency', threshold: 250 }], problems: [] });
  });

  it('keeps its queries for other tools where annotations say what it means here', () => {
    const prometheus = '{ metricSource: { type: Prometheus, spec: { query: "sum(rate(x[5m]))" } } }';
    const indicator = `ratioMetric: { counter: true, good: ${prometheus}, total: ${prometheus} }`;
    const refused = read(slo({ indicator })).problems;
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatch(
      /^7: document 1: `spec.indicator.spec.ratioMetric.good.metricSource`: the agent does not query Prometheus while it runs; give the metricSource `type: foreshock`/,
    );
    const metadata = ', annotations: { foreshock.dev/indicator: latency, foreshock.dev/threshold: 300ms, foreshock.dev/service: web }';
    expect(read(slo({ indicator, metadata }))).toMatchObject({
      objectives: [{ service: 'web', kind: 'latency', threshold: 300 }],
      problems: [],
    });
  });

  it('refers to SLIs, policies, conditions, services and sources in other documents', () => {
    const text = `
apiVersion: openslo/v1
kind: SLO
metadata: { name: pay }
spec:
  service: payments
  indicatorRef: pay-errors
  budgetingMethod: Timeslices
  timeWindow: [{ duration: 1M, calendar: { startTime: "2026-01-01 00:00:00", timeZone: Europe/Berlin }, isRolling: false }]
  objectives:
    - { displayName: Card payments, target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 5 }
    - { target: 0.9, timeSliceTarget: 0.5, timeSliceWindow: 1h }
  alertPolicies: [{ alertPolicyRef: fast }, slow]
---
apiVersion: openslo/v1
kind: SLI
metadata: { name: pay-errors }
spec:
  ratioMetric:
    counter: true
    bad: { metricSource: { metricSourceRef: own, spec: { events: errors } } }
    total: { metricSource: { metricSourceRef: own, spec: { events: requests } } }
---
apiVersion: openslo/v1
kind: DataSource
metadata: { name: own }
spec: { type: Foreshock }
---
apiVersion: openslo/v1
kind: Service
metadata: { name: payments, annotations: { foreshock.dev/service: pay/gateway } }
spec: { description: Payments. }
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: { name: fast }
spec:
  alertWhenBreaching: true
  conditions: [{ conditionRef: fast-burn }]
  notificationTargets: [{ targetRef: on-call }]
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: { name: fast-burn, annotations: { foreshock.dev/short-window: 10m } }
spec: { severity: page, condition: { kind: burnrate, op: gt, threshold: 10, lookbackWindow: 1h, alertAfter: 5m } }
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: { name: slow }
spec:
  conditions:
    - kind: AlertCondition
      metadata: { name: slow-burn }
      spec: { severity: warning, condition: { threshold: 2, lookbackWindow: 1d } }
`;
    const { objectives, problems } = read(text);
    expect(problems).toEqual([]);
    expect(objectives.map(({ name }) => name)).toEqual(['pay-card-payments', 'pay-2']);
    expect(objectives[0]).toMatchObject({
      service: 'pay/gateway',
      budgeting: { kind: 'timeslices', sliceMs: 5 * MINUTE_MS, target: 0.95 },
      calendar: { duration: '1M', startTime: '2026-01-01 00:00:00', timeZone: 'Europe/Berlin' },
      rules: [
        { severity: 'page', factor: 10, longMs: HOUR_MS, shortMs: 10 * MINUTE_MS, afterMs: 5 * MINUTE_MS, label: '1h and 10m' },
        { severity: 'ticket', factor: 2, longMs: DAY_MS, shortMs: 2 * HOUR_MS, afterMs: 0, label: '1d and 2h' },
      ],
    });
    expect(objectives[1]).toMatchObject({ objective: 0.9, budgeting: { sliceMs: HOUR_MS } });
  });

  const policy = (condition: string, more = '') =>
    slo({ spec: `alertPolicies: [{ spec: { ${more}conditions: [{ spec: { severity: page, condition: { ${condition} } } }] } }]` });

  it.each([
    ['another version', slo().replace('openslo/v1', 'openslo/v1alpha'), /^1: document 1: `apiVersion`: expected `openslo\/v1`/],
    ['another kind', slo().replace('kind: SLO', 'kind: Slo'), /^2: document 1: `kind`: expected one of SLO, SLI/],
    [
      'a field of no specification',
      slo({ spec: 'alertPolices: []' }),
      /^9: document 1: unknown key `alertPolices` under `spec`; did you mean `alertPolicies`/,
    ],
    [
      'no target',
      slo().replace('target: 0.999', 'displayName: x'),
      /^8: document 1: `spec.objectives\[0\]`: expected either `target` or `targetPercent`/,
    ],
    ['a target of one', slo().replace('0.999', '1'), /^8: document 1: `spec.objectives\[0\].target`: must be less than 1/],
    ['both targets', slo({ objective: ', targetPercent: 99' }), /expected either `target` or `targetPercent`/],
    [
      'an indicator that is nowhere',
      slo().replace(/indicator: .*/, 'indicatorRef: nowhere'),
      /^7: document 1: `spec.indicatorRef`: there is no SLI `nowhere`/,
    ],
    [
      'two windows',
      slo({ spec: 'timeWindow: [{ duration: 28d, isRolling: true }, { duration: 1d, isRolling: true }]' }),
      /^9: document 1: `spec.timeWindow`: must have at most 1 entries/,
    ],
    ['a window that neither rolls nor has a calendar', slo({ spec: 'timeWindow: [{ duration: 28d }]' }), /write `isRolling: true`/],
    [
      'a duration of another kind',
      slo({ spec: 'timeWindow: [{ duration: 28 days, isRolling: true }]' }),
      /expected a number and one of m, h, d, w, M, Q, Y/,
    ],
    [
      'a zone that is none',
      slo({ spec: 'timeWindow: [{ duration: 1M, calendar: { startTime: "2026-01-01 00:00:00", timeZone: Mars/Base } }]' }),
      /IANA/,
    ],
    ['slices without a method', slo({ objective: ', timeSliceTarget: 0.9' }), /only with `budgetingMethod: Timeslices`/],
    ['a method without slices', slo().replace('Occurrences', 'Timeslices'), /`Timeslices` needs `timeSliceWindow`/],
    [
      'a precomputed ratio',
      slo({ indicator: `ratioMetric: { rawType: success, raw: ${source('events: requests')} }` }),
      /burn rates need counts/,
    ],
    ['a gauge', slo().replace('counter: true', 'counter: false'), /requests are counted/],
    ['good that are errors', slo().replace('bad:', 'good:'), /`good` is `successes` or `fast`/],
    ['an unknown event', slo().replace('events: errors', 'events: failures'), /expected one of requests, errors, successes, fast, slow/],
    ['slow without a threshold', slo().replace('events: errors', 'events: slow'), /`slow` needs `threshold`/],
    [
      'parts of two services',
      slo().replace('events: errors', 'events: errors, service: other'),
      /both parts of a ratio are of one service/,
    ],
    ['a value without a threshold metric', slo({ objective: ', op: lte, value: 3' }), /only with a `thresholdMetric`/],
    ['an annotation of nothing', slo({ metadata: ', annotations: { foreshock.dev/threshold: 1s }' }), /^3: .*says nothing/],
    ['a name that is none here', slo().replace('name: checkout', 'name: "Check/Out"'), /^3: document 1: `metadata.name`.*lower-case/],
    [
      'an alert when there is no data',
      policy('threshold: 2, lookbackWindow: 1h', 'alertWhenNoData: true, '),
      /write `false`: a service that goes silent/,
    ],
    ['an alert below a burn rate', policy('op: lt, threshold: 2, lookbackWindow: 1h'), /write `gt`/],
    ['a window of a month', policy('threshold: 2, lookbackWindow: 1M'), /windows of at most 7d/],
    ['a policy that is nowhere', slo({ spec: 'alertPolicies: [nowhere]' }), /there is no AlertPolicy `nowhere`/],
    ['two of one name', `${slo()}\n---\n${slo()}`, /there is another SLO `checkout` in slo.yaml, document 1/],
    ['a key twice', slo().replace('kind: SLO', 'kind: SLO\nkind: SLO'), /document 1: not YAML/],
    ['an empty file', '# nothing\n', /^1: the file holds no document/],
    ['a list', '- a\n', /expected a document with apiVersion/],
  ])('refuses %s, with the line and what to write', (_name, text, message) => {
    const { problems } = read(text);
    expect(
      problems.some((problem) => message.test(problem)),
      problems.join('\n'),
    ).toBe(true);
  });

  it('never throws on what is none', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.nat(8), (noise, line) => {
        const lines = slo().split('\n');
        lines.splice(line, 1, noise);
        read(lines.join('\n'));
      }),
      { numRuns: 60, seed: 6 },
    );
  });

  it('stands beside the objectives of the configuration, and its problems are problems of the configuration', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openslo-'));
    try {
      await writeFile(join(folder, 'slo.yaml'), slo());
      await writeFile(join(folder, 'foreshock.yaml'), 'openslo: [slo.yaml]\nobjectives: [{ name: own, service: a, kind: availability }]\n');
      const loaded = await loadConfig(join(folder, 'foreshock.yaml'));
      expect(loaded.ok && loaded.value.objectives.map(({ name }) => name)).toEqual(['own', 'checkout']);
      await writeFile(
        join(folder, 'foreshock.yaml'),
        'openslo: [slo.yaml, gone.yaml]\nobjectives: [{ name: checkout, service: a, kind: availability }]\n',
      );
      const refused = await loadConfig(join(folder, 'foreshock.yaml'));
      expect(refused.ok ? '' : refused.error.message).toContain('gone.yaml: line 1, column 1: there is no such file');
      expect(refused.ok ? '' : refused.error.message).toContain('objective `checkout` is there twice');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
