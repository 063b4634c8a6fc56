import { open, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, gunzip } from 'node:zlib';
import { type Failure, fail, type Outcome } from '../../../core/outcome.ts';
import { parseTable, type Table, type TableFailure } from './table.ts';

export type ReadFailure = TableFailure | Failure<'UNREADABLE'>;

/** What a file may unpack to: more is not read into memory. */
const BYTES_AT_MOST = 512 * 1_048_576;
const BYTES_OF_HEADER = 65_536;

const unpack = promisify(gunzip);

export const isTableFile = (name: string): boolean => /\.csv(\.gz)?$/i.test(name) && !name.startsWith('.');

const bytesOf = async (path: string): Promise<Buffer> => {
  const raw = await readFile(path);
  return path.toLowerCase().endsWith('.gz') ? unpack(raw, { maxOutputLength: BYTES_AT_MOST }) : raw;
};

/** A csv or csv.gz file to a table. `shownAs` is how messages name it. */
export const readTable = async (path: string, shownAs = path): Promise<Outcome<Table, ReadFailure>> => {
  let bytes: Buffer;
  try {
    bytes = await bytesOf(path);
  } catch (cause) {
    return fail('UNREADABLE', `${shownAs}: cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (bytes.length > BYTES_AT_MOST) return fail('UNREADABLE', `${shownAs}: is larger than ${BYTES_AT_MOST / 1_048_576} MiB`);
  return parseTable(bytes.toString('utf8'), shownAs);
};

/** Its first line, without reading all of it; undefined where there is none. */
export const readHeaderLine = async (path: string): Promise<string | undefined> => {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BYTES_OF_HEADER), 0, BYTES_OF_HEADER, 0);
    const raw = buffer.subarray(0, bytesRead);
    // The beginning of a stream unpacks to the beginning of the text.
    const head = path.toLowerCase().endsWith('.gz')
      ? await unpack(raw, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: BYTES_AT_MOST })
      : raw;
    return head
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .split(/\r\n|\n|\r/, 1)[0];
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
};
