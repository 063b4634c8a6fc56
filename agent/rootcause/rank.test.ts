import { describe, expect, it } from 'vitest';
import type { ChangeEvent } from '../../core/change.ts';
import type { ServiceGraph } from '../../core/graph.ts';
import { modelKey, type SignalScope } from '../../core/signal.ts';
import type { SignalEvidence } from './evidence.ts';
import { type RankInput, rankSuspects } from './rank.ts';

const NOW = 1_700_000_000_000;

const edge = (caller: string, callee: string) => ({ caller, callee, rate: 10, inferred: false });
const graph: ServiceGraph = {
  services: ['gateway', 'risk', 'router', 'psp-north', 'psp-south', 'ledger'],
  edges: [
    edge('gateway', 'risk'),
    edge('gateway', 'router'),
    edge('router', 'psp-north'),
    edge('router', 'psp-south'),
    edge('gateway', 'ledger'),
  ],
};

const evidence = (
  service: string,
  name: string,
  observed: number,
  expected: number,
  more: Partial<SignalEvidence> = {},
): SignalEvidence => {
  const scope: SignalScope = more.scope ?? { kind: 'service' };
  return {
    key: modelKey({ tenant: 'default', service, name, scope }),
    service,
    name,
    kind: name.includes('duration') || name === 'gap' ? 'duration' : 'ratio',
    scope,
    unit: name.includes('duration') || name === 'gap' ? 's' : '1',
    observed,
    expected,
    events: 200,
    evidence: observed > expected ? 8 : 0,
    direction: observed >= expected ? 'rise' : 'fall',
    since: NOW - 10_000,
    ...more,
  };
};

const rank = (items: readonly SignalEvidence[], changes: readonly ChangeEvent[] = [], silent: readonly string[] = []) => {
  const input: RankInput = {
    evidence: items,
    graph,
    silent,
    changes,
    startedAt: NOW - 10_000,
    changeWindowMs: 60_000,
    onsetToleranceMs: 3_000,
  };
  return rankSuspects(input);
};

const slice = (parts: Record<string, string>): SignalScope => ({ kind: 'slice', slice: parts });

describe('ranking suspects', () => {
  it('blames the ledger and not the gateway whose workers wait for it', () => {
    const ranked = rank([
      evidence('gateway', 'self_duration', 0.9, 0.05, { evidence: 30 }),
      evidence('ledger', 'self_duration', 0.12, 0.008, { evidence: 12 }),
    ]);
    expect(ranked[0]?.service).toBe('ledger');
    expect(ranked[0]?.because[0]).toContain('120 ms');
  });

  it('blames the provider whose errors begin there and not the callers that pass them on', () => {
    const ranked = rank([
      evidence('psp-north', 'origin_errors', 0.6, 0.001),
      evidence('router', 'errors', 0.3, 0.001),
      evidence('gateway', 'errors', 0.3, 0.001),
      evidence('gateway', 'self_duration', 0.08, 0.05, { evidence: 3 }),
    ]);
    expect(ranked[0]).toMatchObject({ kind: 'service', service: 'psp-north' });
  });

  it('blames the gateway itself when nothing below it moved', () => {
    expect(
      rank([evidence('gateway', 'self_duration', 0.9, 0.05), evidence('ledger', 'self_duration', 0.0081, 0.008, { evidence: 0.4 })])[0]
        ?.service,
    ).toBe('gateway');
  });

  it('names the narrow slice that holds the declines, with the routing change before it', () => {
    const quiet = { evidence: 0.2 };
    const change: ChangeEvent = {
      id: 'c1',
      at: NOW - 14_000,
      tenant: 'default',
      kind: 'routing',
      summary: 'birch moved to psp-south',
      attributes: { provider: 'psp-south', issuer: 'birch' },
      source: 'api',
    };
    const decoy: ChangeEvent = {
      ...change,
      id: 'c2',
      at: NOW - 11_000,
      kind: 'deploy',
      summary: 'risk 1.4.2',
      service: 'risk',
      attributes: {},
    };
    const ranked = rank(
      [
        evidence('gateway', 'declined', 0.95, 0.05, {
          scope: slice({ 'payment.provider': 'psp-south', 'payment.issuer': 'birch' }),
          events: 60,
        }),
        evidence('gateway', 'declined', 0.05, 0.05, {
          scope: slice({ 'payment.provider': 'psp-north', 'payment.issuer': 'birch' }),
          events: 20,
          ...quiet,
        }),
        evidence('gateway', 'declined', 0.05, 0.05, {
          scope: slice({ 'payment.provider': 'psp-south', 'payment.issuer': 'cedar' }),
          events: 90,
          ...quiet,
        }),
        evidence('gateway', 'declined', 0.05, 0.05, {
          scope: slice({ 'payment.provider': 'psp-north', 'payment.issuer': 'cedar' }),
          events: 130,
          ...quiet,
        }),
        evidence('gateway', 'declined', 0.72, 0.05, { scope: slice({ 'payment.issuer': 'birch' }), events: 80 }),
        evidence('gateway', 'declined', 0.05, 0.05, { scope: slice({ 'payment.issuer': 'cedar' }), events: 220, ...quiet }),
        evidence('psp-south', 'declined', 0.4, 0.05),
      ],
      [change, decoy],
    );
    expect(ranked[0]).toMatchObject({ kind: 'slice', parts: { provider: 'psp-south', issuer: 'birch' } });
    expect(ranked[0]?.change?.id).toBe('c1');
    expect(ranked[0]?.harmShare).toBeCloseTo(1, 2);
    expect(ranked[0]?.trafficShare).toBeCloseTo(0.2, 2);
  });

  it('does not blame a change that came long before the onset, or our own scaling', () => {
    const old: ChangeEvent = {
      id: 'old',
      at: NOW - 200_000,
      tenant: 'default',
      kind: 'deploy',
      service: 'ledger',
      summary: 'ledger 2.0',
      attributes: {},
      source: 'api',
    };
    const scale: ChangeEvent = { ...old, id: 'scale', at: NOW - 12_000, kind: 'scale' };
    expect(rank([evidence('ledger', 'self_duration', 0.12, 0.008)], [old, scale])[0]?.change).toBeUndefined();
  });

  it('charges a service that went silent while it is still called', () => {
    const ranked = rank([evidence('router', 'errors', 0.5, 0.001, { scope: { kind: 'edge', callee: 'psp-south' } })], [], ['psp-south']);
    expect(ranked[0]?.service).toBe('psp-south');
  });

  it('gives shares that sum to one and the same answer whatever the order of the evidence', () => {
    const items = [
      evidence('ledger', 'self_duration', 0.12, 0.008),
      evidence('risk', 'self_duration', 0.05, 0.015),
      evidence('psp-north', 'origin_errors', 0.2, 0.01),
    ];
    const ranked = rank(items);
    expect(ranked.reduce((sum, suspect) => sum + suspect.share, 0)).toBeCloseTo(1, 12);
    expect(rank([...items].reverse())).toEqual(ranked);
  });

  it('prefers provider and issuer together to the issuer alone when they hold the same harm', () => {
    // After a routing change nine in ten payments of the issuer go to the provider that declines them.
    const ranked = rank([
      evidence('gateway', 'declined', 0.86, 0.05, { scope: slice({ 'payment.issuer': 'cedar' }), events: 20 }),
      evidence('gateway', 'declined', 0.05, 0.05, { scope: slice({ 'payment.issuer': 'birch' }), events: 60, evidence: 0 }),
      evidence('gateway', 'declined', 0.95, 0.1, {
        scope: slice({ 'payment.provider': 'psp-north', 'payment.issuer': 'cedar' }),
        events: 18,
      }),
      evidence('gateway', 'declined', 0.08, 0.05, {
        scope: slice({ 'payment.provider': 'psp-south', 'payment.issuer': 'birch' }),
        events: 60,
        evidence: 0,
      }),
    ]);
    expect(ranked[0]?.parts).toEqual({ provider: 'psp-north', issuer: 'cedar' });
  });

  it('does not blame a slice that holds the most of a few errors by chance', () => {
    // Six of ten errors on a fifth of the traffic: one slice in twenty looks like this when nothing is wrong with any.
    const ranked = rank([
      evidence('gateway', 'errors', 0.3, 0, { scope: slice({ 'payment.rail': 'instant' }), events: 20 }),
      evidence('gateway', 'errors', 0.05, 0, { scope: slice({ 'payment.rail': 'card' }), events: 80 }),
      evidence('gateway', 'self_duration', 0.9, 0.05),
    ]);
    expect(ranked.map((suspect) => suspect.kind)).toEqual(['service']);
  });
});
