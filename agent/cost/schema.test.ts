import { describe, expect, it } from 'vitest';
import { parseConfig } from '../config/load.ts';
import { writtenCost } from './cost.fixture.ts';

const [list, contract] = writtenCost.prices as [object, object];

/** Told as a user sees it: with the line of the file. */
const problemsOf = (changes: object): string => {
  const parsed = parseConfig(JSON.stringify({ cost: { ...writtenCost, ...changes } }, null, 1), 'foreshock.yaml');
  return parsed.ok ? 'accepted' : parsed.error.message;
};

describe('a price book', () => {
  it('is accepted when every moment has one price', () => expect(problemsOf({})).toBe('accepted'));

  it.each([
    ['a price is negative', { prices: [{ ...list, cpuCoreHour: -0.04 }] }, 'cost.prices[0].cpuCoreHour', 'never negative'],
    ['a price is no number', { prices: [{ ...list, cpuCoreHour: 'cheap' }] }, 'cost.prices[0].cpuCoreHour', 'expected a decimal'],
    ['a price is NaN', { prices: [{ ...list, cpuCoreHour: 'NaN' }] }, 'cost.prices[0].cpuCoreHour', 'expected a decimal'],
    [
      'the price of a core is missing',
      { prices: [{ ...list, cpuCoreHour: undefined }] },
      'cost.prices[0]',
      '`cpuCoreHour`, which pay/gateway needs',
    ],
    ['the price of a node type is missing', { prices: [{ ...list, nodeHour: {} }] }, 'cost.prices[0]', '`nodeHour.large`'],
    ['the price of volumes is missing', { prices: [{ ...list, storageGibHour: undefined }] }, 'cost.prices[0]', '`storageGibHour`'],
    ['an entry is in another currency', { prices: [{ ...list, currency: 'USD' }] }, 'cost.prices[0].currency', 'USD is not EUR'],
    ['the currency does not exist', { currency: 'EURO' }, 'cost.currency', 'ISO 4217'],
    ['two entries overlap', { prices: [{ ...list, to: '2026-10-15' }, contract] }, 'cost.prices[1].from', 'overlaps `list`'],
    ['two entries leave a gap', { prices: [{ ...list, to: '2026-09-20' }, contract] }, 'cost.prices[1].from', 'leaves a gap'],
    ['entries are out of order', { prices: [contract, list] }, 'cost.prices[1].from', 'in the order of their days'],
    ['an entry ends before it begins', { prices: [{ ...list, to: '2026-08-01' }] }, 'cost.prices[0].to', 'before it begins'],
    ['a day does not exist', { prices: [{ ...list, from: '2026-02-30' }] }, 'cost.prices[0].from', 'a day like'],
    ['a budget is zero', { budgets: [{ month: '2026-10', amount: 0 }] }, 'cost.budgets[0].amount', 'budget of zero'],
    ['a month has two budgets', { budgets: [writtenCost.budgets[0], writtenCost.budgets[0]] }, 'cost.budgets[1].month', 'given twice'],
    [
      'a node has so little of a core that a share of it divides by zero',
      { nodeTypes: [{ name: 'large', cpuCores: 1e-9, memoryGib: 16 }] },
      'cost.nodeTypes[0].cpuCores',
      'expected 0.001 to 1,000,000',
    ],
    [
      'a replica requests more memory than any number of money',
      { services: [{ ...writtenCost.services[0], memoryGib: 1e303 }] },
      'cost.services[0].memoryGib',
      'expected 0.001 to 1,000,000',
    ],
    ['a node type is unknown', { nodeTypes: [] }, 'cost.services[1].nodeType', '`large` is not in `cost.nodeTypes`'],
    [
      'a target is not scaled',
      { services: [{ ...writtenCost.services[0], target: 'process/x' }] },
      'cost.services[0].target',
      'no entry of `scaling` for `process/x`',
    ],
    ['a key is misspelt', { curency: 'EUR' }, 'cost.curency', 'did you mean `currency`'],
  ])('is refused with line and key when %s', (_when, changes, key, fix) => {
    const message = problemsOf(changes);
    expect(message).toMatch(/^foreshock\.yaml: line [1-9]\d*, column \d+: /);
    expect(message).toContain(key.replace('cost.curency', 'curency'));
    expect(message).toContain(fix);
  });
});
