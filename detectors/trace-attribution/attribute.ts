import type { OperationProfile, TraceProfile, UnitTotals } from './profile.ts';
import { type Unit, unitKey } from './unit.ts';

/** One additive part of the change of a mean. */
export interface Term {
  /** `time`: each call takes longer. `calls`: more or fewer calls a request. `mix`: other operations than before. `failures`: requests fail here. `rest`: what the sums at hand cannot tell apart. */
  readonly part: 'time' | 'calls' | 'mix' | 'failures' | 'rest';
  /** What it is of; the entry operation itself for a mix. */
  readonly unit: Unit;
  /** Milliseconds a request for latency, failed requests a request for errors. */
  readonly change: number;
  /** Of the whole change; NaN when nothing changed. */
  readonly share: number;
  /** Standard error of `change`, from the spread between calls and between requests; NaN where only sums are known. */
  readonly error: number;
}

/** Before, after, and terms that add up to the difference. */
export interface Attribution {
  readonly before: number;
  readonly after: number;
  readonly change: number;
  readonly terms: readonly Term[];
}

export type Part = Omit<Term, 'share'>;

/** Largest first, whichever way it went; ties by what it is, so that the order is the same on every run. */
export const attributionOf = (before: number, after: number, parts: readonly Part[]): Attribution => {
  const change = after - before;
  const terms = parts
    .filter((part) => part.change !== 0)
    .map((part) => ({ ...part, share: change === 0 ? Number.NaN : part.change / change }))
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change) || (`${unitKey(a.unit)}${a.part}` < `${unitKey(b.unit)}${b.part}` ? -1 : 1));
  return { before, after, change, terms };
};

const NOTHING: Omit<UnitTotals, 'unit'> = { calls: 0, callSquares: 0, ms: 0, msSquares: 0, failures: 0 };

/** Variance of a mean of n; of one value nothing is known. */
const varianceOfMean = (sum: number, squares: number, n: number): number =>
  n < 2 ? Number.POSITIVE_INFINITY : Math.max(0, squares / n - (sum / n) * (sum / n)) / (n - 1);

const unitsOf = (...profiles: readonly (OperationProfile | undefined)[]): ReadonlyMap<string, Unit> => {
  const units = new Map<string, Unit>();
  for (const profile of profiles) for (const [key, { unit }] of profile?.units ?? []) units.set(key, unit);
  return units;
};

/**
 * With n calls a request of t each, the mean changes by dn * t_before + n_after * dt: exact, and a call that is new or
 * gone is a matter of calls alone.
 */
const timeParts = (before: OperationProfile, after: OperationProfile, weight: number): readonly Part[] => {
  const parts: Part[] = [];
  for (const [key, unit] of unitsOf(before, after)) {
    const old = before.units.get(key) ?? NOTHING;
    const now = after.units.get(key) ?? NOTHING;
    const callsBefore = old.calls / before.requests;
    const callsAfter = now.calls / after.requests;
    const timeAfter = now.calls > 0 ? now.ms / now.calls : 0;
    const timeBefore = old.calls > 0 ? old.ms / old.calls : timeAfter;
    const callsVariance =
      varianceOfMean(old.calls, old.callSquares, before.requests) + varianceOfMean(now.calls, now.callSquares, after.requests);
    const timeVariance = varianceOfMean(old.ms, old.msSquares, old.calls) + varianceOfMean(now.ms, now.msSquares, now.calls);
    parts.push({
      part: 'calls',
      unit,
      change: weight * (callsAfter - callsBefore) * timeBefore,
      error: weight * timeBefore * Math.sqrt(callsVariance),
    });
    // What is new or gone has no time to compare with.
    if (now.calls === 0 || old.calls === 0) continue;
    parts.push({
      part: 'time',
      unit,
      change: weight * callsAfter * (timeAfter - timeBefore),
      error: weight * callsAfter * Math.sqrt(timeVariance),
    });
  }
  return parts;
};

const meanOf = (profile: OperationProfile | undefined, of: 'ms' | 'failed'): number | undefined =>
  profile === undefined || profile.requests === 0 ? undefined : profile[of] / profile.requests;

const requestsOf = (profile: TraceProfile): number => [...profile.operations.values()].reduce((sum, each) => sum + each.requests, 0);

interface Compared {
  readonly unit: Unit;
  readonly before: OperationProfile | undefined;
  readonly after: OperationProfile | undefined;
  readonly shareBefore: number;
  readonly shareAfter: number;
}

const compare = (reference: TraceProfile, current: TraceProfile): readonly Compared[] => {
  const totalBefore = requestsOf(reference);
  const totalAfter = requestsOf(current);
  return [...new Set([...reference.operations.keys(), ...current.operations.keys()])].sort().map((key) => {
    const before = reference.operations.get(key);
    const after = current.operations.get(key);
    const { service, operation } = (before ?? after) as OperationProfile;
    const unit: Unit = { kind: 'own', service, operation, callee: '' };
    return { unit, before, after, shareBefore: (before?.requests ?? 0) / totalBefore, shareAfter: (after?.requests ?? 0) / totalAfter };
  });
};

const attribute = (
  reference: TraceProfile,
  current: TraceProfile,
  of: 'ms' | 'failed',
  partsOf: (before: OperationProfile, after: OperationProfile, weight: number) => readonly Part[],
): Attribution | undefined => {
  if (requestsOf(reference) === 0 || requestsOf(current) === 0) return undefined;
  const compared = compare(reference, current);
  const before = compared.reduce((sum, each) => sum + each.shareBefore * (meanOf(each.before, of) ?? 0), 0);
  const after = compared.reduce((sum, each) => sum + each.shareAfter * (meanOf(each.after, of) ?? 0), 0);
  const parts: Part[] = [];
  for (const each of compared) {
    // Against the mean of all, so that an operation no slower than the others shifts nothing by being asked more often.
    const mean = meanOf(each.before, of) ?? meanOf(each.after, of) ?? 0;
    const moved = each.shareAfter - each.shareBefore;
    const error = Math.abs(mean - before) * Math.sqrt((each.shareAfter * (1 - each.shareAfter)) / requestsOf(current));
    parts.push({ part: 'mix', unit: each.unit, change: moved * (mean - before), error });
    if (each.before !== undefined && each.after !== undefined) parts.push(...partsOf(each.before, each.after, each.shareAfter));
  }
  return attributionOf(before, after, parts);
};

/** The change of the mean duration of a request, in milliseconds. Undefined when one side has no requests. */
export const attributeLatency = (reference: TraceProfile, current: TraceProfile): Attribution | undefined =>
  attribute(reference, current, 'ms', timeParts);

const failureParts = (before: OperationProfile, after: OperationProfile, weight: number): readonly Part[] =>
  [...unitsOf(before, after)].map(([key, unit]) => {
    const old = (before.units.get(key)?.failures ?? 0) / before.requests;
    const now = (after.units.get(key)?.failures ?? 0) / after.requests;
    const error = weight * Math.sqrt((old * (1 - old)) / before.requests + (now * (1 - now)) / after.requests);
    return { part: 'failures', unit, change: weight * (now - old), error };
  });

/** The change of the share of failed requests, each failure charged to the deepest failed span. */
export const attributeErrors = (reference: TraceProfile, current: TraceProfile): Attribution | undefined =>
  attribute(reference, current, 'failed', failureParts);
