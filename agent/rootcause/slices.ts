import { DECLINED_SHARE, FAILED_SHARE, PAYMENTS } from '../../core/business.ts';
import { type HarmShare, harmShares } from '../../detectors/trace-attribution/index.ts';
import type { Suspect } from '../incident/incident.ts';
import { percent, type SignalEvidence } from './evidence.ts';

/** A slice must hold at least this share of the harm before it can be the cause: less is a sample, not a cause. */
const LEAST_HARM_SHARE = 0.5;
/** And its share of the harm must exceed its share of the traffic by this factor, else it is merely large. */
const LEAST_LIFT = 1.5;
/** Fewer harmed events than this are chance. */
const LEAST_EXCESS_EVENTS = 3;
/** And so is a share of the harm within this many standard deviations of the share of the traffic: there are many slices to be odd. */
const LEAST_DEVIATIONS = 3.5;
/** A narrower slice that holds this share of the harm of a wider one is what the wider one is odd for. */
const SAME_HARM = 0.8;

interface SliceHarm {
  readonly evidence: SignalEvidence;
  readonly slice: Readonly<Record<string, string>>;
  readonly excess: number;
}

/** What gathers in a slice, and how the events that are part of it are called. */
const HARMS: Readonly<Record<string, { readonly gathers: string; readonly called: string }>> = {
  declined: { gathers: 'additional declined payments', called: 'declined' },
  errors: { gathers: 'additional errors', called: 'errors' },
  [PAYMENTS]: { gathers: 'missing approved payments', called: 'missing' },
  [DECLINED_SHARE]: { gathers: 'additional declined payments', called: 'declined' },
  [FAILED_SHARE]: { gathers: 'additional failed payments', called: 'failed' },
};

const shortName = (dimension: string): string => dimension.slice(dimension.lastIndexOf('.') + 1);

/**
 * Parts in the order in which the dimensions are configured, then by name: never in the order of keys, which a record
 * that was written and read again does not keep.
 */
const sliceParts = (slice: Readonly<Record<string, string>>, dimensions: readonly string[]): Readonly<Record<string, string>> => {
  const place = (dimension: string): number => (dimensions.includes(dimension) ? dimensions.indexOf(dimension) : dimensions.length);
  const ordered = Object.keys(slice).sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  return Object.fromEntries(ordered.map((dimension) => [shortName(dimension), slice[dimension] as string]));
};

const groupKey = (evidence: SignalEvidence): string =>
  evidence.scope.kind === 'slice' ? Object.keys(evidence.scope.slice).sort().join(',') : '';

/** Excess of adverse events over what was expected of that many events. */
const excessOf = (evidence: SignalEvidence): number => Math.max(0, (evidence.observed - evidence.expected) * evidence.events);

interface Candidate {
  readonly item: SliceHarm;
  readonly harmShare: number;
  readonly trafficShare: number;
  /** How sure the share of the harm is, with all slices of the grouping looked at. */
  readonly interval: Pick<HarmShare, 'low' | 'high'>;
}

/** The slices of one grouping in which harm gathers beyond traffic and beyond chance (binomial, normal approximation). */
const concentrated = (group: readonly SliceHarm[]): readonly Candidate[] => {
  const harm = group.reduce((sum, item) => sum + item.excess, 0);
  const traffic = group.reduce((sum, item) => sum + item.evidence.events, 0);
  if (harm < LEAST_EXCESS_EVENTS || traffic <= 0) return [];
  const intervals = harmShares(
    group.map(({ evidence: { observed, expected, events } }) => ({
      traffic: events,
      harmed: observed * events,
      expected: expected * events,
    })),
  );
  return group.flatMap((item, at) => {
    const interval = intervals[at] as HarmShare;
    const harmShare = item.excess / harm;
    const trafficShare = item.evidence.events / traffic;
    const deviations = (item.excess - harm * trafficShare) / Math.sqrt(harm * trafficShare * (1 - trafficShare) + 1e-9);
    const gathers = harmShare >= LEAST_HARM_SHARE && harmShare >= LEAST_LIFT * trafficShare && deviations >= LEAST_DEVIATIONS;
    return item.excess >= LEAST_EXCESS_EVENTS && gathers && interval.low > trafficShare
      ? [{ item, harmShare, trafficShare, interval }]
      : [];
  });
};

const refines = (narrow: SliceHarm, wide: SliceHarm): boolean => {
  const parts = Object.entries(wide.slice);
  return Object.keys(narrow.slice).length > parts.length && parts.every(([dimension, value]) => narrow.slice[dimension] === value);
};

const scoreOf = ({ harmShare, trafficShare }: Candidate): number => harmShare * Math.log(harmShare / trafficShare);

/** A slice scores at least as high as a wider one whose harm it holds: the wider one is odd because of it. */
const scoreAmong = (candidate: Candidate, candidates: readonly Candidate[]): number =>
  candidates.reduce(
    (best, other) =>
      refines(candidate.item, other.item) && candidate.item.excess >= SAME_HARM * other.item.excess
        ? Math.max(best, 1.05 * scoreOf(other))
        : best,
    scoreOf(candidate),
  );

/**
 * Slices of one ratio signal ('declined', 'errors', or what counted payments come to) of one service, ranked by how much of the harm they hold
 * beyond their share of the traffic: score = harm share * ln(harm share / traffic share), the term of the
 * Kullback-Leibler divergence between harm and traffic that the slice contributes. Of two slices that hold the
 * same harm the narrower one scores higher.
 */
export const rankSlices = (
  all: readonly SignalEvidence[],
  service: string,
  name: string,
  dimensions: readonly string[] = [],
): readonly Suspect[] => {
  const slices = all.filter((item) => item.service === service && item.name === name && item.scope.kind === 'slice');
  const groups = new Map<string, SliceHarm[]>();
  for (const evidence of slices) {
    if (evidence.scope.kind !== 'slice') continue;
    const key = groupKey(evidence);
    const group = groups.get(key) ?? [];
    group.push({ evidence, slice: evidence.scope.slice, excess: excessOf(evidence) });
    groups.set(key, group);
  }
  const candidates = [...groups.values()].flatMap(concentrated);
  const { gathers, called } = HARMS[name] ?? { gathers: name, called: name };
  return candidates
    .map((candidate) => {
      const { item, harmShare, trafficShare, interval } = candidate;
      const parts = sliceParts(item.slice, dimensions);
      return {
        kind: 'slice' as const,
        service,
        parts,
        label: Object.values(parts).join(' / '),
        score: scoreAmong(candidate, candidates),
        share: 0,
        harmShare,
        trafficShare,
        because: [
          `${percent(harmShare)} (${percent(interval.low)} to ${percent(interval.high)}) of the ${gathers} fall on ${percent(trafficShare)} of the traffic`,
          `${called} ${percent(item.evidence.observed)} of ${Math.round(item.evidence.events)}, expected ${percent(item.evidence.expected)}`,
        ],
      };
    })
    .sort((a, b) => b.score - a.score);
};
