import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';

export interface CsvRecord {
  /** Line of the file on which it begins, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

const END = /[",\r\n]/g;

/** RFC 4180: quotes protect commas and line ends, a doubled quote is one quote. A byte order mark is skipped. */
export const readCsv = (text: string): Outcome<readonly CsvRecord[], Failure<'CSV_INVALID'>> => {
  const records: CsvRecord[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 1;
  let begin = line;
  let fields: string[] = [];
  const finish = (): void => {
    if (fields.length > 1 || fields[0] !== '') records.push({ line: begin, fields });
    fields = [];
  };
  while (at <= text.length) {
    let field: string;
    if (text[at] === '"') {
      let from = at + 1;
      field = '';
      for (;;) {
        const quote = text.indexOf('"', from);
        if (quote < 0) return fail('CSV_INVALID', `line ${begin}: a quote is opened and never closed`);
        field += text.slice(from, quote);
        if (text[quote + 1] !== '"') {
          at = quote + 1;
          break;
        }
        field += '"';
        from = quote + 2;
      }
      line += field.split('\n').length - 1;
      if (at < text.length && !/[,\r\n]/.test(text[at] as string)) return fail('CSV_INVALID', `line ${line}: text follows a closing quote`);
    } else {
      END.lastIndex = at;
      const end = END.exec(text)?.index ?? text.length;
      if (text[end] === '"')
        return fail('CSV_INVALID', `line ${line}: a quote stands inside an unquoted field; quote the whole field and double it`);
      field = text.slice(at, end);
      at = end;
    }
    fields.push(field);
    if (text[at] === ',') {
      at += 1;
      continue;
    }
    finish();
    if (at >= text.length) break;
    at += text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1;
    line += 1;
    begin = line;
  }
  return succeed(records);
};
