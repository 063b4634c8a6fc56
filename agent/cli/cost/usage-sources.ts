import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { sha256Hex } from '../../../core/hash.ts';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import { DAY_MS, type Instant } from '../../../core/time.ts';
import { type Month, monthBefore } from '../../cost/month.ts';
import { readAllocation } from '../../cost/sources/allocation-rows.ts';
import { readOpenCostAnswer } from '../../cost/sources/opencost-rows.ts';
import type { UsageRow, UsageSource } from '../../cost/usage.ts';
import { costJournalPath, journalRows } from '../../cost-keeper.ts';

type SourceFailure = Failure<'ALLOCATION_INVALID' | 'OPENCOST_ANSWER' | 'OPENCOST_UNREACHABLE'>;

/** A million rows stay well below. */
const FILE_BYTES_MAX = 512 * 1024 * 1024;
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;
const ANSWER_TIMEOUT_MS = 60_000;

const inflate = promisify(gunzip);

/** An allocation file: .json or .csv, also with .gz. */
export const readAllocationFile = async (path: string, currency: string): Promise<Outcome<UsageSource, SourceFailure>> => {
  const invalid = (what: string, cause?: unknown) => fail('ALLOCATION_INVALID', `${path}: ${what}`, { cause });
  const plain = path.replace(/\.gz$/, '');
  const format = plain.endsWith('.json') ? 'json' : plain.endsWith('.csv') ? 'csv' : undefined;
  if (format === undefined) return invalid('expected a name that ends with .json or .csv, or one of them with .gz');
  let bytes: Buffer;
  let text: string;
  try {
    if ((await stat(path)).size > FILE_BYTES_MAX) return invalid(`is larger than ${FILE_BYTES_MAX} bytes`);
    bytes = await readFile(path);
    const content = plain === path ? bytes : await inflate(bytes, { maxOutputLength: FILE_BYTES_MAX });
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    return invalid(code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${message}`, cause);
  }
  const read = readAllocation(text, basename(path), format, currency);
  if (!read.ok) return read;
  const { label, rows } = read.value;
  return succeed({ kind: 'allocation file', label: label ?? basename(path), sha256: sha256Hex(bytes), rows });
};

const textOf = async (answer: Response): Promise<string | undefined> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > ANSWER_BYTES_MAX) return undefined;
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const iso = (at: Instant): string => new Date(at).toISOString().replace('.000Z', 'Z');

/** One day of OpenCost: by the day, so that no answer grows with the month. */
const askOpenCost = async (
  base: URL,
  from: Instant,
  until: Instant,
  currency: string,
): Promise<Outcome<{ text: string; rows: readonly UsageRow[] }, SourceFailure>> => {
  const url = new URL(`${base.pathname.replace(/\/+$/, '')}/allocation`, base);
  const query = {
    window: `${iso(from)},${iso(until)}`,
    aggregate: 'namespace,controller',
    step: '1h',
    includeIdle: 'true',
    accumulate: 'false',
  };
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  const unreachable = (what: string, cause?: unknown) =>
    fail('OPENCOST_UNREACHABLE', `OpenCost at ${base.host}, ${iso(from).slice(0, 10)}: ${what}`, { retryable: true, cause });
  try {
    const answer = await fetch(url, {
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      redirect: 'error',
      headers: { accept: 'application/json' },
    });
    if (!answer.ok) return unreachable(`answered with status ${answer.status}`);
    const text = await textOf(answer);
    if (text === undefined) return unreachable(`the answer is larger than ${ANSWER_BYTES_MAX} bytes`);
    const rows = readOpenCostAnswer(text, currency);
    return rows.ok ? succeed({ text, rows: rows.value }) : rows;
  } catch (cause) {
    const timedOut = (cause as Error).name === 'TimeoutError';
    return unreachable(
      timedOut ? `no whole answer within ${ANSWER_TIMEOUT_MS / 1_000} s` : `cannot be asked: ${(cause as Error).message}`,
      cause,
    );
  }
};

/** The month and the one before it from the allocation API of OpenCost, up to the last full hour. */
export const readOpenCost = async (
  address: string,
  month: Month,
  now: Instant,
  currency: string,
): Promise<Outcome<UsageSource, SourceFailure>> => {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    return fail('OPENCOST_UNREACHABLE', `--opencost: ${address} is no address that begins with http:// or https://`);
  }
  const base = new URL(address);
  // It would stand in the message of whatever goes wrong with it.
  if (base.username !== '' || base.password !== '')
    return fail('OPENCOST_UNREACHABLE', `--opencost: ${base.host}: the address holds a user or password, which this command does not take`);
  const until = Math.min(month.until, Math.floor(now / 3_600_000) * 3_600_000);
  const rows: UsageRow[] = [];
  const hashes: string[] = [];
  for (let from = monthBefore(month).from; from < until; from += DAY_MS) {
    const asked = await askOpenCost(base, from, Math.min(until, from + DAY_MS), currency);
    if (!asked.ok) return asked;
    hashes.push(sha256Hex(asked.value.text));
    rows.push(...asked.value.rows);
  }
  return succeed({
    kind: 'OpenCost',
    label: `OpenCost at ${base.host}, by namespace and controller`,
    sha256: sha256Hex(hashes.join('\n')),
    rows,
  });
};

/** The hours that the agent kept by itself: of the month and the one before it. Readable while the agent runs. */
export const readCostJournal = async (
  dataDirectory: string,
  month: Month,
  currency: string,
): Promise<Outcome<UsageSource, SourceFailure>> => {
  const rows: UsageRow[] = [];
  const hashes: string[] = [];
  for (const of of [monthBefore(month), month]) {
    const path = costJournalPath(dataDirectory, of);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') continue;
      return fail('ALLOCATION_INVALID', `${path}: cannot be read: ${(cause as Error).message}`, { cause });
    }
    const read = readAllocation(journalRows(text), basename(path), 'json', currency);
    if (!read.ok) return read;
    hashes.push(sha256Hex(text));
    rows.push(...read.value.rows);
  }
  return succeed({ kind: 'cost journal', label: 'hours kept by the agent', sha256: sha256Hex(hashes.join('\n')), rows });
};
