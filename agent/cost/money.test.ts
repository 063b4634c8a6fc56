import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coinOf, costOf, decimalText, moneyText, parseMicros, parseNanos, roundToCoins, sumOf } from './money.ts';

const CENT = coinOf('EUR');
const amount = fc.bigInt(-1_000_000_000_000n, 1_000_000_000_000n);

describe('money', () => {
  it.each([
    ['0.0316', 31_600_000n],
    [0.0316, 31_600_000n],
    ['1e-7', 100n],
    [1e-7, 100n],
    ['12', 12_000_000_000n],
    ['-1.5', -1_500_000_000n],
  ])('reads the price %s exactly', (written, nanos) => expect(parseNanos(written)).toBe(nanos));

  it.each(['', 'NaN', 'Infinity', '1,5', '0x10', '1.0000000001', '1e999', '--1', ' ', '1.2.3'])('refuses %j as a price', (written) => {
    expect(parseNanos(written)).toBeUndefined();
  });

  it('multiplies quantity and price without losing a millionth', () => {
    expect(costOf(parseMicros('744') as bigint, parseNanos('0.0316') as bigint)).toBe(parseMicros('23.5104'));
  });

  it('adds up to the same in any order and any grouping, and rounded parts tie to the rounded sum', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(4), amount), { minLength: 1, maxLength: 60 }), fc.integer(), (lines, seed) => {
        const shuffled = lines.map((line, index) => ({ line, key: Math.sin(seed + index) })).sort((a, b) => a.key - b.key);
        const groups = new Map<number, bigint>();
        for (const { line } of shuffled) groups.set(line[0], (groups.get(line[0]) ?? 0n) + line[1]);
        const total = sumOf(lines.map(([, cost]) => cost));
        expect(sumOf(groups.values())).toBe(total);
        const [rounded] = roundToCoins([total], CENT);
        for (const parts of [[...groups.values()], lines.map(([, cost]) => cost)]) {
          const coins = roundToCoins(parts, CENT);
          expect(sumOf(coins)).toBe(rounded);
          coins.forEach((coin, index) => {
            expect(coin % CENT).toBe(0n);
            const away = coin - (parts[index] as bigint);
            expect(away < CENT && away > -CENT).toBe(true);
          });
        }
      }),
    );
  });

  it('writes decimals that read back as the same amount', () => {
    fc.assert(fc.property(amount, (value) => parseMicros(decimalText(value)) === value));
  });

  it('shows money as people write it', () => {
    expect(moneyText(1_234_567_895_000n, 'EUR')).toBe('€1,234,567.90');
    expect(moneyText(-5_000n, 'USD')).toBe('−$0.01');
    expect(moneyText(1_500_000n, 'JPY')).toBe('¥2');
    expect(moneyText(20_100n, 'EUR', 4)).toBe('€0.0201');
  });
});
