import { describe, expect, it } from 'vitest';
import { createRoutingTable } from './routing-table.ts';

const shareOfNorth = (table: ReturnType<typeof createRoutingTable>, rail: 'card' | 'sepa' = 'card'): number => {
  const draws = Array.from({ length: 1_000 }, (_, index) => index / 1_000);
  return draws.filter((draw) => table.choose('birch', rail, draw) === 'psp-north').length / draws.length;
};

describe('routing table', () => {
  it('sends each issuer to its home provider by the weights', () => {
    expect(shareOfNorth(createRoutingTable())).toBeCloseTo(0.1, 3);
  });

  it('moves one issuer on all rails, says what stood before, and goes back when reset', () => {
    const table = createRoutingTable();
    const changed = table.change({ issuer: 'birch', weights: { 'psp-north': 95, 'psp-south': 5 } });
    expect(changed).toMatchObject({
      ok: true,
      value: [{ issuer: 'birch', rail: 'card', weights: { 'psp-north': 1, 'psp-south': 9 } }, {}, {}],
    });
    expect([shareOfNorth(table), shareOfNorth(table, 'sepa'), table.revision]).toEqual([0.95, 0.95, 1]);
    table.reset();
    expect(shareOfNorth(table)).toBeCloseTo(0.1, 3);
  });

  it('moves one rail alone when one is named', () => {
    const table = createRoutingTable();
    table.change({ issuer: 'birch', rail: 'sepa', weights: { 'psp-north': 1, 'psp-south': 0 } });
    expect([shareOfNorth(table, 'sepa'), shareOfNorth(table, 'card')]).toEqual([1, 0.1]);
  });

  it.each([
    ['an unknown issuer', { issuer: 'oak', weights: { 'psp-north': 1, 'psp-south': 1 } }, 'issuer'],
    ['a negative weight', { issuer: 'birch', weights: { 'psp-north': -1, 'psp-south': 1 } }, 'weights.psp-north'],
    ['no weight above zero', { issuer: 'birch', weights: { 'psp-north': 0, 'psp-south': 0 } }, 'above zero'],
    ['an unknown provider', { issuer: 'birch', weights: { 'psp-north': 1, 'psp-south': 1, 'psp-west': 1 } }, 'psp-west'],
    ['nothing', undefined, 'body'],
  ])('refuses %s and keeps the table', (_, body, named) => {
    const table = createRoutingTable();
    expect(table.change(body)).toMatchObject({ ok: false, error: { code: 'INVALID_ROUTING', message: expect.stringContaining(named) } });
    expect(table.revision).toBe(0);
  });
});
