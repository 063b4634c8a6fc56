/**
 * Which messages of a stream have been taken in: closed ranges of sequence numbers, ascending, apart from each other.
 * One number would not do: after a kill, newer messages are delivered before the ones that were lost come again.
 */
export interface SequenceRange {
  readonly from: number;
  readonly to: number;
}

export type Sequences = readonly SequenceRange[];

/**
 * Ranges kept. Beyond it the oldest is forgotten: a message that old would be rejected by its time if it came again.
 */
export const RANGES_MAX = 1_024;

/** Place of the first range that ends at or after `sequence`. */
const placeOf = (sequences: Sequences, sequence: number): number => {
  let low = 0;
  let high = sequences.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sequences[middle] as SequenceRange).to < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
};

export const holds = (sequences: Sequences, sequence: number): boolean => {
  const range = sequences[placeOf(sequences, sequence)];
  return range !== undefined && range.from <= sequence;
};

/** The sequences with [from, to] among them; ranges that touch become one. */
export const withRange = (sequences: Sequences, { from, to }: SequenceRange): Sequences => {
  const first = placeOf(sequences, from - 1);
  let past = first;
  while (past < sequences.length && (sequences[past] as SequenceRange).from <= to + 1) past += 1;
  const joined = sequences.slice(first, past);
  const merged = {
    from: Math.min(from, joined[0]?.from ?? from),
    to: Math.max(to, joined.at(-1)?.to ?? to),
  };
  return [...sequences.slice(0, first), merged, ...sequences.slice(past)].slice(-RANGES_MAX);
};

/**
 * The sequences once every message up to `floor` was acknowledged: none of those comes again, so the holes between
 * ranges there are no holes (messages of other subjects, or ended ones). Nothing is added before the first range or
 * after the last: who reads a stream for the first time, or lost its log, has taken in nothing by this.
 */
export const closedUpTo = (sequences: Sequences, floor: number): Sequences => {
  const reached = sequences.filter(({ from }) => from <= floor + 1);
  const [first] = reached;
  if (first === undefined || reached.length === 1) return sequences;
  return [{ from: first.from, to: highest(reached) }, ...sequences.slice(reached.length)];
};

/** What is left when the stream turns out to end earlier than it did: its later numbers will be given to other messages. */
export const through = (sequences: Sequences, last: number): Sequences =>
  sequences.filter(({ from }) => from <= last).map(({ from, to }) => ({ from, to: Math.min(to, last) }));

export const highest = (sequences: Sequences): number => sequences.at(-1)?.to ?? 0;
