import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelKey, type SignalScope } from '../../core/signal.ts';
import { fixtureState } from '../../test/page-fixture.ts';
import { scopeOfKey, scopeText, symptomFinding } from './evidence.ts';

const incident = fixtureState({ scenario: 'incident', step: 1_763_808_000 }).incidents[0];
if (incident === undefined) throw new Error('the fixture has no incident');
const [cause] = incident.findings;
if (cause === undefined) throw new Error('the incident has no finding');

describe('the finding at the head of an incident', () => {
  it('is that of the service whose users are hurt, though another is stronger', () => {
    expect(symptomFinding(incident)).toMatchObject({ service: 'gateway', name: 'slo:payments' });
  });

  it('is a harmful one though a harmless one comes first', () => {
    const of = (name: string, harmful: boolean) => ({ ...cause, service: 'gateway', name, harmful });
    const findings = [cause, of('gap', false), of('errors', true)];
    expect(symptomFinding({ symptomService: 'gateway', findings })?.name).toBe('errors');
    expect(symptomFinding({ symptomService: 'gateway', findings: findings.slice(0, 2) })?.name).toBe('gap');
  });

  it('is the strongest when the hurt service has none', () => {
    expect(symptomFinding({ ...incident, symptomService: 'ledger' })).toBe(cause);
    expect(symptomFinding({ symptomService: 'ledger', findings: [] })).toBeUndefined();
  });
});

const keyOf = (scope: SignalScope): string => modelKey({ tenant: 'default', service: 'pay/gateway', name: 'errors', scope });

describe('the part of a service a signal speaks of', () => {
  const text = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('a|b', '50%', 'x=y', 'p,q', '%7c', 'a:b'));
  const pairs = fc.dictionary(
    text.filter((name) => name !== '__proto__'),
    text,
    { minKeys: 1, maxKeys: 3, noNullPrototype: true },
  );

  it('is read back from any model key', () => {
    const scopes: fc.Arbitrary<SignalScope> = fc.oneof(
      fc.constant({ kind: 'service' } as const),
      text.map((operation) => ({ kind: 'operation', operation }) as const),
      text.map((callee) => ({ kind: 'edge', callee }) as const),
      pairs.map((slice) => ({ kind: 'slice', slice }) as const),
      pairs.map((attributes) => ({ kind: 'resource', attributes }) as const),
    );
    fc.assert(
      fc.property(scopes, (scope) => {
        expect(scopeOfKey(keyOf(scope))).toEqual(scope);
      }),
    );
  });

  it.each(['', 'nonsense', 'a|b|c', 'a|b|c|', 'a|b|c|other:d'])('is the whole service for the key %j', (key) => {
    expect(scopeOfKey(key)).toEqual({ kind: 'service' });
  });

  it.each<readonly [SignalScope, string]>([
    [{ kind: 'service' }, ''],
    [{ kind: 'operation', operation: 'POST /payments' }, 'POST /payments'],
    [{ kind: 'edge', callee: 'pay/risk' }, '→ PAY/RISK'],
    [
      { kind: 'slice', slice: { 'payment.issuer': 'birch', 'payment.provider': 'psp-south' } },
      'payment.issuer=birch, payment.provider=psp-south',
    ],
    [{ kind: 'resource', attributes: {} }, ''],
  ])('reads %j as %j', (scope, shown) => {
    expect(scopeText(scope, (name) => name.toUpperCase())).toBe(shown);
  });
});
