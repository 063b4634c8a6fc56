import { readFile, stat } from 'node:fs/promises';
import { type Document, isMap, LineCounter, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { JsonSchema } from '../config/json-schema.ts';
import { lineOf, problemsOf } from '../config/problem.ts';
import { OPEN_SLO_KINDS, type OpenSloKind } from './open-slo-schema.ts';

/** A document whose form is right: what it means is for others to say. */
export interface OpenSloDocument {
  readonly kind: OpenSloKind;
  readonly name: string;
  readonly value: z.output<(typeof OPEN_SLO_KINDS)[OpenSloKind]>;
  readonly place: OpenSloPlace;
}

/** Where a document stands, to say what is wrong with which of its fields. */
export interface OpenSloPlace {
  readonly file: string;
  /** From 1, as people count. */
  readonly number: number;
  problem(path: readonly (string | number)[], what: string): OpenSloProblem;
}

/** One thing to mend: file, line, document, field, and what to write. */
export interface OpenSloProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Written by hand, or by a generator with many services. */
const BYTES_MAX = 4 * 1024 * 1024;
const DOCUMENTS_MAX = 2_000;

const isKind = (kind: unknown): kind is OpenSloKind => typeof kind === 'string' && Object.hasOwn(OPEN_SLO_KINDS, kind);

const pathText = (path: readonly (string | number)[]): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`)).join('');

const placeOf = (file: string, number: number, document: Document, lines: LineCounter): OpenSloPlace => ({
  file,
  number,
  problem(path, what) {
    const field = path.length === 0 ? '' : `\`${pathText(path)}\`: `;
    return { file, ...lineOf(document, path, lines), message: `document ${number}: ${field}${what}` };
  },
});

const schemaOf = (kind: OpenSloKind): JsonSchema =>
  z.toJSONSchema(OPEN_SLO_KINDS[kind], { io: 'input', unrepresentable: 'any' }) as JsonSchema;

const readDocument = (
  file: string,
  number: number,
  document: Document,
  lines: LineCounter,
): OpenSloDocument | readonly OpenSloProblem[] => {
  const place = placeOf(file, number, document, lines);
  if (document.errors.length > 0)
    return document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      const message = `document ${number}: not YAML: ${(error.message.split(/ at line \d+|\n/)[0] ?? '').trim()}`;
      return { file, line: Math.max(1, line), column: Math.max(1, col), message };
    });
  if (!isMap(document.contents)) return [place.problem([], 'expected a document with apiVersion, kind, metadata and spec')];
  const written = document.toJS({ maxAliasCount: 100 }) as Readonly<Record<string, unknown>>;
  if (written.apiVersion !== 'openslo/v1')
    return [place.problem(['apiVersion'], 'expected `openslo/v1`: other versions have other fields, and are not read')];
  const { kind } = written;
  if (!isKind(kind)) return [place.problem(['kind'], `expected one of ${Object.keys(OPEN_SLO_KINDS).join(', ')}`)];
  const checked = OPEN_SLO_KINDS[kind].safeParse(written);
  if (!checked.success)
    return problemsOf(checked.error.issues, document, written, lines, schemaOf(kind)).map(({ line, column, message }) => ({
      file,
      line,
      column,
      message: `document ${number}: ${message}`,
    }));
  return { kind, name: checked.data.metadata.name, value: checked.data, place };
};

export interface OpenSloRead {
  readonly documents: readonly OpenSloDocument[];
  readonly problems: readonly OpenSloProblem[];
}

/** Every document of one file, and everything that is wrong in it. */
export const parseOpenSlo = (text: string, file: string): OpenSloRead => {
  const lines = new LineCounter();
  const whole = (message: string): OpenSloRead => ({ documents: [], problems: [{ file, line: 1, column: 1, message }] });
  if (text.length > BYTES_MAX) return whole(`the file is larger than ${BYTES_MAX} bytes`);
  try {
    const parsed = [...parseAllDocuments(text, { lineCounter: lines, version: '1.2', uniqueKeys: true })].filter(
      (document) => document.contents !== null || document.errors.length > 0,
    );
    if (parsed.length === 0) return whole('the file holds no document');
    if (parsed.length > DOCUMENTS_MAX) return whole(`the file holds more than ${DOCUMENTS_MAX} documents`);
    const read = parsed.map((document, i) => readDocument(file, i + 1, document, lines));
    return {
      documents: read.filter((entry): entry is OpenSloDocument => !Array.isArray(entry)),
      problems: read.flatMap((entry) => (Array.isArray(entry) ? (entry as readonly OpenSloProblem[]) : [])),
    };
  } catch (error) {
    // Nesting deeper than the stack and alias bombs end here.
    return whole(`the file cannot be read as YAML: ${((error as Error).message.split('\n')[0] ?? '').trim()}`);
  }
};

export const readOpenSlo = async (path: string): Promise<OpenSloRead> => {
  const whole = (message: string): OpenSloRead => ({ documents: [], problems: [{ file: path, line: 1, column: 1, message }] });
  try {
    if ((await stat(path)).size > BYTES_MAX) return whole(`the file is larger than ${BYTES_MAX} bytes`);
    return parseOpenSlo(await readFile(path, 'utf8'), path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return whole(code === 'ENOENT' ? 'there is no such file' : `the file cannot be read: ${message}`);
  }
};
