import { seededRandom } from '../../../core/random.ts';
import { type RowRange, risingEdges } from '../score/ranges.ts';

/** What one detector said of one drawn series, and what was true of it. */
export interface Hearing {
  readonly score: Float64Array;
  readonly alert: Uint8Array;
  readonly events: readonly RowRange[];
  readonly excused: readonly RowRange[];
  readonly weeks: number;
}

export interface Tally {
  readonly found: readonly boolean[];
  readonly falseAlarms: number;
}

/**
 * An event is found by an alarm that begins in it, or one row before it as the scorers of the real data allow. An alarm
 * that was open already finds nothing. Further alarms in the same event are not false; those in excused rows are neither.
 */
export const tally = (edges: readonly number[], events: readonly RowRange[], excused: readonly RowRange[]): Tally => {
  const inside = (span: RowRange, row: number): boolean => row >= span.first - 1 && row <= span.last;
  const found = events.map((event) => edges.some((row) => inside(event, row)));
  const falseAlarms = edges.filter((row) => ![...events, ...excused].some((span) => inside(span, row))).length;
  return { found, falseAlarms };
};

const QUIET_ROWS = 3;

/** Alarms of a plain threshold: rows at or above it, those within three quiet rows of each other being one alarm. */
export const edgesAbove = (score: Float64Array, threshold: number): readonly number[] => {
  const edges: number[] = [];
  let quiet = QUIET_ROWS;
  for (let row = 0; row < score.length; row += 1) {
    const high = (score[row] as number) >= threshold;
    if (high && quiet >= QUIET_ROWS) edges.push(row);
    quiet = high ? 0 : quiet + 1;
  }
  return edges;
};

const pool = (hearings: readonly Hearing[], edgesOf: (hearing: Hearing) => readonly number[]): Tally => {
  const tallies = hearings.map((hearing) => tally(edgesOf(hearing), hearing.events, hearing.excused));
  return { found: tallies.flatMap((t) => t.found), falseAlarms: tallies.reduce((sum, t) => sum + t.falseAlarms, 0) };
};

const count = (found: readonly boolean[]): number => found.filter(Boolean).length;

const THRESHOLDS = 120;

/** Scores to try as thresholds: fine where alarms are rare. */
const candidates = (hearings: readonly Hearing[]): readonly number[] => {
  const all = Float64Array.from(hearings.flatMap((hearing) => [...hearing.score].filter((score) => Number.isFinite(score)))).sort();
  if (all.length === 0) return [];
  const rank = (k: number): number => Math.floor(all.length * (1 - Math.exp((-k / THRESHOLDS) * Math.log(all.length))));
  return [...new Set(Array.from({ length: THRESHOLDS + 1 }, (_, k) => all[Math.min(all.length - 1, rank(k))] as number))];
};

/**
 * The most events a threshold on `score` finds with at most that many false alarms. The threshold is chosen with the
 * labels in view, on each shape anew: a rival gets more than anybody who runs it would have.
 */
export const bestThreshold = (hearings: readonly Hearing[], falseAlarms: number): Tally => {
  let best: Tally = { found: hearings.flatMap((hearing) => hearing.events.map(() => false)), falseAlarms: 0 };
  for (const threshold of candidates(hearings)) {
    const got = pool(hearings, (hearing) => edgesAbove(hearing.score, threshold));
    if (got.falseAlarms <= falseAlarms && count(got.found) > count(best.found)) best = got;
  }
  return best;
};

export interface Standing {
  readonly shape: string;
  readonly trap: string;
  readonly events: number;
  readonly weeks: number;
  readonly found: number;
  readonly falseAlarms: number;
  readonly rivals: readonly { readonly name: string; readonly found: number; readonly falseAlarms: number }[];
  /** Against the best rival at equal false alarms; level where the difference is within what chance does. */
  readonly verdict: 'ahead' | 'level' | 'behind';
}

/** McNemar: of the events only one of two found, how far the split is from even, in standard deviations. */
const split = (ours: readonly boolean[], theirs: readonly boolean[]): number => {
  const only = (a: readonly boolean[], b: readonly boolean[]): number => a.filter((hit, i) => hit && !b[i]).length;
  const [us, them] = [only(ours, theirs), only(theirs, ours)];
  return us + them === 0 ? 0 : (us - them) / Math.sqrt(us + them);
};

const SIGNIFICANT = 1.96;

export const compare = (
  shape: { readonly name: string; readonly trap: string },
  ours: readonly Hearing[],
  rivals: readonly { readonly name: string; readonly hearings: readonly Hearing[] }[],
): Standing => {
  const got = pool(ours, (hearing) => risingEdges(hearing.alert));
  const others = rivals.map(({ name, hearings }) => ({ name, ...bestThreshold(hearings, got.falseAlarms) }));
  const splits = others.map((other) => split(got.found, other.found));
  const worst = Math.min(...splits);
  return {
    shape: shape.name,
    trap: shape.trap,
    events: got.found.length,
    weeks: ours.reduce((sum, hearing) => sum + hearing.weeks, 0),
    found: count(got.found),
    falseAlarms: got.falseAlarms,
    rivals: others.map(({ name, found, falseAlarms }) => ({ name, found: count(found), falseAlarms })),
    verdict: worst <= -SIGNIFICANT ? 'behind' : worst >= SIGNIFICANT ? 'ahead' : 'level',
  };
};

/** A generator of its own for each draw, so that a new shape leaves the others as they were. */
export const randomOf = (seed: number, shape: string, draw: number): (() => number) => {
  let hash = 2_166_136_261 ^ seed;
  for (const character of `${shape}/${draw}`) hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619);
  return seededRandom(hash >>> 0);
};
