import { readFile } from 'node:fs/promises';
import { type Failure, fail, type Outcome, succeed } from '../../../../core/outcome.ts';

/** Framing and identity of the request are ours. */
const RESERVED = new Set(['host', 'content-length', 'content-type', 'transfer-encoding', 'connection', 'idempotency-key']);

/** `Name: value` a line, with empty lines and # comments. Failures name the line, never its content: it is a secret. */
export const parseHeaders = (text: string): Outcome<Readonly<Record<string, string>>, Failure<'HEADERS_INVALID'>> => {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    const trimmed = written.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(trimmed);
    const name = match?.[1]?.toLowerCase();
    if (name === undefined) return fail('HEADERS_INVALID', `line ${index + 1} is no \`Name: value\``);
    if (RESERVED.has(name)) return fail('HEADERS_INVALID', `line ${index + 1} sets ${name}, which is set by the sender`);
    headers[name] = match?.[2] ?? '';
  }
  return succeed(headers);
};

/** Read anew for each delivery, so that a rotated secret needs no restart. */
export const readHeadersFile = async (
  path: string | undefined,
): Promise<Outcome<Readonly<Record<string, string>>, Failure<'HEADERS_INVALID' | 'HEADERS_UNREADABLE'>>> => {
  if (path === undefined) return succeed({});
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return fail('HEADERS_UNREADABLE', `the headers file ${path} cannot be read`, { retryable: true, cause: error });
  }
  const parsed = parseHeaders(text);
  return parsed.ok ? parsed : fail('HEADERS_INVALID', `the headers file ${path}: ${parsed.error.message}`);
};
