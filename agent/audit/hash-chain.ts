import { canonicalJson, type Json, sha256Hex } from '../../core/hash.ts';
import { DECISION_KINDS, type DecisionEntry, type DecisionRecord, type DecisionVersions } from './decision-record.ts';

/** Where every chain begins. The text names the format, so that a log of another format cannot pass for one of this. */
export const GENESIS_HASH = sha256Hex('foreshock decision log, format 1');

/** The newest link of a chain: all that is needed to add or check the next one. */
export interface ChainTip {
  readonly sequence: number;
  readonly hash: string;
}

export const GENESIS: ChainTip = { sequence: 0, hash: GENESIS_HASH };

/** Crockford's base 32: no letters that read like digits, and its order is the order of its ASCII codes. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

const base32 = (value: number, width: number): string => {
  let rest = Math.max(0, Math.floor(value));
  let text = '';
  for (let place = 0; place < width; place += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
};

/** Ten characters of time and six of sequence: sorts by time as text, and equal inputs give equal ids, which a random part would not. */
const decisionId = (at: number, sequence: number): string => base32(at, 10) + base32(sequence, 6);

/** SHA-256 over the canonical JSON of the record without its `hash`. */
export const hashOf = (record: DecisionRecord | Omit<DecisionRecord, 'hash'>): string => {
  const { hash: _own, ...rest } = record as DecisionRecord;
  return sha256Hex(canonicalJson(rest as unknown as Json));
};

/** The next record of the chain. Pure: the same entry, time and tip give the same bytes. */
export const sealRecord = (entry: DecisionEntry & { readonly at: number }, versions: DecisionVersions, tip: ChainTip): DecisionRecord => {
  const sequence = tip.sequence + 1;
  const open = {
    sequence,
    id: decisionId(entry.at, sequence),
    kind: entry.kind,
    at: entry.at,
    tenant: entry.tenant,
    subject: entry.subject,
    inputs: entry.inputs,
    output: entry.output,
    versions,
    previousHash: tip.hash,
  };
  return { ...open, hash: hashOf(open) };
};

/** The one line that stands for a record in the file, without its line feed. */
export const lineOf = (record: DecisionRecord): string => canonicalJson(record as unknown as Json);

export type Damage =
  | 'not-json'
  | 'not-a-record'
  | 'not-canonical'
  | 'gap'
  | 'previous-hash-mismatch'
  | 'hash-mismatch'
  | 'unterminated'
  | 'too-long'
  | 'truncated'
  | 'checkpoint-missing'
  | 'checkpoint-unreadable'
  | 'checkpoint-mismatch';

export type Link =
  | { readonly ok: true; readonly record: DecisionRecord; readonly tip: ChainTip }
  | {
      readonly ok: false;
      readonly what: Damage;
      readonly message: string;
      readonly sequence: number | undefined;
      readonly id: string | undefined;
    };

const isText = (value: unknown): value is string => typeof value === 'string';

/** Only the shape: what the fields mean is the business of the replayers. */
export const isDecisionRecord = (value: unknown): value is DecisionRecord => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const record = value as Record<string, unknown>;
  const versions = record.versions;
  return (
    Number.isSafeInteger(record.sequence) &&
    typeof record.at === 'number' &&
    [record.id, record.tenant, record.subject, record.previousHash, record.hash].every(isText) &&
    DECISION_KINDS.includes(record.kind as never) &&
    record.inputs !== undefined &&
    record.output !== undefined &&
    typeof versions === 'object' &&
    versions !== null &&
    !Array.isArray(versions)
  );
};

const parseJson = (line: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(line) as unknown };
  } catch {
    return undefined;
  }
};

const claimed = (value: unknown): { readonly sequence: number | undefined; readonly id: string | undefined } => {
  const record = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return {
    sequence: typeof record.sequence === 'number' ? record.sequence : undefined,
    id: isText(record.id) ? record.id : undefined,
  };
};

/**
 * The common case at half the price: a canonical line is hashed as it stands, without its `hash` member, which follows
 * `at` in canonical order. False says only that this short way does not tell.
 */
const isWholeCanonical = (line: string, record: DecisionRecord): boolean => {
  const before = `{"at":${JSON.stringify(record.at)},`;
  const own = `"hash":${JSON.stringify(record.hash)},`;
  if (!line.startsWith(before + own) || lineOf(record) !== line) return false;
  return sha256Hex(before + line.slice(before.length + own.length)) === record.hash;
};

/**
 * Whether a line continues the chain. The line must be the canonical bytes of what it says: two texts of one value
 * would leave room for a change that no hash sees.
 */
export const checkLine = (line: string, tip: ChainTip): Link => {
  const parsed = parseJson(line);
  if (parsed === undefined)
    return { ok: false, what: 'not-json', message: 'the line is not JSON', sequence: tip.sequence + 1, id: undefined };
  const { value } = parsed;
  const bad = (what: Damage, message: string): Link => ({ ok: false, what, message, ...claimed(value) });
  if (!isDecisionRecord(value)) return bad('not-a-record', 'the line is JSON, but not a decision record');
  const expected = tip.sequence + 1;
  if (value.sequence !== expected) return bad('gap', `expected sequence ${expected}, found ${value.sequence}`);
  if (value.previousHash !== tip.hash) {
    return bad('previous-hash-mismatch', `previousHash is ${value.previousHash}, the record before has ${tip.hash}`);
  }
  const isWhole = isWholeCanonical(line, value);
  const hash = isWhole ? value.hash : hashOf(value);
  if (value.hash !== hash) return bad('hash-mismatch', `the record says ${value.hash}, its content gives ${hash}`);
  if (value.id !== decisionId(value.at, value.sequence)) return bad('not-canonical', 'the id does not follow from time and sequence');
  if (!isWhole && lineOf(value) !== line) return bad('not-canonical', 'the line is not in canonical form');
  return { ok: true, record: value, tip: { sequence: value.sequence, hash } };
};
