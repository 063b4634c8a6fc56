import { canonicalJson, type Json } from '../../core/hash.ts';
import type { DecisionRecord } from './decision-record.ts';

/** For each kind of decision, the pure function that makes its output from its inputs. */
export type DecisionKinds = Readonly<Record<string, (inputs: Json) => Json>>;

export interface Replay {
  readonly same: boolean;
  /** Canonical JSON of what the function gives now; empty when it gave nothing. */
  readonly recomputed: string;
  /** Canonical JSON of what was decided then. */
  readonly recorded: string;
  /** Where the two part, or why nothing could be recomputed. */
  readonly firstDifference?: string;
}

export type Replayer = (record: Pick<DecisionRecord, 'kind' | 'inputs' | 'output'>) => Replay;

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Enough to recognize a value; the whole of it stands in `recorded` and `recomputed`. */
const SHOWN_CHARACTERS = 120;

const shown = (value: Json | undefined): string => {
  if (value === undefined) return 'nothing';
  const text = canonicalJson(value);
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}...`;
};

const member = (value: Json, key: string): Json | undefined => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined);

/** The path of the first place where two values differ, in canonical order; undefined when they are equal. */
export const firstDifference = (recorded: Json | undefined, recomputed: Json | undefined, path = 'output'): string | undefined => {
  if (Array.isArray(recorded) && Array.isArray(recomputed)) {
    const length = Math.max(recorded.length, recomputed.length);
    for (let index = 0; index < length; index += 1) {
      const found = firstDifference(recorded[index], recomputed[index], `${path}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isObject(recorded) && isObject(recomputed)) {
    const keys = [...new Set([...Object.keys(recorded), ...Object.keys(recomputed)])].sort();
    for (const key of keys) {
      const found = firstDifference(member(recorded, key), member(recomputed, key), `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const equal = recorded !== undefined && recomputed !== undefined && canonicalJson(recorded) === canonicalJson(recomputed);
  return equal ? undefined : `${path}: recorded ${shown(recorded)}, recomputed ${shown(recomputed)}`;
};

/**
 * Recomputes decisions from their own records and compares canonical JSON byte for byte. Never throws: a function that
 * does is itself a difference.
 */
export const createReplayer =
  (kinds: DecisionKinds): Replayer =>
  ({ kind, inputs, output }) => {
    const recorded = canonicalJson(output);
    const decide = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    if (decide === undefined)
      return { same: false, recomputed: '', recorded, firstDifference: `decisions of kind '${kind}' cannot be recomputed` };
    try {
      const recomputed = canonicalJson(decide(inputs));
      if (recomputed === recorded) return { same: true, recomputed, recorded };
      return { same: false, recomputed, recorded, firstDifference: firstDifference(output, JSON.parse(recomputed) as Json) ?? 'output' };
    } catch (error) {
      return { same: false, recomputed: '', recorded, firstDifference: `recomputing failed: ${String((error as Error).message ?? error)}` };
    }
  };
