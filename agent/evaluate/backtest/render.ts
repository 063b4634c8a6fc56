import type { MultivariateVerdicts, UnivariateVerdicts } from '../contender.ts';
import type { Table } from '../data/table.ts';

/** A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection). */
const FORMULA = /(^|;)(?=[\s]*[=+\-@\t\uff0b\uff0d\uff1d\uff20])/g;

/** Nothing where nothing is known: never the word NaN. */
const number = (value: number): string => (Number.isFinite(value) ? String(value) : '');

const text = (cell: string): string => {
  const guarded = cell.replace(FORMULA, "$1'");
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
};

const lines = (header: string, rows: number, line: (row: number) => string): string => {
  const written = new Array<string>(rows + 1);
  written[0] = header;
  for (let row = 0; row < rows; row += 1) written[row + 1] = line(row);
  return `${written.join('\n')}\n`;
};

/** A row out for every row in, in the same order and with the time as it was written. */
export const renderUnivariate = (table: Table, verdicts: UnivariateVerdicts): string => {
  const value = table.values[0] as Float64Array;
  const { expected, lower, upper, score, evidence, alert } = verdicts;
  return lines('timestamp,value,expected,lower,upper,score,evidence,alert', table.times.length, (row) =>
    [
      table.times[row],
      ...[value, expected, lower, upper, score, evidence].map((column) => number(column[row] as number)),
      alert[row] === 1 ? '1' : '0',
    ].join(','),
  );
};

export const renderMultivariate = (table: Table, { score, evidence, alert, top }: MultivariateVerdicts): string =>
  lines('timestamp,score,evidence,alert,top', table.times.length, (row) =>
    [
      table.times[row],
      number(score[row] as number),
      number(evidence[row] as number),
      alert[row] === 1 ? '1' : '0',
      alert[row] === 1 ? text((top[row] ?? []).join(';')) : '',
    ].join(','),
  );
