import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import { printable } from '../../report/report-text.ts';
import { parseTimestamp } from './timestamp.ts';

/** `timestamp,value[,label]` or `timestamp,<column>...[,label]`, read whole. */
export interface Table {
  /** Values beside timestamp and label, in the order of the file. */
  readonly columns: readonly string[];
  /** As written in the file: what is written out is what was read. */
  readonly times: readonly string[];
  readonly timestamps: Float64Array;
  readonly values: readonly Float64Array[];
  readonly labels?: Uint8Array;
  /** Rows that are not later than the row before them: repeated hours, clocks set back. They are kept, in the order of the file. */
  readonly outOfOrder: number;
}

export type TableFailure = Failure<'NO_TABLE' | 'BAD_HEADER' | 'BAD_ROW'>;

const TIMESTAMP = 'timestamp';
const LABEL = 'label';
const ABSENT = new Set(['', 'nan', 'null', 'na', 'n/a', 'none', '-']);
const SHOWN = 40;

const shown = (text: string): string => {
  const clean = printable(text);
  return clean.length > SHOWN ? `"${clean.slice(0, SHOWN)}..."` : `"${clean}"`;
};

/** One line of RFC 4180 without line breaks inside quotes; undefined where a quote is not closed or stands in mid-cell. */
const splitLine = (line: string): readonly string[] | undefined => {
  if (!line.includes('"')) return line.split(',').map((cell) => cell.trim());
  const cells: string[] = [];
  const pattern = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y;
  while (pattern.lastIndex <= line.length) {
    const found = pattern.exec(line);
    if (found === null) return undefined;
    cells.push(found[1] === undefined ? (found[2] as string).trim() : found[1].replaceAll('""', '"'));
    if (found[3] === '') return cells;
  }
  return undefined;
};

const headerOf = (line: string, file: string): Outcome<readonly string[], TableFailure> => {
  const expected = 'expected a header `timestamp,value[,label]` or `timestamp,<column>...[,label]`';
  const cells = splitLine(line);
  const [time, ...rest] = cells ?? [];
  if (cells === undefined || time?.toLowerCase() !== TIMESTAMP)
    return fail('BAD_HEADER', `${file}: line 1: ${expected}, found ${shown(line)}`);
  if (rest.filter((name) => name.toLowerCase() !== LABEL).length === 0)
    return fail('BAD_HEADER', `${file}: line 1: ${expected}, found no column of values in ${shown(line)}`);
  const nameless = rest.indexOf('');
  if (nameless >= 0) return fail('BAD_HEADER', `${file}: line 1: column ${nameless + 2} has no name`);
  const twice = rest.find((name, place) => rest.indexOf(name) !== place);
  if (twice !== undefined) return fail('BAD_HEADER', `${file}: line 1: the column ${shown(twice)} is there twice`);
  return succeed(rest);
};

const numberOf = (cell: string): number | undefined => {
  if (ABSENT.has(cell.toLowerCase())) return Number.NaN;
  const value = Number(cell);
  return Number.isFinite(value) ? value : undefined;
};

/** Text of a file to a table. Every failure says the file, the line and what was expected there. */
export const parseTable = (text: string, file: string): Outcome<Table, TableFailure> => {
  if (text.includes('\0')) return fail('NO_TABLE', `${file}: this is no CSV: it holds bytes of 0`);
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  while (lines.length > 0 && (lines.at(-1) as string).trim() === '') lines.pop();
  if (lines.length === 0) return fail('NO_TABLE', `${file}: the file is empty`);
  const header = headerOf(lines[0] as string, file);
  if (!header.ok) return header;
  const names = header.value;
  const rows = lines.length - 1;
  if (rows === 0) return fail('NO_TABLE', `${file}: there is a header and no row`);
  const label = names.findIndex((name) => name.toLowerCase() === LABEL);
  const columns = names.filter((_, place) => place !== label);
  const times: string[] = [];
  const timestamps = new Float64Array(rows);
  const values = columns.map(() => new Float64Array(rows));
  const labels = label < 0 ? undefined : new Uint8Array(rows);
  let outOfOrder = 0;
  for (let row = 0; row < rows; row += 1) {
    const line = lines[row + 1] as string;
    const where = `${file}: line ${row + 2}`;
    const cells = splitLine(line);
    if (cells === undefined) return fail('BAD_ROW', `${where}: a quote is not closed, or stands inside a cell: ${shown(line)}`);
    if (cells.length !== names.length + 1)
      return fail('BAD_ROW', `${where}: expected ${names.length + 1} cells as in the header, found ${cells.length}`);
    const time = cells[0] as string;
    const at = parseTimestamp(time);
    if (Number.isNaN(at))
      return fail('BAD_ROW', `${where}: expected a time such as 2026-03-14T09:00:00Z, or seconds since 1970, found ${shown(time)}`);
    times.push(time);
    timestamps[row] = at;
    if (row > 0 && at <= (timestamps[row - 1] as number)) outOfOrder += 1;
    let column = 0;
    for (let place = 0; place < names.length; place += 1) {
      const cell = cells[place + 1] as string;
      const value = numberOf(cell);
      if (place === label) {
        if (value === undefined || !(value === 0 || value === 1 || Number.isNaN(value)))
          return fail('BAD_ROW', `${where}: expected 0 or 1 in the column ${shown(names[place] as string)}, found ${shown(cell)}`);
        (labels as Uint8Array)[row] = value === 1 ? 1 : 0;
        continue;
      }
      if (value === undefined)
        return fail(
          'BAD_ROW',
          `${where}: expected a number or nothing in the column ${shown(names[place] as string)}, found ${shown(cell)}`,
        );
      (values[column] as Float64Array)[row] = value;
      column += 1;
    }
  }
  return succeed({ columns, times, timestamps, values, outOfOrder, ...(labels === undefined ? {} : { labels }) });
};
