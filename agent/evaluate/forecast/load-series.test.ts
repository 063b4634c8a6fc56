import { describe, expect, it } from 'vitest';
import { parseTable } from '../data/table.ts';
import { loadOf } from './load-series.ts';

const rows = (count: number, rowAt: (i: number) => string | undefined): string =>
  ['timestamp,requests', ...Array.from({ length: count }, (_, i) => rowAt(i)).filter((row) => row !== undefined)].join('\n');

const read = (text: string) => {
  const table = parseTable(text, 'load.csv');
  if (!table.ok) throw new Error(table.error.message);
  return loadOf(table.value, 'load');
};

const minute = (i: number): number => 1_760_000_040 + 60 * i;

describe('a load file', () => {
  it('becomes one value a step: rows that are missing, empty or negative are gaps, of two rows the later one counts', () => {
    const text = rows(300, (i) => {
      if (i === 7) return undefined;
      if (i === 9) return `${minute(i)},`;
      if (i === 11) return `${minute(i)},-4`;
      return i === 13 ? `${minute(i)},1\n${minute(i)},2` : `${minute(i)},${i}`;
    });
    const load = read(text);
    if (!load.ok) throw new Error(load.error.message);
    const { values, stepMs, startsAt } = load.value;
    expect([stepMs, startsAt, values.length]).toEqual([60_000, 1_760_000_040_000, 300]);
    expect([...values.subarray(6, 14)]).toEqual([6, Number.NaN, 8, Number.NaN, 10, Number.NaN, 12, 2]);
  });

  it.each([
    ['too short', rows(50, (i) => `${minute(i)},1`), '50 steps are too few'],
    ['with a broken clock', rows(300, (i) => `${i === 299 ? 60 : minute(i)},1`), 'its 300 rows are spread over'],
  ])('that is %s is refused', (_, text, message) => {
    const load = read(text);
    expect(load.ok).toBe(false);
    if (!load.ok) expect(load.error.message).toContain(message);
  });
});
