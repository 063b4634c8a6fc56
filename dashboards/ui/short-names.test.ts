import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixtureState } from '../../test/page-fixture.ts';
import { serviceNamesOf, shortNames } from './short-names.ts';

describe('names of services on their own', () => {
  it.each([
    ['drops the namespace while nobody shares the name', ['pay/gateway', 'pay/ledger'], 'pay/gateway', 'gateway'],
    ['keeps both whole when two namespaces share the name', ['pay/gateway', 'lend/gateway'], 'lend/gateway', 'lend/gateway'],
    ['keeps the namespace next to a service without one', ['pay/gateway', 'gateway'], 'pay/gateway', 'pay/gateway'],
    ['drops all that stands before the last slash', ['bank/pay/gateway'], 'bank/pay/gateway', 'gateway'],
    ['is not confused by a name said twice', ['pay/gateway', 'pay/gateway'], 'pay/gateway', 'gateway'],
    ['leaves a name without a namespace alone', ['ledger'], 'ledger', 'ledger'],
    ['never leaves an empty name', ['pay/'], 'pay/', 'pay/'],
    ['shortens a name nobody listed', ['pay/ledger'], 'pay/gateway', 'gateway'],
    ['keeps a name nobody listed whole when its short form is taken', ['pay/gateway'], 'lend/gateway', 'lend/gateway'],
  ])('%s', (_told, known, name, shown) => {
    expect(shortNames(known)(name)).toBe(shown);
  });

  it('never shows two services by the same name', () => {
    const part = fc.constantFrom('', 'a', 'b', 'gateway');
    const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), (names) => {
        expect(new Set(names.map(shortNames(names))).size).toBe(names.length);
      }),
    );
  });

  it('knows the services of cards, graph, budgets, changes and incidents', () => {
    const names = serviceNamesOf(fixtureState({ scenario: 'incident', step: 1_763_808_000 }));
    expect(names).toEqual(expect.arrayContaining(['gateway', 'ledger', 'psp-north', 'router']));
  });
});
