import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTable, type Table } from './table.ts';
import { parseTimestamp } from './timestamp.ts';

const read = (text: string): Table => {
  const parsed = parseTable(text, 'f.csv');
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
};

describe('a table', () => {
  it('is read with its times as written, blanks as absent and labels apart', () => {
    const table = read('timestamp,value,label\n2026-03-14T09:00:00Z,1.5,0\n2026-03-14 09:01:00,,1\n2026-03-14T10:02:00+01:00,-2e3,\n');
    expect(table.columns).toEqual(['value']);
    expect(table.times[1]).toBe('2026-03-14 09:01:00');
    expect([...table.timestamps].map((at) => at - (table.timestamps[0] as number))).toEqual([0, 60, 120]);
    expect([...(table.values[0] as Float64Array)]).toEqual([1.5, Number.NaN, -2000]);
    expect([...(table.labels as Uint8Array)]).toEqual([0, 1, 0]);
  });

  it('of several columns may hold quoted names, Windows line ends and a byte order mark', () => {
    const table = read('\uFEFFtimestamp,"cpu, user","a ""b""",label\r\n0,1,NaN,0\r\n60,2,null,1\r\n');
    expect(table.columns).toEqual(['cpu, user', 'a "b"']);
    expect([...(table.values[1] as Float64Array)]).toEqual([Number.NaN, Number.NaN]);
  });

  it('keeps rows that repeat an hour or go back, and counts them', () => {
    const table = read('timestamp,value\n0,1\n60,2\n60,3\n30,4\n120,5\n');
    expect(table.outOfOrder).toBe(2);
    expect([...table.timestamps]).toEqual([0, 60, 60, 30, 120]);
  });

  it.each<[string, string, RegExp]>([
    ['nothing', '', /f\.csv: the file is empty/],
    ['blank lines', '\n \n', /the file is empty/],
    ['a header alone', 'timestamp,value\n', /a header and no row/],
    ['a picture', '\x89PNG\r\n\x1a\n\0\0', /no CSV/],
    ['prose', 'Dear all,\nthe numbers are attached.', /line 1: expected a header/],
    ['no header', '2026-03-14T09:00:00Z,1\n', /line 1: expected a header/],
    ['no column of values', 'timestamp,label\n0,1\n', /found no column of values/],
    ['a column without a name', 'timestamp,a,,b\n0,1,2,3\n', /line 1: column 3 has no name/],
    ['the same column twice', 'timestamp,a,a\n0,1,2\n', /column "a" is there twice/],
    ['a word among numbers', 'timestamp,value\n0,1\n60,high\n', /line 3: expected a number or nothing in the column "value", found "high"/],
    ['an infinite value', 'timestamp,value\n0,Infinity\n', /line 2: expected a number/],
    ['a number too large for one', 'timestamp,value\n0,1e999\n', /line 2: expected a number/],
    ['a row too short', 'timestamp,a,b\n0,1\n', /line 2: expected 3 cells as in the header, found 2/],
    ['a row too long', 'timestamp,a\n0,1,2\n', /line 2: expected 2 cells as in the header, found 3/],
    ['an empty row in the middle', 'timestamp,a\n0,1\n\n60,2\n', /line 3: expected 2 cells/],
    ['a time that is none', 'timestamp,a\nyesterday,1\n', /line 2: expected a time such as .* found "yesterday"/],
    ['milliseconds', 'timestamp,a\n1773478800000,1\n', /line 2: expected a time such as .* or seconds since 1970/],
    ['31 February', 'timestamp,a\n2026-02-31T00:00:00Z,1\n', /line 2: expected a time/],
    ['a label of 2', 'timestamp,a,label\n0,1,2\n', /line 2: expected 0 or 1 in the column "label", found "2"/],
    ['an open quote', 'timestamp,a\n0,"1\n', /line 2: a quote is not closed/],
    ['colors for the terminal', 'timestamp,a\n0,\u001b[31mred\n', /found "\?\[31mred"/],
  ])('that holds %s is refused with the line and what was expected there', (_, text, message) => {
    const parsed = parseTable(text, 'f.csv');
    expect(parsed.ok ? '' : parsed.error.message).toMatch(message);
  });

  it('is read or refused, whatever the text', () => {
    const fragment = fc.oneof(
      fc.constantFrom('timestamp', ',', '\n', '"', 'value', 'label', '0', '1', '-', 'e5', '2026-01-01', '\r', '\t'),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 30 }), (parts) => {
        const parsed = parseTable(`timestamp,value\n${parts.join('')}`, 'f.csv');
        if (!parsed.ok) {
          expect(parsed.error.message).toMatch(/^f\.csv: /);
          return;
        }
        expect(parsed.value.times).toHaveLength(parsed.value.timestamps.length);
        expect([...parsed.value.timestamps].every(Number.isFinite)).toBe(true);
        expect([...(parsed.value.values[0] as Float64Array)].every((value) => Number.isNaN(value) || Number.isFinite(value))).toBe(true);
      }),
    );
  });

  it('that was written comes back', () => {
    const row = fc.tuple(
      fc.integer({ min: 0, max: 4_000_000_000 }),
      fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
        const table = read(
          `timestamp,value,label\n${rows.map(([at, value, label]) => `${at},${value ?? ''},${label ? 1 : 0}`).join('\n')}\n`,
        );
        expect([...table.timestamps]).toEqual(rows.map(([at]) => at));
        expect([...(table.values[0] as Float64Array)].map((value) => value + 0)).toEqual(
          rows.map(([, value]) => (value ?? Number.NaN) + 0),
        );
        expect([...(table.labels as Uint8Array)]).toEqual(rows.map(([, , label]) => (label ? 1 : 0)));
      }),
    );
  });
});

describe('a time', () => {
  it('in ISO form is what the platform makes of it', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), (at) => {
        expect(parseTimestamp(at.toISOString())).toBeCloseTo(at.getTime() / 1_000, 3);
      }),
    );
  });

  it.each<[string, number]>([
    ['1970-01-02', 86_400],
    ['1970-01-01 00:01', 60],
    ['1970-01-01T00:00:00.250Z', 0.25],
    ['1970-01-01T01:00:00+0100', 0],
    ['-5', -5],
    ['12.5', 12.5],
  ])('%s is read', (text, seconds) => {
    expect(parseTimestamp(text)).toBe(seconds);
  });

  it.each(['', ' ', '1970-13-01', '1970-01-01T25:00:00Z', '1970-01-01T00:60:00Z', 'NaN', '1e5', '0x10', 'Infinity', '14/03/2026'])(
    '%j is none',
    (text) => {
      expect(parseTimestamp(text)).toBeNaN();
    },
  );
});
