import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import type { z } from 'zod';
import { configJsonSchema, type JsonSchema, knownKeys } from './json-schema.ts';

/** What is wrong in the file, where, and what to do. */
export interface ConfigProblem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** `time.step`, `scaling[0].target`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

interface Located {
  /** The deepest node of the path that the file has. */
  readonly node: Node | undefined;
  /** True when the file has the whole path. */
  readonly found: boolean;
}

const pathText = (path: Path): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('');

const resolved = (node: unknown, document: Document): unknown => (isAlias(node) ? node.resolve(document) : node);

const keyText = (key: unknown): string => String(isScalar(key) ? key.value : key);

const locate = (document: Document, path: Path, what: 'key' | 'value'): Located => {
  let current: unknown = document.contents;
  let place = document.contents as Node | undefined;
  for (const [depth, part] of path.entries()) {
    const holder = resolved(current, document);
    if (isMap(holder)) {
      const pair = holder.items.find(({ key }) => keyText(key) === String(part));
      if (pair === undefined) return { node: place, found: false };
      current = pair.value;
      const isLast = depth === path.length - 1;
      const hasValue = pair.value !== null && !(isScalar(pair.value) && pair.value.value === null);
      place = ((isLast && what === 'value' && hasValue ? pair.value : pair.key) as Node | null) ?? place;
    } else if (isSeq(holder) && typeof part === 'number' && holder.items[part] !== undefined) {
      current = holder.items[part];
      place = (current as Node | null) ?? place;
    } else return { node: place, found: false };
  }
  return { node: place, found: true };
};

/** Levenshtein: how many letters were added, lost or exchanged. */
const editDistance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const exchanged = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(exchanged, (previous[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    previous = row;
  }
  return previous[b.length] as number;
};

const plain = (key: string): string => key.toLowerCase().replace(/[-_]/g, '');

/** The known word somebody probably meant: its beginning, or spelled alike but for a third of its letters. */
const nearest = (written: string, known: readonly string[]): string | undefined => {
  const word = plain(written);
  const prefixed = known.filter(
    (candidate) => plain(candidate).length > 2 && (word.startsWith(plain(candidate)) || plain(candidate).startsWith(word)),
  );
  if (word.length > 2 && prefixed.length === 1) return prefixed[0];
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(word, plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined;
};

const quoted = (words: readonly unknown[]): string => words.map((word) => `\`${String(word)}\``).join(', ');

const unknownKey = (key: string, path: Path, schema: JsonSchema): string => {
  const known = knownKeys(schema, path);
  const meant = nearest(key, known);
  const under = path.length === 0 ? '' : ` under \`${pathText(path)}\``;
  return `unknown key \`${key}\`${under}; ${meant === undefined ? `known are ${quoted(known)}` : `did you mean \`${meant}\`?`}`;
};

const KINDS: Readonly<Record<string, string>> = {
  object: 'a section of keys',
  record: 'a section of keys',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

const bound = (
  issue: { readonly origin: string; readonly inclusive?: boolean | undefined },
  limit: unknown,
  side: 'least' | 'most',
): string => {
  const amount =
    issue.origin === 'string'
      ? ` ${String(limit)} characters`
      : issue.origin === 'array'
        ? ` ${String(limit)} entries`
        : ` ${String(limit)}`;
  if (issue.inclusive === false) return side === 'least' ? `must be more than${amount}` : `must be less than${amount}`;
  return side === 'least' ? `must have or be at least${amount}` : `must have or be at most${amount}`;
};

const valueProblem = (issue: Issue, written: unknown): string => {
  switch (issue.code) {
    case 'invalid_type':
      if (written === null) return `has no value; give ${KINDS[issue.expected] ?? issue.expected}, or remove the key`;
      return `expected ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value': {
      const meant = nearest(String(written), issue.values.map(String));
      return `expected one of ${quoted(issue.values)}${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`;
    }
    case 'invalid_union': {
      const options = (issue as { readonly options?: readonly unknown[] }).options;
      // A kind that may be left out stands among them as undefined.
      return options === undefined ? issue.message : `expected one of ${quoted(options.filter((option) => option !== undefined))}`;
    }
    case 'too_small':
      return bound(issue, issue.minimum, 'least').replace(
        'have or be',
        issue.origin === 'number' || issue.origin === 'int' ? 'be' : 'have',
      );
    case 'too_big':
      return bound(issue, issue.maximum, 'most').replace('have or be', issue.origin === 'number' || issue.origin === 'int' ? 'be' : 'have');
    default:
      return issue.message;
  }
};

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (holder, part) => (typeof holder === 'object' && holder !== null ? (holder as Record<PropertyKey, unknown>)[part] : undefined),
    value,
  );

/** Where a field stands, or what comes nearest to it. From 1. */
export const lineOf = (
  document: Document,
  path: Path,
  lines: LineCounter,
  what: 'key' | 'value' = 'value',
): { readonly line: number; readonly column: number } => {
  const { line, col } = lines.linePos(locate(document, path, what).node?.range?.[0] ?? document.range?.[0] ?? 0);
  return { line: Math.max(1, line), column: Math.max(1, col) };
};

/** One problem for each thing to mend, in the order of the file; `schema` knows the keys that may stand in it. */
export const problemsOf = (
  issues: readonly Issue[],
  document: Document,
  value: unknown,
  lines: LineCounter,
  schema: JsonSchema = configJsonSchema(),
): readonly ConfigProblem[] => {
  const at = (path: Path, what: 'key' | 'value', message: string): ConfigProblem => ({
    ...lineOf(document, path, lines, what),
    path: pathText(path),
    message,
  });
  return issues
    .flatMap((issue): readonly ConfigProblem[] => {
      const { path } = issue;
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => at([...path, key], 'key', unknownKey(key, path, schema)));
      const parent = path.slice(0, -1);
      if (path.length > 0 && !locate(document, path, 'value').found && issue.code !== 'custom') {
        const of = parent.length === 0 ? '' : ` in \`${pathText(parent)}\``;
        return [at(parent, 'value', `\`${String(path.at(-1))}\` is missing${of}`)];
      }
      const message = valueProblem(issue, valueAt(value, path));
      return [at(path, 'value', path.length === 0 ? message : `\`${pathText(path)}\`: ${message}`)];
    })
    .sort((a, b) => a.line - b.line || a.column - b.column);
};
