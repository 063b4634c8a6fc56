import { describe, expect, it } from 'vitest';
import type { ChangeEvent } from '../../core/change.ts';
import { modelKey } from '../../core/signal.ts';
import type { Finding } from '../../detectors/finding.ts';
import type { SignalEvidence } from '../rootcause/evidence.ts';
import { type DeskOutcome, type DeskTick, emptyDesk, workDesk } from './desk.ts';

const OPTIONS = {
  policy: { stepMs: 1000, leastSteps: 3, changeWindowMs: 20_000, onsetToleranceMs: 3_000 },
  quietSteps: 5,
  keep: 10,
};
const graph = {
  services: ['gateway', 'ledger', 'router'],
  edges: ['ledger', 'router'].map((callee) => ({ caller: 'gateway', callee, rate: 5, inferred: false })),
};

const keyOf = (service: string, name: string) => modelKey({ tenant: 'default', service, name, scope: { kind: 'service' } });

const finding = (service: string, name: string, second: number, since: number): Finding => ({
  detector: 'seasonal',
  signal: keyOf(service, name),
  tenant: 'default',
  service,
  name,
  at: 1000 * second,
  since: 1000 * since,
  direction: 'rise',
  harmful: true,
  harm: 'rise',
  observed: 0.4,
  expected: 0.1,
  lower: 0.08,
  upper: 0.14,
  unit: name === 'errors' ? '1' : 's',
  pValue: 1e-6,
  evidence: 9,
  contributions: [],
  because: `${name} of ${service} rose`,
});

const evidence = (service: string, name: string): SignalEvidence => ({
  key: keyOf(service, name),
  service,
  name,
  kind: name === 'origin_errors' ? 'ratio' : 'duration',
  scope: { kind: 'service' },
  unit: 's',
  observed: 0.4,
  expected: 0.1,
  events: 100,
  evidence: 9,
  direction: 'rise',
  since: 0,
});

const change = (id: string, second: number, service: string): ChangeEvent => ({
  id,
  at: 1000 * second,
  tenant: 'default',
  kind: 'deploy',
  service,
  summary: `${service} released`,
  attributes: {},
  source: 'api',
});

describe('the incident desk', () => {
  it('tells of a second cause as its own incident, with its own onset and the change before that one', () => {
    const onsets: number[] = [];
    let outcome: DeskOutcome = { desk: emptyDesk, pages: [], suppressions: [], resolved: [] };
    const pages: DeskOutcome['pages'][number][] = [];
    const resolved: string[] = [];
    const changes = [change('first', 98, 'ledger'), change('second', 140, 'router')];
    for (let second = 100; second < 160; second += 1) {
      const slow = finding('gateway', 'duration', second, 100);
      const failing = second >= 142 ? [finding('gateway', 'errors', second, 142)] : [];
      const tick: DeskTick = {
        now: 1000 * second,
        findings: [slow, ...failing],
        graph,
        silent: [],
        changes,
        scaling: [],
        evidenceSince(onset) {
          onsets.push(onset);
          return onset < 142_000 ? [evidence('ledger', 'self_duration')] : [evidence('router', 'origin_errors')];
        },
      };
      outcome = workDesk(outcome.desk, tick, OPTIONS);
      pages.push(...outcome.pages);
      resolved.push(...outcome.resolved.map(({ id }) => id));
    }
    expect(pages.map(({ decision }) => decision.suspects[0]?.label)).toEqual(['ledger', 'router']);
    expect(pages.map(({ decision }) => decision.suspects[0]?.change?.id)).toEqual(['first', 'second']);
    expect(pages.map(({ incident }) => incident.startedAt)).toEqual([100_000, 142_000]);
    expect(resolved).toEqual([pages[0]?.incident.id]);
  });

  it('tells nothing new of a gateway that queues behind the ledger it was told of', () => {
    let outcome: DeskOutcome = { desk: emptyDesk, pages: [], suppressions: [], resolved: [] };
    const told: (string | undefined)[] = [];
    for (let second = 100; second < 160; second += 1) {
      const slow = finding('ledger', 'duration', second, 100);
      const queueing = second >= 142 ? [finding('gateway', 'errors', second, 142)] : [];
      const tick: DeskTick = {
        now: 1000 * second,
        findings: [slow, ...queueing],
        graph,
        silent: [],
        changes: [],
        scaling: [],
        evidenceSince: (onset) => [evidence(onset < 142_000 ? 'ledger' : 'gateway', 'self_duration')],
      };
      outcome = workDesk(outcome.desk, tick, OPTIONS);
      told.push(...outcome.pages.map(({ decision }) => decision.suspects[0]?.label));
    }
    expect(told).toEqual(['ledger']);
  });

  it('dates declines from their own beginning although a queue began to drain before them', () => {
    let outcome: DeskOutcome = { desk: emptyDesk, pages: [], suppressions: [], resolved: [] };
    const pages: DeskOutcome['pages'][number][] = [];
    for (let second = 100; second < 160; second += 1) {
      const slow = finding('ledger', 'duration', second, 100);
      const draining = second >= 130 ? [finding('gateway', 'duration', second, 130)] : [];
      const declined = second >= 142 ? [{ ...finding('gateway', 'declined', second, 142), unit: '1' }] : [];
      const tick: DeskTick = {
        now: 1000 * second,
        findings: [slow, ...draining, ...declined],
        graph,
        silent: [],
        changes: [change('routing', 139, 'router')],
        scaling: [],
        evidenceSince: (onset) => [
          evidence(onset < 130_000 ? 'ledger' : 'gateway', 'self_duration'),
          ...(onset < 142_000
            ? []
            : ['birch', 'cedar', 'maple', 'willow'].map((issuer) => ({
                ...evidence('gateway', 'declined'),
                kind: 'ratio' as const,
                scope: { kind: 'slice' as const, slice: { 'payment.issuer': issuer } },
                observed: issuer === 'birch' ? 0.95 : 0.05,
                expected: 0.05,
              }))),
        ],
      };
      outcome = workDesk(outcome.desk, tick, OPTIONS);
      pages.push(...outcome.pages);
    }
    expect(pages.map(({ incident }) => incident.startedAt)).toEqual([100_000, 142_000]);
    expect(pages[1]?.decision.suspects[0]).toMatchObject({ label: 'birch', change: { id: 'routing' } });
  });
});
