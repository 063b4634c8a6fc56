import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { incident } from '../notify/message.fixture.ts';
import { createTelemetry, SIGNALS_SHOWN, type SignalReading, type Telemetry } from './telemetry.ts';

let telemetry: Telemetry;
beforeEach(() => {
  telemetry = createTelemetry();
});
afterEach(() => telemetry.close());

const lines = async (name: string): Promise<readonly string[]> =>
  (await telemetry.expose())
    .split('\n')
    .filter((line) => line.startsWith(`foreshock_${name}{`) || line.startsWith(`foreshock_${name} `))
    .sort();

const empty = { accepted: 0, rejected: {}, refused: {} };
const quiet = { requests: empty, spans: empty, events: empty, redelivered: 0 };
const reading = (service: string, name: string, change: Partial<SignalReading> = {}): SignalReading => ({
  signal: { service, name, scope: { kind: 'service' } },
  observed: 120,
  expected: 100,
  lower: 80,
  upper: 130,
  ...change,
});

describe('the metrics of the agent', () => {
  it('show cost in its currency, and leave out what is not known', async () => {
    telemetry.setCost({
      currency: 'EUR',
      monthToDate: 12.5,
      budget: Number.NaN,
      hourly: [
        { service: 'gateway', cost: 0.12 },
        { service: 'risk', cost: Number.NaN },
      ],
    });
    expect(await lines('cost_month_to_date')).toEqual(['foreshock_cost_month_to_date{currency="EUR"} 12.5']);
    expect(await lines('cost_budget')).toEqual([]);
    expect(await lines('cost_hourly')).toEqual(['foreshock_cost_hourly{service="gateway",currency="EUR"} 0.12']);
  });

  it('follow the totals of the ledger, and go on counting when the ledger begins anew', async () => {
    telemetry.setIntake({ ...quiet, data_points: { accepted: 10, rejected: { nan_value: 2 }, refused: {} } });
    telemetry.setIntake({
      ...quiet,
      data_points: { accepted: 25, rejected: { nan_value: 2 }, refused: { overload: 1 } },
    });
    telemetry.setIntake({ ...quiet, data_points: { accepted: 5, rejected: {}, refused: {} } });
    expect(await lines('ingest_accepted_total')).toContain('foreshock_ingest_accepted_total{kind="data_points"} 30');
    expect(await lines('ingest_rejected_total')).toEqual(['foreshock_ingest_rejected_total{kind="data_points",reason="nan_value"} 2']);
    expect(await lines('ingest_refused_total')).toEqual(['foreshock_ingest_refused_total{kind="data_points",reason="overload"} 1']);
  });

  it('forget what is no longer true instead of repeating it', async () => {
    telemetry.setFindings([
      { service: 'ledger', detector: 'seasonal' },
      { service: 'ledger', detector: 'seasonal' },
    ]);
    expect(await lines('findings_open')).toEqual(['foreshock_findings_open{service="ledger",detector="seasonal"} 2']);
    telemetry.setFindings([]);
    expect(await lines('findings_open')).toEqual([]);
    telemetry.setSignals([reading('ledger', 'errors')]);
    telemetry.setSignals([]);
    expect(await lines('signal_observed')).toEqual([]);
  });

  it('say for each reason whether it keeps the agent from being ready, so that an alert can name it', async () => {
    telemetry.setUnready(['decision-log-unavailable']);
    expect(await lines('unready')).toContain('foreshock_unready{reason="decision-log-unavailable"} 1');
    telemetry.setUnready([]);
    const now = await lines('unready');
    expect(now).toHaveLength(6);
    expect(now.every((line) => line.endsWith(' 0'))).toBe(true);
  });

  it('show no value where there is none', async () => {
    telemetry.setSignals([reading('ledger', 'errors', { expected: Number.NaN })]);
    telemetry.setScaling([
      {
        target: 'process/gateway',
        load: Number.NaN,
        desired: 3,
        replicas: { ordered: 2, ready: Number.NaN },
        forecast: [{ quantile: 0.9, load: 400 }],
      },
    ]);
    expect(await lines('signal_expected')).toEqual([]);
    expect(await lines('signal_upper')).toEqual(['foreshock_signal_upper{service="ledger",signal="errors",scope="service"} 130']);
    expect(await lines('load')).toEqual([]);
    expect(await lines('replicas')).toEqual(['foreshock_replicas{target="process/gateway",state="ordered"} 2']);
    expect(await lines('forecast_load')).toEqual(['foreshock_forecast_load{target="process/gateway",quantile="0.9"} 400']);
  });

  it('keep their number bounded, and say how many signals they leave out', async () => {
    const many = Array.from({ length: SIGNALS_SHOWN + 7 }, (_, index) => reading(`service-${index}`, 'requests'));
    const slice: SignalReading = {
      ...reading('a', 'errors'),
      signal: { service: 'a', name: 'errors', scope: { kind: 'slice', slice: { provider: 'p' } } },
    };
    telemetry.setSignals([...many, slice]);
    expect((await lines('signal_observed')).length).toBe(SIGNALS_SHOWN);
    expect(await lines('signals_unshown')).toEqual(['foreshock_signals_unshown 8']);
  });

  it('escape hostile names', async () => {
    telemetry.setFindings([{ service: 'a"} 1\nforged 2', detector: 'x' }]);
    const text = await telemetry.expose();
    expect(text.split('\n').some((line) => line.startsWith('forged'))).toBe(false);
  });

  it('count pages, silences, steps, incidents and deliveries', async () => {
    telemetry.stepClosed({ lateTotal: 3 });
    telemetry.stepClosed({ lateTotal: 4 });
    telemetry.paged();
    telemetry.suppressed('no-harm');
    telemetry.observeStepToFinding(0.02);
    telemetry.setIncidents([incident({ severity: 'critical' })]);
    telemetry.setNotifiers([{ notifier: 'hook', delivered: 2, retried: 5, repeated: 3, givenUp: 1, pending: 1 }]);
    telemetry.setDecisionLogSequence(44);
    expect(await lines('steps_closed_total')).toEqual(['foreshock_steps_closed_total 2']);
    expect(await lines('late_total')).toEqual(['foreshock_late_total 4']);
    expect(await lines('pages_total')).toEqual(['foreshock_pages_total 1']);
    expect(await lines('suppressed_total')).toEqual(['foreshock_suppressed_total{reason="no-harm"} 1']);
    expect(await lines('step_to_finding_seconds_count')).toEqual(['foreshock_step_to_finding_seconds_count 1']);
    expect(await lines('incidents_open')).toEqual([
      'foreshock_incidents_open{severity="critical"} 1',
      'foreshock_incidents_open{severity="warning"} 0',
    ]);
    expect(await lines('notifications_total')).toEqual([
      'foreshock_notifications_total{notifier="hook",outcome="delivered"} 2',
      'foreshock_notifications_total{notifier="hook",outcome="given-up"} 1',
      'foreshock_notifications_total{notifier="hook",outcome="repeated"} 3',
      'foreshock_notifications_total{notifier="hook",outcome="retried"} 5',
    ]);
    expect(await lines('decision_log_sequence')).toEqual(['foreshock_decision_log_sequence 44']);
    expect((await lines('event_loop_lag_seconds')).length).toBe(1);
    expect(telemetry.eventLoopLagSeconds()).toBeGreaterThanOrEqual(0);
    expect((await lines('process_cpu_seconds_total')).length).toBe(1);
  });

  it('stand each with a help text under one prefix', async () => {
    const text = await telemetry.expose();
    const types = text.split('\n').filter((line) => line.startsWith('# TYPE '));
    expect(types.length).toBeGreaterThan(20);
    for (const line of types) expect(line).toMatch(/^# TYPE foreshock_/);
  });

  it('name the open incidents and the newest of the resolved, thirty at most, with hostile titles as the text they are', async () => {
    const resolved = Array.from({ length: 40 }, (_, i) =>
      incident({ id: `over-${i}`, state: 'resolved', startedAt: i * 1_000, resolvedAt: i * 1_000 + 500, because: 'quiet' }),
    );
    telemetry.setIncidents([...resolved, incident({ id: 'open', title: 'a"} forged_metric 1\nforged_metric 2' })]);
    const named = await lines('incident_started_seconds');
    expect(named).toHaveLength(30);
    expect(named.filter((line) => line.includes('incident="over-39"'))).toHaveLength(1);
    expect(named.some((line) => line.includes('incident="over-5"'))).toBe(false);
    const [open] = named.filter((line) => line.includes('incident="open"'));
    expect(open).toContain('suspect="psp-north / birch",decision="01kjd0000000000007"');
    expect((await telemetry.expose()).split('\n').some((line) => line.startsWith('forged'))).toBe(false);
  });

  it('show budget and burn of an objective once they are measured', async () => {
    telemetry.setObjectives([
      { name: 'payments', service: 'gateway', budgetRemaining: 0.4, burn: 2 },
      { name: 'young', service: 'gateway', budgetRemaining: null, burn: null },
    ]);
    expect(await lines('slo_budget_remaining_ratio')).toEqual([
      'foreshock_slo_budget_remaining_ratio{objective="payments",service="gateway"} 0.4',
    ]);
    expect(await lines('slo_burn_rate')).toEqual(['foreshock_slo_burn_rate{objective="payments",service="gateway"} 2']);
  });

  it('count models by health, and name those of services that wake nobody', async () => {
    const since = 1_763_600_400_000;
    const signal = (name: string, kind: 'service' | 'operation') => ({
      service: 'ledger',
      name,
      scope: kind === 'service' ? { kind } : { kind, operation: 'GET /x' },
    });
    telemetry.setModels({
      warmingUp: 3,
      calibrated: 40,
      outOfCalibration: [
        { signal: signal('duration', 'service'), since },
        { signal: signal('errors', 'operation'), since },
      ],
    });
    expect(await lines('models')).toEqual([
      'foreshock_models{health="calibrated"} 40',
      'foreshock_models{health="out-of-calibration"} 2',
      'foreshock_models{health="warming-up"} 3',
    ]);
    expect(await lines('model_out_of_calibration_since_seconds')).toEqual([
      'foreshock_model_out_of_calibration_since_seconds{service="ledger",signal="duration"} 1763600400',
    ]);
  });
});
