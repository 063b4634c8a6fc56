import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IDLE_SERVICE } from '../ledger.ts';
import { sumOf } from '../money.ts';
import { readAllocation } from './allocation-rows.ts';
import { readCsv } from './csv-reader.ts';
import { readOpenCostAnswer } from './opencost-rows.ts';

const row = { service: 'pay/gateway', start: '2026-10-01T13:00:00Z', end: '2026-10-01T14:00:00Z', replicas: 3 };

const jsonProblem = (rows: unknown): string => {
  const read = readAllocation(typeof rows === 'string' ? rows : JSON.stringify(rows), 'rows.json', 'json', 'EUR');
  return read.ok ? 'accepted' : read.error.message;
};

describe('an allocation file', () => {
  it('keeps absent apart from zero', () => {
    const read = readAllocation(JSON.stringify([row]), 'rows.json', 'json', 'EUR');
    expect(read.ok && read.value.rows[0]?.replicas).toBe(3);
    expect(read.ok && read.value.rows[0]?.payments).toBeNaN();
  });

  it.each([
    ['is a web page', '<html>', 'is not JSON'],
    ['holds NaN', '[{"service":"a","replicas":NaN}]', 'JSON has no NaN'],
    ['has a negative cost', [{ ...row, cost: -1 }], 'rows[0]: cost: must not be negative'],
    ['has a negative count', [row, { ...row, replicas: -3 }], 'rows[1]: replicas: must not be negative'],
    ['has text for a number', [{ ...row, replicas: '3' }], 'rows[0]: replicas: expected a number'],
    ['has an absurd number', [{ ...row, cpuCoreHours: 1e300, memoryGibHours: 1 }], 'cpuCoreHours: is larger than'],
    ['has a field nobody knows', [{ ...row, replikas: 3 }], 'unknown field "replikas"'],
    ['has a local time', [{ ...row, start: '2026-10-01 13:00' }], 'rows[0]: start: expected an instant with its zone'],
    ['has a row without end', [{ ...row, end: row.start }], 'is not after start'],
    ['has a row over two hours', [{ ...row, end: '2026-10-01T14:30:00Z' }], 'at most one hour'],
    ['has nothing to price', [{ ...row, replicas: undefined }], 'nothing to price'],
    ['has half of the requests', [{ ...row, cpuCoreHours: 1 }], 'give both or none'],
    ['has a row in another currency', [{ ...row, cost: 1, currency: 'USD' }], '"USD" is not EUR'],
    ['is in another currency', { currency: 'GBP', rows: [row] }, '"GBP" is not EUR'],
    ['has no name of a service', [{ ...row, service: '' }], 'service: has no name'],
  ])('is refused as a whole when it %s', (_when, rows, told) => expect(jsonProblem(rows)).toContain(told));

  it('reads the same rows from CSV, quoted names and a byte order mark included', () => {
    const text = `\ufeffservice,start,end,replicas,payments,acted\r\n"pay ""x"", y",${row.start},${row.end},2.5,,true\r\n`;
    const read = readAllocation(text, 'rows.csv', 'csv', 'EUR');
    expect(read.ok && read.value.rows[0]).toMatchObject({ service: 'pay "x", y', replicas: 2.5, payments: Number.NaN, acted: true });
  });

  it.each([
    ['NaN', 'service,start,end,replicas\na,2026-10-01T13:00:00Z,2026-10-01T14:00:00Z,NaN', 'line 2: replicas: expected a number'],
    ['an unknown column', 'service,color\na,b', 'line 1: unknown column "color"'],
    ['a column twice', 'service,service\na,b', 'column service is there twice'],
    ['a short line', 'service,start,end,replicas\na,b', 'line 2: has 2 fields where the first line names 4'],
    ['an open quote', 'service,start\n"a,b', 'line 2: a quote is opened and never closed'],
    ['nothing', '', 'is empty'],
  ])('in CSV is refused with its line when it has %s', (_what, text, told) => {
    const read = readAllocation(text, 'rows.csv', 'csv', 'EUR');
    expect(read.ok ? 'accepted' : read.error.message).toContain(told);
  });

  it('reads back whatever a writer of RFC 4180 wrote', () => {
    const cell = fc.string({ minLength: 1, maxLength: 12 }).map((text) => `${text}x`);
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 8 }), (table) => {
        const read = readCsv(stringify(table, { record_delimiter: 'windows', quoted: true }));
        expect(read.ok && read.value.map(({ fields }) => fields)).toEqual(table);
      }),
    );
  });
});

const allocation = {
  name: 'pay/deployment:gateway',
  start: '2026-10-01T13:00:00Z',
  end: '2026-10-01T14:00:00Z',
  window: { start: 'x', end: 'y' },
  cpuCoreHours: 2,
  ramByteHours: 2_147_483_648,
  cpuCost: 0.08,
  cpuCostAdjustment: -0.01,
  ramCost: 0.02,
  pvCost: 0.005,
  networkCost: 0.001,
  totalCost: 0.096,
};
const answer = (one: object, more: object = {}): string =>
  JSON.stringify({ code: 200, data: [{ [allocation.name]: { ...allocation, ...one } }], ...more });
const openCostProblem = (text: string): string => {
  const read = readOpenCostAnswer(text, 'EUR');
  return read.ok ? 'accepted' : read.error.message;
};

describe('an answer of OpenCost', () => {
  it('becomes rows whose parts add up to its total', () => {
    const read = readOpenCostAnswer(answer({}), 'EUR');
    expect(read.ok && sumOf(read.value[0]?.given.map(({ cost }) => cost) ?? [])).toBe(96_000n);
    expect(read.ok && read.value[0]?.given.map(({ resource }) => resource)).toEqual(['cpu', 'memory', 'storage', 'other']);
  });

  it('keeps what is idle apart from services', () => {
    const read = readOpenCostAnswer(answer({ name: '__idle__' }), 'EUR');
    expect(read.ok && read.value[0]?.service).toBe(IDLE_SERVICE);
  });

  it.each([
    ['a login page', '<!doctype html><title>Sign in</title>', 'a web page, not JSON'],
    ['cut JSON', '{"code":200,"data":[', 'not JSON'],
    ['one page of several', answer({}, { nextPage: 'abc' }), '"nextPage"'],
    ['another currency', answer({ currency: 'USD' }), 'currency: "USD" is not EUR'],
    ['another currency as a whole', answer({}, { currencyCode: 'USD' }), 'currencyCode: "USD" is not EUR'],
    ['text for money', answer({ totalCost: '0.1' }), 'totalCost'],
    ['null for money', answer({ cpuCost: null }), 'cpuCost'],
    ['a cost beyond any number of money', answer({ cpuCost: 1e303 }), 'cpuCost: '],
    ['an adjustment beyond any', answer({ ramCostAdjustment: -1e303 }), 'ramCostAdjustment: '],
    ['a negative total', answer({ totalCost: -1 }), 'totalCost: -1 is no amount'],
    ['days instead of hours', answer({ end: '2026-10-02T13:00:00Z' }), 'end: is not within an hour'],
    ['an error of its own', JSON.stringify({ code: 500, message: 'boom', data: [] }), 'code: 500: boom'],
    ['another shape', '{"code":200,"data":{}}', 'data'],
  ])('is refused with the field named when it is %s', (_what, text, told) => expect(openCostProblem(text)).toContain(told));
});
