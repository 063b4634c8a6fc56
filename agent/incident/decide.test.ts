import { describe, expect, it } from 'vitest';
import type { ServiceGraph } from '../../core/graph.ts';
import { modelKey } from '../../core/signal.ts';
import type { Finding } from '../../detectors/finding.ts';
import type { SignalEvidence } from '../rootcause/evidence.ts';
import { decideIncident, type IncidentInput } from './decide.ts';

const NOW = 1_700_000_000_000;
const graph: ServiceGraph = {
  services: ['gateway', 'ledger', 'risk', 'router'],
  edges: ['ledger', 'risk', 'router'].map((callee) => ({ caller: 'gateway', callee, rate: 10, inferred: false })),
};

const finding = (service: string, name: string, more: Partial<Finding> = {}): Finding => ({
  detector: 'seasonal',
  signal: modelKey({ tenant: 'default', service, name, scope: { kind: 'service' } }),
  tenant: 'default',
  service,
  name,
  at: NOW,
  since: NOW - 8_000,
  direction: 'rise',
  harmful: true,
  harm: 'rise',
  observed: 0.4,
  expected: 0.15,
  lower: 0.12,
  upper: 0.19,
  unit: 's',
  pValue: 1e-6,
  evidence: 9,
  contributions: [],
  because: `${name} of ${service} rose`,
  ...more,
});

const own = (service: string, observed: number, evidence: number): SignalEvidence => ({
  key: modelKey({ tenant: 'default', service, name: 'self_duration', scope: { kind: 'service' } }),
  service,
  name: 'self_duration',
  kind: 'duration',
  scope: { kind: 'service' },
  unit: 's',
  observed,
  expected: 0.01,
  events: 100,
  evidence,
  direction: 'rise',
  since: NOW - 8_000,
});

const input = (more: Partial<IncidentInput> = {}): IncidentInput => ({
  now: NOW,
  incidentId: 'inc-1',
  startedAt: NOW - 8_000,
  findings: [finding('gateway', 'duration')],
  evidence: [own('gateway', 0.2, 9)],
  graph,
  silent: [],
  changes: [],
  scaling: [],
  policy: { stepMs: 1000, leastSteps: 3, changeWindowMs: 60_000, onsetToleranceMs: 3_000 },
  ...more,
});

const termsOf = (...values: readonly number[]): Finding['contributions'] =>
  values.map((value, place) => ({ name: `step ${place}`, value }));

describe('what is no longer there when somebody would be told', () => {
  it('is a fall of traffic that has gone above its band since: the late data have come', () => {
    const fall = finding('gateway', 'requests', {
      direction: 'fall',
      harm: 'fall',
      observed: 28,
      expected: 20,
      lower: 15,
      upper: 27,
      unit: '1/s',
    });
    expect(decideIncident(input({ findings: [fall] }))).toMatchObject({ action: 'suppress', reason: 'receding' });
    expect(decideIncident(input({ findings: [{ ...fall, observed: 8 }] }))).toMatchObject({ action: 'page' });
  });

  it('is a burst of errors of one client, once steps without errors follow', () => {
    const errors = (...terms: readonly number[]): Finding =>
      finding('gateway', 'errors', { observed: 0.01, expected: 0.01, lower: 0, upper: 0.05, unit: '1', contributions: termsOf(...terms) });
    expect(decideIncident(input({ findings: [errors(3, 3, 3, -0.7)] }))).toMatchObject({ action: 'suppress', reason: 'receding' });
    expect(decideIncident(input({ findings: [errors(3, 3, -0.7, -0.7, -0.7, 0.1)] }))).toMatchObject({
      action: 'suppress',
      reason: 'receding',
    });
    // A few events a step: harm that lasts jumps in and out of its band.
    expect(decideIncident(input({ findings: [errors(3, 2, -0.7, 3)] }))).toMatchObject({ action: 'page' });
  });
});

describe('a model out of calibration', () => {
  const doubted = finding('gateway', 'duration', { distrust: 'out of calibration since 2026-11-20 04:00 UTC: 640 runs beyond its limit' });

  it('wakes nobody, and says so', () => {
    expect(decideIncident(input({ findings: [doubted] }))).toMatchObject({
      action: 'suppress',
      reason: 'out-of-calibration',
      because: 'not paged: model of latency of gateway out of calibration since 2026-11-20 04:00 UTC: 640 runs beyond its limit',
    });
  });

  it('stands beside one that is believed, which wakes somebody and is the symptom', () => {
    const errors = finding('ledger', 'errors', { unit: '1', observed: 0.3, expected: 0.01, lower: 0, upper: 0.03, evidence: 5 });
    expect(decideIncident(input({ findings: [doubted, errors] }))).toMatchObject({ action: 'page', symptomService: 'ledger' });
  });
});

describe('a slow service at the end of a chain', () => {
  it('is told of: callers that wait for it are not slow themselves, and it is not the machine they share', () => {
    const whole = (service: string): SignalEvidence => ({ ...own(service, 0.4, 9), name: 'duration', key: `default|${service}|duration|` });
    const evidence = [
      own('risk', 0.3, 9),
      ...['ledger', 'router', 'gateway'].map((service) => own(service, 0.01, 0.3)),
      ...['risk', 'router', 'gateway'].map(whole),
    ];
    expect(decideIncident(input({ evidence }))).toMatchObject({ action: 'page' });
    const all = ['risk', 'ledger', 'router', 'gateway'].map((service) => own(service, 0.3, 9));
    expect(decideIncident(input({ evidence: all }))).toMatchObject({ action: 'suppress', reason: 'host-wide' });
  });
});

describe('a rollout', () => {
  const policy = { stepMs: 1_000, leastSteps: 3, rolloutSteps: 20, changeWindowMs: 60_000, onsetToleranceMs: 3_000 };
  const rollout = {
    id: 'r',
    at: NOW - 9_000,
    tenant: 'default',
    kind: 'deploy',
    service: 'gateway',
    summary: '2.0',
    attributes: {},
    source: 'api',
  } as const;

  it('gives its own slowness time to warm up, and neither errors nor the slowness of others', () => {
    expect(decideIncident(input({ policy, changes: [rollout] }))).toMatchObject({ action: 'suppress', reason: 'too-young' });
    expect(decideIncident(input({ policy, changes: [rollout], startedAt: NOW - 20_000 }))).toMatchObject({ action: 'page' });
    expect(decideIncident(input({ policy, changes: [{ ...rollout, service: 'ledger' }] }))).toMatchObject({ action: 'page' });
    const errors = finding('gateway', 'errors', { unit: '1', observed: 0.2, expected: 0.01 });
    expect(decideIncident(input({ policy, changes: [rollout], findings: [finding('gateway', 'duration'), errors] }))).toMatchObject({
      action: 'page',
    });
  });
});

describe('an outright failure', () => {
  const policy = { stepMs: 1_000, leastSteps: 8, changeWindowMs: 60_000, onsetToleranceMs: 3_000 };
  const failing = (observed: number): IncidentInput =>
    input({
      policy,
      startedAt: NOW - 2_000,
      findings: [finding('gateway', 'errors', { observed, expected: 0.002, lower: 0, upper: 0.02, unit: '1' })],
    });

  it('is told after two steps, a share of errors only after the second look', () => {
    expect(decideIncident(failing(1))).toMatchObject({ action: 'page' });
    expect(decideIncident(failing(0.2))).toMatchObject({ action: 'suppress', reason: 'too-young', because: '2 of 8 steps of evidence' });
  });
});

describe('deciding whether to tell a person', () => {
  it('pages when users are hurt, naming what was expected and seen', () => {
    const decision = decideIncident(input());
    expect(decision).toMatchObject({ action: 'page', severity: 'critical', symptomService: 'gateway' });
    expect(decision.title).toContain('400 ms, expected 120 ms to 190 ms');
  });

  it('says under the first suspect what the latency of the symptom is made of', () => {
    const graphOf = (ledger: number): NonNullable<IncidentInput['callTimes']>['current'] => ({
      services: [
        { service: 'gateway', requests: 10, seconds: 10 * (0.03 + ledger), ownSeconds: 0.2 },
        { service: 'ledger', requests: 10, seconds: 10 * ledger, ownSeconds: 10 * ledger },
      ],
      calls: [{ caller: 'gateway', callee: 'ledger', calls: 10, seconds: 10 * (0.01 + ledger), answeredSeconds: 10 * ledger }],
    });
    const evidence = [own('ledger', 0.6, 9)];
    const plain = decideIncident(input({ evidence }));
    const decision = decideIncident(input({ evidence, callTimes: { reference: graphOf(0.1), current: graphOf(0.6) } }));
    expect(decision.suspects[0]?.because).toEqual([
      plain.suspects[0]?.because[0],
      'of +500 ms at gateway: 100 % ledger own time',
      ...(plain.suspects[0]?.because.slice(1) ?? []),
    ]);
    expect({ ...decision, suspects: [] }).toEqual({ ...plain, suspects: [] });
  });

  it('stays quiet about a rise in traffic alone', () => {
    const traffic = finding('gateway', 'requests', { harmful: false, unit: '/s' });
    expect(decideIncident(input({ findings: [traffic] }))).toMatchObject({ action: 'suppress', reason: 'no-harm' });
  });

  it('takes a second look before it wakes anybody', () => {
    expect(decideIncident(input({ startedAt: NOW - 1_000 }))).toMatchObject({ action: 'suppress', reason: 'too-young' });
  });

  it('waits while ordered replicas become ready, and pages when they are late', () => {
    const scaling = [{ service: 'gateway', load: 60, readyCapacity: 36, desired: 6, ready: 3, leadMs: 5_000 }];
    expect(decideIncident(input({ scaling }))).toMatchObject({ action: 'suppress', reason: 'scaling-in-progress' });
    expect(decideIncident(input({ scaling, startedAt: NOW - 30_000 }))).toMatchObject({ action: 'page' });
  });

  it('does not let scaling excuse a slow dependency', () => {
    const scaling = [{ service: 'gateway', load: 60, readyCapacity: 36, desired: 6, ready: 3, leadMs: 5_000 }];
    expect(decideIncident(input({ scaling, evidence: [own('gateway', 0.2, 9), own('ledger', 0.1, 9)] })).action).toBe('page');
  });

  it('does not page when every service on the host slows down together, unless the objective burns', () => {
    const evidence = ['gateway', 'ledger', 'risk', 'router'].map((service) => own(service, 0.03, 4));
    expect(decideIncident(input({ evidence }))).toMatchObject({ action: 'suppress', reason: 'host-wide' });
    const burning = finding('gateway', 'slo:latency', { detector: 'burn-rate', unit: '1' });
    expect(decideIncident(input({ evidence, findings: [finding('gateway', 'duration'), burning] })).action).toBe('page');
  });

  it('wakes nobody for what is back within its band', () => {
    expect(decideIncident(input({ findings: [finding('gateway', 'duration', { observed: 0.18 })] }))).toMatchObject({
      action: 'suppress',
      reason: 'receding',
    });
  });

  it('is a function of its input alone', () => {
    const once = input();
    expect(JSON.stringify(decideIncident(once))).toBe(JSON.stringify(decideIncident(JSON.parse(JSON.stringify(once)) as IncidentInput)));
  });

  it('excuses full queues of a service that is being scaled, and never declines', () => {
    const scaling = [{ service: 'gateway', load: 60, readyCapacity: 36, desired: 6, ready: 3, leadMs: 5_000 }];
    const full = finding('gateway', 'errors', { unit: '1', observed: 0.2, expected: 0, lower: 0, upper: 0.05 });
    expect(decideIncident(input({ scaling, findings: [finding('gateway', 'duration'), full] })).reason).toBe('scaling-in-progress');
    const declined = finding('gateway', 'declined', { unit: '1', observed: 0.9, expected: 0.05, lower: 0, upper: 0.4 });
    expect(decideIncident(input({ scaling, findings: [declined] })).action).toBe('page');
  });

  it('says in the title what was seen since the onset, not in the last step alone', () => {
    const declined = finding('gateway', 'declined', { unit: '1', observed: 0, expected: 0.05, lower: 0, upper: 0.9 });
    const since: SignalEvidence = {
      ...own('gateway', 0.38, 9),
      key: declined.signal,
      name: 'declined',
      kind: 'ratio',
      unit: '1',
      expected: 0.046,
    };
    expect(decideIncident(input({ findings: [declined], evidence: [since] })).title).toContain('declined payments 38 %, expected 4.6 %');
  });
});
