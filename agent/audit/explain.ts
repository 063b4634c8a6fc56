import { canonicalJson, type Json, sha256Hex } from '../../core/hash.ts';
import type { DecisionRecord } from './decision-record.ts';
import { GENESIS_HASH } from './hash-chain.ts';

/** Base64 from here on is a capsule of state, not a word. */
const CAPSULE_CHARACTERS = 96;
const TEXT_CHARACTERS = 400;
const ITEMS_SHOWN = 12;
const DEPTH_SHOWN = 6;

const HEADLINES: Readonly<Record<DecisionRecord['kind'], string>> = {
  page: 'told the on-call engineer',
  suppressed: 'did not tell anybody',
  scale: 'changed the number of replicas',
  resolve: 'closed the incident',
  'hold-run': 'held the number of replicas',
  approval: 'an approval was given or refused',
};

/** Where deciders keep what they remembered, and where they say why. */
const PRIOR_KEYS = new Set(['prior', 'priorState', 'state', 'capsule']);
const REASON_KEYS = new Set(['because', 'reasons', 'reason', 'limitedBy', 'suppressedBecause']);

type JsonObject = { readonly [key: string]: Json };

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names and messages come from telemetry: an escape sequence in them must not reach the terminal. */
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

const bytes = (count: number): string =>
  count < 1024 ? `${count} B` : count < 1_048_576 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / 1_048_576).toFixed(1)} MiB`;

const isCapsule = (text: string): boolean => text.length >= CAPSULE_CHARACTERS && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);

const textInShort = (text: string): string => {
  if (isCapsule(text)) {
    const capsule = Buffer.from(text, 'base64');
    return `<${bytes(capsule.length)}, sha256 ${sha256Hex(capsule).slice(0, 16)}>`;
  }
  return printable(text.length <= TEXT_CHARACTERS ? text : `${text.slice(0, TEXT_CHARACTERS)}... (${text.length} characters)`);
};

const numbersInShort = (numbers: readonly number[]): string => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of numbers) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return `${numbers.length} numbers from ${low} to ${high}, the last ${numbers.at(-1)}`;
};

const isScalar = (value: Json): boolean => value === null || typeof value !== 'object';

const scalar = (value: Json): string => (typeof value === 'string' ? textInShort(value) : String(value));

const listInShort = (list: readonly Json[]): string | undefined => {
  if (list.length === 0) return 'none';
  if (!list.every(isScalar)) return undefined;
  if (list.length > ITEMS_SHOWN && list.every((item) => typeof item === 'number')) return numbersInShort(list as readonly number[]);
  if (list.some((item) => typeof item === 'string' && item.length > 60)) return undefined;
  const shown = list.slice(0, ITEMS_SHOWN).map(scalar).join(', ');
  return list.length > ITEMS_SHOWN ? `${shown} ... (${list.length} in all)` : shown;
};

/** One value as lines "name  value", nested by indentation; deep or long things in short. */
const describe = (name: string, value: Json, indent: string, depth = 0): readonly string[] => {
  const label = `${indent}${printable(name)}`;
  if (isScalar(value)) return [`${label}: ${scalar(value)}`];
  const short = Array.isArray(value) ? listInShort(value) : Object.keys(value as JsonObject).length === 0 ? 'none' : undefined;
  if (short !== undefined) return [`${label}: ${short}`];
  if (depth >= DEPTH_SHOWN) return [`${label}: <${bytes(Buffer.byteLength(canonicalJson(value)))} of JSON>`];
  const entries: readonly (readonly [string, Json])[] = Array.isArray(value)
    ? value.map((item, index) => [`${index + 1}`, item] as const)
    : Object.entries(value as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = entries.slice(0, ITEMS_SHOWN).flatMap(([key, item]) => describe(key, item, `${indent}  `, depth + 1));
  const rest = entries.length > ITEMS_SHOWN ? [`${indent}  ... ${entries.length - ITEMS_SHOWN} more`] : [];
  return [`${label}:`, ...shown, ...rest];
};

const section = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', title, ...lines]);

const members = (value: Json, keep: (key: string) => boolean): readonly string[] => {
  if (!isObject(value)) return keep('') ? describe('value', value, '  ') : [];
  return Object.keys(value)
    .filter(keep)
    .sort()
    .flatMap((key) => describe(key, value[key] as Json, '  '));
};

const sentences = (value: Json): readonly string[] => {
  if (typeof value === 'string') return [`  - ${textInShort(value)}`];
  return Array.isArray(value) ? value.flatMap(sentences) : [];
};

/** Every reason the output gives, outermost first. */
const reasonsOf = (value: Json): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(reasonsOf);
  if (!isObject(value)) return [];
  const keys = Object.keys(value).sort();
  const own = keys.filter((key) => REASON_KEYS.has(key)).flatMap((key) => sentences(value[key] as Json));
  const nested = keys.filter((key) => !REASON_KEYS.has(key)).flatMap((key) => reasonsOf(value[key] as Json));
  return [...own, ...nested];
};

const instant = (at: number): string => {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
};

/** A decision in one line of a list. */
export const decisionLine = ({ id, at, kind, subject }: DecisionRecord): string =>
  `${printable(id)}  ${instant(at)}  ${kind.padEnd(10)} ${printable(subject)}`;

/** A page for a terminal: what was decided, when, from what, why, by which versions, and where it stands in the chain. */
export const explain = (record: DecisionRecord): string => {
  const { versions } = record;
  const previous = record.previousHash === GENESIS_HASH ? 'the beginning of the chain' : record.previousHash;
  return [
    `${record.kind}  ${printable(record.subject)}`,
    `${HEADLINES[record.kind]} at ${instant(record.at)} (tenant ${printable(record.tenant)})`,
    ...section('Why', [...new Set(reasonsOf(record.output))].slice(0, ITEMS_SHOWN)),
    ...section(
      'Output',
      members(record.output, () => true),
    ),
    ...section(
      'Inputs',
      members(record.inputs, (key) => !PRIOR_KEYS.has(key)),
    ),
    ...section(
      'Prior state',
      members(record.inputs, (key) => PRIOR_KEYS.has(key)),
    ),
    ...section('Versions', [
      `  foreshock: ${printable(versions.foreshock)}`,
      `  node: ${printable(versions.node)}`,
      `  config: sha256 ${printable(versions.config)}`,
      ...(versions.code === undefined ? [] : [`  code: sha256 ${printable(versions.code)}`]),
    ]),
    ...section('Chain', [
      `  id: ${printable(record.id)}`,
      `  sequence: ${record.sequence}`,
      `  hash: ${printable(record.hash)}`,
      `  previous: ${printable(previous)}`,
    ]),
    '',
  ].join('\n');
};
