import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createTelemetry } from '../../agent/telemetry/telemetry.ts';
import { HELM, NAMESPACE, objectsOf, RELEASE, render } from './helm.ts';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

const OWN = `job="${RELEASE}",namespace="${NAMESPACE}"`;
const TARGET = 'deployment/payments/gateway';
const SCALING = ['act', 'observe'].map((mode) => ({
  kind: 'scale',
  target: mode === 'act' ? TARGET : 'deployment/payments/observed',
  service: 'payments/gateway',
  loadPerReplica: 10,
  maxReplicas: 12,
  mode,
}));
const VOLUME = `{namespace="${NAMESPACE}",persistentvolumeclaim="data-${RELEASE}-0"}`;
/** Values a minute, in promtool's notation: `1+0x60` is 1 for an hour, `0+5x60` grows by 5 a minute. */
const HEALTHY: Readonly<Record<string, string>> = {
  [`up{${OWN}}`]: '1+0x90',
  [`foreshock_unready{${OWN},reason="decision-log-unavailable"}`]: '0+0x90',
  [`foreshock_unready{${OWN},reason="store-unavailable"}`]: '0+0x90',
  [`foreshock_process_start_time_seconds{${OWN}}`]: '1000+0x90',
  [`foreshock_ingest_accepted_total{${OWN},kind="requests"}`]: '0+60x90',
  [`foreshock_ingest_refused_total{${OWN},kind="requests",reason="overload"}`]: '7+0x90',
  [`foreshock_ingest_rejected_total{${OWN},kind="spans",reason="bad_timestamp"}`]: '7+0x90',
  [`foreshock_steps_closed_total{${OWN}}`]: '0+6x90',
  [`foreshock_late_total{${OWN}}`]: '7+0x90',
  [`foreshock_notifications_pending{${OWN},notifier="on-call"}`]: '0+0x90',
  [`foreshock_notifications_total{${OWN},notifier="on-call",outcome="given-up"}`]: '3+0x90',
  [`foreshock_event_loop_lag_seconds{${OWN}}`]: '0.01+0x90',
  [`foreshock_desired_replicas{${OWN},target="${TARGET}"}`]: '4+0x90',
  [`foreshock_replicas{${OWN},target="${TARGET}",state="ordered"}`]: '4+0x90',
  // Of a target that it only observes it may want what it likes.
  [`foreshock_desired_replicas{${OWN},target="deployment/payments/observed"}`]: '9+0x90',
  [`foreshock_replicas{${OWN},target="deployment/payments/observed",state="ordered"}`]: '2+0x90',
  [`kubelet_volume_stats_available_bytes${VOLUME}`]: '900+0x90',
  [`kubelet_volume_stats_capacity_bytes${VOLUME}`]: '1000+0x90',
};

const seriesOf = (name: string, more = ''): string =>
  Object.keys(HEALTHY).find((series) => series.startsWith(`${name}{`) && series.includes(more)) as string;

/** What goes wrong, and which alert says so, with the label that names the part. */
type Labels = Readonly<Record<string, string>>;
const FAULTS: readonly (readonly [alert: string, wrong: Labels, label?: Labels])[] = [
  ['ForeshockDown', { [seriesOf('up')]: '0+0x90' }],
  ['ForeshockNotReady', { [seriesOf('foreshock_unready', 'store')]: '1+0x90' }, { reason: 'store-unavailable' }],
  ['ForeshockDecisionLogFails', { [seriesOf('foreshock_unready', 'decision')]: '1+0x90' }],
  ['ForeshockRestarts', { [seriesOf('foreshock_process_start_time_seconds')]: '1000+60x90' }],
  ['ForeshockRefusesData', { [seriesOf('foreshock_ingest_refused_total')]: '0+5x90' }, { reason: 'overload' }],
  ['ForeshockRejectsData', { [seriesOf('foreshock_ingest_rejected_total')]: '0+5x90' }, { reason: 'bad_timestamp' }],
  ['ForeshockNotifierFails', { [seriesOf('foreshock_notifications_pending')]: '2+0x90' }, { notifier: 'on-call' }],
  ['ForeshockNotifierFails', { [seriesOf('foreshock_notifications_total')]: '3+0x50 4+0x40' }, { notifier: 'on-call' }],
  ['ForeshockStepsLate', { [seriesOf('foreshock_steps_closed_total')]: '60+0x90' }],
  ['ForeshockDataTooLate', { [seriesOf('foreshock_late_total')]: '0+5x90' }],
  ['ForeshockEventLoopLags', { [seriesOf('foreshock_event_loop_lag_seconds')]: '0.8+0x90' }],
  ['ForeshockScalingStopped', { [seriesOf('foreshock_replicas', TARGET)]: '4+0x20 3+0x70' }, { target: TARGET }],
  ['ForeshockDiskFills', { [seriesOf('kubelet_volume_stats_available_bytes')]: '100+0x90' }],
];

describe.skipIf(HELM === undefined || !hasPromtool)('alerts on the agent itself, asked of promtool', () => {
  let folder = '';
  let rules: readonly Rule[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-alerts-'));
    const rule = objectsOf(
      render('--set', 'prometheusRule.enabled=true,mode=act', '--set-json', `config.scaling=${JSON.stringify(SCALING)}`),
    ).find(({ kind }) => kind === 'PrometheusRule');
    rules = rule?.spec.groups.flatMap((group: { rules: Rule[] }) => group.rules);
    writeFileSync(join(folder, 'rules.yaml'), stringify(rule?.spec));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const promtool = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
    return status === 0 ? 'good' : `${stdout}${stderr}`;
  };

  /** Alerts that fire after an hour of these series. */
  const expectFiring = (
    series: Readonly<Record<string, string>>,
    alert: string,
    labels: readonly Readonly<Record<string, string>>[],
  ): string => {
    const test = {
      rule_files: ['rules.yaml'],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
          promql_expr_test: [
            {
              expr: `count by (alertname, severity, reason, notifier, target) (ALERTS{alertname="${alert}",alertstate="firing"})`,
              eval_time: '1h',
              exp_samples: labels.map((more) => {
                const text = Object.entries({ alertname: alert, ...more }).map(([key, value]) => `${key}="${value}"`);
                return { labels: `{${text.join(',')}}`, value: 1 };
              }),
            },
          ],
        },
      ],
    };
    writeFileSync(join(folder, 'test.yaml'), stringify(test));
    return promtool('test', 'rules', 'test.yaml');
  };

  it('are well formed', () => {
    expect(promtool('check', 'rules', 'rules.yaml')).toBe('good');
  });

  it('are silent while all is well', () => {
    for (const { alert } of rules) expect(`${alert}: ${expectFiring(HEALTHY, alert, [])}`).toBe(`${alert}: good`);
  });

  it.each(FAULTS.map(([alert, wrong, label = {}]) => ({ alert, wrong, label })))('$alert fires when $wrong', ({ alert, wrong, label }) => {
    const severity = rules.find((rule) => rule.alert === alert)?.labels.severity as string;
    expect(expectFiring({ ...HEALTHY, ...wrong }, alert, [{ severity, ...label }])).toBe('good');
  });

  it('are all shown to fire here', () => {
    expect(new Set(FAULTS.map(([alert]) => alert))).toEqual(new Set(rules.map(({ alert }) => alert)));
  });

  it('ask only for metrics the agent has', async () => {
    const telemetry = createTelemetry();
    const text = await telemetry.expose();
    telemetry.close();
    for (const { expr } of rules) for (const [name] of expr.matchAll(/foreshock_[a-z_]+/g)) expect(text).toContain(`# TYPE ${name} `);
  });
});
