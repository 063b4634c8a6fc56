import type { Suspect } from '../incident/incident.ts';
import { percent, type SignalEvidence } from './evidence.ts';

/** A slice must hold at least this share of the harm before it can be the cause: less is a sample, not a cause. */
const LEAST_HARM_SHARE = 0.5;
/** And its share of the harm must exceed its share of the traffic by this factor, else it is merely large. */
const LEAST_LIFT = 1.5;
/** Fewer harmed events than this are chance. */
const LEAST_EXCESS_EVENTS = 3;

interface SliceHarm {
  readonly evidence: SignalEvidence;
  readonly slice: Readonly<Record<string, string>>;
  readonly excess: number;
}

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

/**
 * Slices of one ratio signal ('declined' or 'errors') of one service, ranked by how much of the harm they hold
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
  const suspects: Suspect[] = [];
  for (const group of groups.values()) {
    const harm = group.reduce((sum, item) => sum + item.excess, 0);
    const traffic = group.reduce((sum, item) => sum + item.evidence.events, 0);
    if (harm < LEAST_EXCESS_EVENTS || traffic <= 0) continue;
    for (const item of group) {
      const harmShare = item.excess / harm;
      const trafficShare = item.evidence.events / traffic;
      if (item.excess < LEAST_EXCESS_EVENTS || harmShare < LEAST_HARM_SHARE || harmShare < LEAST_LIFT * trafficShare) continue;
      const parts = sliceParts(item.slice, dimensions);
      suspects.push({
        kind: 'slice',
        service,
        parts,
        label: Object.values(parts).join(' / '),
        score: harmShare * Math.log(harmShare / trafficShare),
        share: 0,
        harmShare,
        trafficShare,
        because: [
          `${percent(harmShare)} of the additional ${name === 'declined' ? 'declined payments' : 'errors'} fall on ${percent(trafficShare)} of the traffic`,
          `${name} ${percent(item.evidence.observed)} of ${Math.round(item.evidence.events)}, expected ${percent(item.evidence.expected)}`,
        ],
      });
    }
  }
  return suspects.sort((a, b) => b.score - a.score);
};
