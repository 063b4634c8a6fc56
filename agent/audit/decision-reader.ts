import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { DecisionRecord } from './decision-record.ts';
import { isDecisionRecord } from './hash-chain.ts';
import { decodeUtf8, type Line, readLines } from './lines.ts';

const recordOf = (line: Line): DecisionRecord | undefined => {
  const text = line.terminated ? decodeUtf8(line.bytes) : undefined;
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isDecisionRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Records of a log file in order, beginning with a sequence number; lines that are no records are passed over, because
 * somebody who explains a decision must not be stopped by the damage of another (`verify` names it). No file reads as
 * no records.
 */
export async function* readDecisions(
  path: string,
  options: { readonly from?: number; readonly offset?: number; readonly until?: number } = {},
): AsyncGenerator<DecisionRecord> {
  const start = { offset: options.offset ?? 0, number: 1, ...(options.until === undefined ? {} : { until: options.until }) };
  try {
    for await (const line of readLines(path, start)) {
      const record = recordOf(line);
      if (record !== undefined && record.sequence >= (options.from ?? 1)) yield record;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

export type FindFailure = Failure<'DECISION_NOT_FOUND' | 'DECISION_AMBIGUOUS'>;

/** How a person names a record: its id, a beginning of the id that no other has, or `#42` for its sequence. */
export const matches = (wanted: string): ((record: { readonly id: string; readonly sequence: number }) => boolean) => {
  const sequence = /^#(\d+)$/.exec(wanted)?.[1];
  if (sequence !== undefined) return (record) => record.sequence === Number(sequence);
  const prefix = wanted.toLowerCase();
  return (record) => prefix !== '' && record.id.startsWith(prefix);
};

/** At most this many candidates are listed; more help nobody choose. */
const CANDIDATES_SHOWN = 5;

export const onlyOne = <Found extends { readonly id: string }>(wanted: string, found: readonly Found[]): Outcome<Found, FindFailure> => {
  const [first] = found;
  if (first === undefined) return fail('DECISION_NOT_FOUND', `no decision has the id ${JSON.stringify(wanted)}`);
  if (found.length === 1) return succeed(first);
  const shown = found.slice(0, CANDIDATES_SHOWN).map((record) => record.id);
  const more = found.length > shown.length ? ' ...' : '';
  return fail('DECISION_AMBIGUOUS', `${found.length} decisions begin with ${JSON.stringify(wanted)}: ${shown.join(', ')}${more}`);
};

/** Finds one record in a log file without opening it for writing: what `foreshock explain` does beside a running agent. */
export const findDecision = async (path: string, wanted: string): Promise<Outcome<DecisionRecord, FindFailure>> => {
  const isWanted = matches(wanted);
  const found: DecisionRecord[] = [];
  for await (const record of readDecisions(path)) {
    if (!isWanted(record)) continue;
    found.push(record);
    if (record.id === wanted || found.length > CANDIDATES_SHOWN) break;
  }
  const exact = found.find((record) => record.id === wanted);
  return exact === undefined ? onlyOne(wanted, found) : succeed(exact);
};
