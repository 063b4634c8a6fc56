import type { Attribution, Term } from './attribute.ts';
import { unitLabel } from './unit.ts';

/** Parts named in a sentence; what is left is `other`. */
const MOST_PARTS = 3;
/** Of the change: less is not worth a word. */
const LEAST_SHARE = 0.03;

const phraseOf = ({ part, unit, change }: Term): string => {
  if (part === 'mix') return 'other operations than before';
  if (part === 'rest') return 'calls side by side';
  if (part === 'calls') return change > 0 ? 'more calls' : 'fewer calls';
  return part === 'failures' ? `failures of ${unit.kind === 'own' ? unit.service : unitLabel(unit)}` : unitLabel(unit);
};

/** Shares by phrase, most of the change first. */
const sharesOf = (terms: readonly Term[]): readonly (readonly [phrase: string, share: number])[] => {
  const shares = new Map<string, number>();
  for (const term of terms) {
    const phrase = phraseOf(term);
    shares.set(phrase, (shares.get(phrase) ?? 0) + term.share);
  }
  return [...shares].sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]) || (a[0] < b[0] ? -1 : 1));
};

const readableMs = (ms: number): string => {
  const sign = ms < 0 ? '-' : '+';
  const size = Math.abs(ms);
  return size >= 10_000 ? `${sign}${(size / 1_000).toFixed(1)} s` : `${sign}${size.toFixed(size < 10 ? 1 : 0)} ms`;
};

const sharesInWords = (attribution: Attribution): string => {
  const shares = sharesOf(attribution.terms);
  const named = shares.filter(([, share]) => Math.abs(share) >= LEAST_SHARE).slice(0, MOST_PARTS);
  const rounded = named.map(([phrase, share]) => [phrase, Math.round(100 * share)] as const);
  const rest = 100 - rounded.reduce((sum, [, share]) => sum + share, 0);
  const parts = rest === 0 ? rounded : [...rounded, ['other', rest] as const];
  return parts.map(([phrase, share]) => `${share} % ${phrase}`).join(', ');
};

/** "of +520 ms at gateway: 88 % ledger own time, 9 % network to ledger, 3 % more calls". The shares add up to 100 %. */
export const describeLatency = (root: string, attribution: Attribution): string =>
  `of ${readableMs(attribution.change)} at ${root}: ${sharesInWords(attribution)}`;

/** "of +5.0 % failed requests at gateway: 60 % failures of ledger, 40 % failures of network to ledger". */
export const describeErrors = (root: string, attribution: Attribution): string =>
  `of ${attribution.change < 0 ? '' : '+'}${(100 * attribution.change).toFixed(1)} % failed requests at ${root}: ${sharesInWords(attribution)}`;
