import { describe, expect, it } from 'vitest';
import { type ClosedStep, createSignalTable, type SignalKind, type SignalScope } from '../../../core/signal.ts';
import { createDraws } from './draws.ts';
import { type Effect, effectOf } from './effects.ts';
import { createBreakdown } from './recorded-breakdown.ts';
import { recordedServicesOf } from './recorded-services.ts';

/** A gateway that calls a ledger twice a payment; a fifth of the payments go by card. */
const CARD = { rail: 'card' };
const ROWS: readonly [service: string, name: string, kind: SignalKind, scope: SignalScope, value: number, weight: number][] = [
  ['gateway', 'requests', 'rate', { kind: 'service' }, 100, 1],
  ['gateway', 'requests', 'rate', { kind: 'slice', slice: CARD }, 20, 1],
  ['gateway', 'requests', 'rate', { kind: 'edge', callee: 'ledger' }, 200, 1],
  ['gateway', 'errors', 'ratio', { kind: 'service' }, 0, 100],
  ['gateway', 'errors', 'ratio', { kind: 'edge', callee: 'ledger' }, 0, 200],
  ['gateway', 'duration', 'duration', { kind: 'service' }, Math.log(0.1), 100],
  ['gateway', 'duration_p50', 'gauge', { kind: 'service' }, 0.1, 100],
  ['gateway', 'duration_p95', 'gauge', { kind: 'service' }, 0.15, 100],
  ['gateway', 'declined', 'ratio', { kind: 'service' }, 0, 100],
  ['gateway', 'declined', 'ratio', { kind: 'slice', slice: CARD }, 0, 20],
  ['gateway', 'declined', 'ratio', { kind: 'slice', slice: { rail: 'transfer' } }, 0, 80],
  ['gateway', 'slo:payments', 'ratio', { kind: 'service' }, 0, 100],
  ['ledger', 'requests', 'rate', { kind: 'service' }, 200, 1],
  ['ledger', 'errors', 'ratio', { kind: 'service' }, 0, 200],
  ['ledger', 'duration', 'duration', { kind: 'service' }, Math.log(0.02), 200],
  ['ledger', 'self_duration', 'duration', { kind: 'service' }, Math.log(0.02), 200],
];

const TABLE = createSignalTable();
const IDS = ROWS.map(([service, name, kind, scope]) => TABLE.register({ tenant: 'default', service, name, scope }, kind, '1', 'none').id);
const stepAt = (index: number): ClosedStep => ({
  index,
  startsAt: index,
  endsAt: index + 1,
  length: ROWS.length,
  signal: Uint32Array.from(IDS),
  value: Float64Array.from(ROWS, ([, , , , value]) => value),
  weight: Float64Array.from(ROWS, ([, , , , , weight]) => weight),
});

const seenWith = (effect: Partial<Effect>, index = 20) => {
  const services = recordedServicesOf(TABLE.all(), [stepAt(0)]);
  if (services === undefined) throw new Error('a gateway with an objective is an entry');
  const breakIt = createBreakdown(
    TABLE.all(),
    services,
    [CARD],
    effectOf({ what: 'a fault', from: 20, to: 30, ...effect }),
    createDraws(1),
  );
  const step = breakIt(stepAt(index));
  return (service: string, name: string, scope: SignalScope = { kind: 'service' }): { readonly value: number; readonly weight: number } => {
    const row = ROWS.findIndex((known) => known[0] === service && known[1] === name && JSON.stringify(known[3]) === JSON.stringify(scope));
    return { value: step.value[row] as number, weight: step.weight[row] as number };
  };
};

describe('a recorded step', () => {
  it('knows its entry and what is called from there, callees first', () => {
    expect(recordedServicesOf(TABLE.all(), [stepAt(0)])).toMatchObject({ entry: 'gateway', reached: ['ledger', 'gateway'] });
  });

  it('stays as it is before a fault and after it', () => {
    for (const index of [19, 30]) {
      const seen = seenWith({ service: 'ledger', errors: 1 }, index);
      expect(seen('ledger', 'errors').value).toBe(0);
    }
  });

  it('fails where a service fails, and at its callers as far as they pass it on', () => {
    const seen = seenWith({ service: 'ledger', errors: 0.4 });
    expect(seen('ledger', 'errors').value).toBeCloseTo(0.4, 1);
    expect(seen('gateway', 'errors', { kind: 'edge', callee: 'ledger' }).value).toBeCloseTo(0.4, 1);
    // Two calls a payment, half of the failures passed on: of a hundred payments some forty fail, give or take fifteen.
    expect(Math.abs(seen('gateway', 'errors').value - 0.4)).toBeLessThan(0.15);
    expect(Math.abs(seen('gateway', 'slo:payments').value - 0.4)).toBeLessThan(0.15);
  });

  it('takes as much longer at the callers as the slow callee takes, once a call', () => {
    const seen = seenWith({ service: 'ledger', latency: Math.log(3) });
    expect(Math.exp(seen('ledger', 'duration').value)).toBeCloseTo(0.06, 9);
    expect(Math.exp(seen('gateway', 'duration').value)).toBeCloseTo(0.18, 9);
    expect(seen('gateway', 'duration_p50').value).toBeCloseTo(0.18, 9);
    expect(seen('gateway', 'slo:payments').value).toBeLessThan(0.05);
    expect(seenWith({ service: 'ledger', latency: Math.log(60) })('gateway', 'slo:payments').value).toBeGreaterThan(0.95);
  });

  it('declines the slice that is hit, not its sibling, and the whole by its share', () => {
    const seen = seenWith({ service: 'gateway', slice: { place: 0, declined: 0.8 } });
    expect(seen('gateway', 'declined', { kind: 'slice', slice: CARD }).value).toBeGreaterThan(0.5);
    expect(seen('gateway', 'declined', { kind: 'slice', slice: { rail: 'transfer' } }).value).toBe(0);
    expect(Math.abs(seen('gateway', 'declined').value - 0.16)).toBeLessThan(0.1);
  });

  it('loses requests, and with them the events its shares are made of', () => {
    const seen = seenWith({ service: 'gateway', traffic: Math.log(0.25) });
    expect(seen('gateway', 'requests').value).toBeLessThan(45);
    expect(seen('gateway', 'errors').weight).toBe(25);
    expect(seen('ledger', 'requests').value).toBeLessThan(80);
  });
});
