import { describe, expect, it } from 'vitest';
import { DECLINED_SHARE, FAILED_SHARE, OUTCOME, PAYMENTS, PROVIDER, RAIL } from '../../core/business.ts';
import { modelKey, type SignalScope } from '../../core/signal.ts';
import { rankBusiness } from './business.ts';
import type { SignalEvidence } from './evidence.ts';

const SECONDS = 30;
const OUTCOMES: Readonly<Record<string, string>> = { [PAYMENTS]: 'approved', [DECLINED_SHARE]: 'declined', [FAILED_SHARE]: 'failed' };

/** `observed` and `expected` are payments a second, or shares of 300 payments. */
const evidence = (
  name: string,
  [rail, provider]: readonly [string, string],
  observed: number,
  expected: number,
  more: Partial<SignalEvidence> = {},
): SignalEvidence => {
  const scope: SignalScope = {
    kind: 'resource',
    attributes: { [RAIL]: rail, [PROVIDER]: provider, [OUTCOME]: OUTCOMES[name] as string },
  };
  const isRate = name === PAYMENTS;
  return {
    key: modelKey({ tenant: 'default', service: 'payments', name, scope }),
    service: 'payments',
    name,
    kind: isRate ? 'rate' : 'ratio',
    scope,
    unit: isRate ? '{payment}/s' : '1',
    observed,
    expected,
    events: isRate ? 0 : 300,
    ...(isRate ? { seconds: SECONDS } : {}),
    evidence: observed === expected ? 0 : 9,
    direction: observed >= expected ? 'rise' : 'fall',
    since: 0,
    ...more,
  };
};

const paymentsOf = (north: number, south: number, bank: number, more: Partial<SignalEvidence> = {}): readonly SignalEvidence[] => [
  evidence(PAYMENTS, ['card', 'north'], north, 10, more),
  evidence(PAYMENTS, ['card', 'south'], south, 10, more),
  evidence(PAYMENTS, ['sepa', 'bank'], bank, 10, more),
];
const labels = (items: readonly SignalEvidence[], name: Parameters<typeof rankBusiness>[1] = PAYMENTS): readonly string[] =>
  rankBusiness(items, name).map(({ label }) => label);

describe('counted payments as suspects', () => {
  it('name the one provider of a rail whose payments stopped', () => {
    const [first] = rankBusiness(paymentsOf(0, 10, 10), PAYMENTS);
    expect(first).toMatchObject({ kind: 'slice', service: 'payments', label: 'card / north', parts: { rail: 'card', provider: 'north' } });
    expect(first?.because).toEqual([
      expect.stringMatching(/^100 % \(\d\d % to 100 %\) of the missing approved payments fall on 33 % of the traffic$/),
      'missing 100 % of 300, expected 0.0 %',
    ]);
  });

  it('name the rail when all of its providers lost payments, and no provider of it', () => {
    expect(labels(paymentsOf(2, 2, 10))[0]).toBe('card');
  });

  it('name nobody when all fall alike, when they rise, or when nothing is odd enough to speak of', () => {
    expect(labels(paymentsOf(4, 4, 4))).toEqual([]);
    expect(labels(paymentsOf(30, 10, 10))).toEqual([]);
    expect(labels(paymentsOf(8, 10, 10, { evidence: 0.4 }))).toEqual([]);
  });

  it('say nothing where nothing was expected or observed', () => {
    expect(labels([evidence(PAYMENTS, ['card', 'north'], 0, 0)])).toEqual([]);
    expect(labels(paymentsOf(0, 10, 10, { seconds: 0 }))).toEqual([]);
    expect(labels([])).toEqual([]);
  });

  it.each([
    [DECLINED_SHARE, 'additional declined payments'],
    [FAILED_SHARE, 'additional failed payments'],
  ] as const)('name who holds what is more than usual of %s', (name, gathers) => {
    const [first, ...more] = rankBusiness(
      [
        evidence(name, ['card', 'north'], 0.05, 0.05),
        evidence(name, ['card', 'south'], 0.6, 0.05),
        evidence(name, ['sepa', 'bank'], 0.05, 0.05),
        evidence(PAYMENTS, ['card', 'north'], 0, 10),
      ],
      name,
    );
    expect(first?.label).toBe('card / south');
    expect(first?.because[0]).toMatch(new RegExp(`^100 % \\(\\d\\d % to 100 %\\) of the ${gathers} fall on 33 % of the traffic$`));
    expect(more.map(({ label }) => label)).not.toContain('card / north');
  });
});
