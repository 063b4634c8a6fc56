import { type DECLINED_SHARE, type FAILED_SHARE, PAYMENTS, PROVIDER, RAIL } from '../../core/business.ts';
import type { Suspect } from '../incident/incident.ts';
import type { SignalEvidence } from './evidence.ts';
import { rankSlices } from './slices.ts';

/** Below this a signal says nothing about a cause: a season that is a little off is no payment that is missing. */
const LEAST_EVIDENCE = 1;
const DIMENSIONS = [RAIL, PROVIDER];
/** Each rail and provider; and a whole rail, or all that one provider does: what breaks is as often one of those. */
const GROUPINGS: readonly (readonly string[])[] = [[RAIL, PROVIDER], [RAIL], [PROVIDER]];

/** One rail and provider: how many of how many payments went wrong, and how many that is usually. */
interface Part {
  readonly evidence: SignalEvidence;
  readonly slice: Readonly<Record<string, string>>;
  readonly events: number;
  readonly harmed: number;
  readonly usual: number;
}

const attributesOf = ({ scope }: SignalEvidence): Readonly<Record<string, string>> => (scope.kind === 'resource' ? scope.attributes : {});

/** Which rail and provider a business signal counts, as people say it; undefined for every other signal. */
export const railAndProviderOf = (evidence: SignalEvidence): string | undefined => {
  const { [RAIL]: rail, [PROVIDER]: provider } = attributesOf(evidence);
  return rail === undefined || provider === undefined ? undefined : `${rail} / ${provider}`;
};

/** Payments that should have been there and are not, of those that should; or adverse ones of all that are there. */
const partOf = (evidence: SignalEvidence): Part => {
  const { observed, expected, name, direction } = evidence;
  const { [RAIL]: rail = '', [PROVIDER]: provider = '' } = attributesOf(evidence);
  const slice = { [RAIL]: rail, [PROVIDER]: provider };
  if (name === PAYMENTS) {
    const events = expected * (evidence.seconds ?? 0);
    const isMissing = direction === 'fall' && evidence.evidence >= LEAST_EVIDENCE && expected > 0;
    return { evidence, slice, events, harmed: isMissing ? events * (1 - observed / expected) : 0, usual: 0 };
  }
  const isOdd = direction === 'rise' && evidence.evidence >= LEAST_EVIDENCE;
  const usual = expected * evidence.events;
  return { evidence, slice, events: evidence.events, harmed: isOdd ? observed * evidence.events : usual, usual };
};

/** The parts that agree in `dimensions`, each as the ratio of one slice. */
const sliceEvidence = (parts: readonly Part[], dimensions: readonly string[]): readonly SignalEvidence[] => {
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    const key = JSON.stringify(dimensions.map((dimension) => part.slice[dimension]));
    groups.set(key, [...(groups.get(key) ?? []), part]);
  }
  return [...groups.values()].flatMap((group): readonly SignalEvidence[] => {
    const [first] = group;
    const events = group.reduce((sum, part) => sum + part.events, 0);
    if (first === undefined || !(events > 0)) return [];
    const slice = Object.fromEntries(dimensions.map((dimension) => [dimension, first.slice[dimension] as string]));
    const observed = group.reduce((sum, { harmed }) => sum + harmed, 0) / events;
    const expected = group.reduce((sum, { usual }) => sum + usual, 0) / events;
    return [{ ...first.evidence, kind: 'ratio', scope: { kind: 'slice', slice }, unit: '1', observed, expected, events }];
  });
};

/**
 * Rails and providers that hold what went wrong with counted payments: those that are missing, declined or failed. Ranked
 * as slices are.
 */
export const rankBusiness = (
  all: readonly SignalEvidence[],
  name: typeof PAYMENTS | typeof DECLINED_SHARE | typeof FAILED_SHARE,
): readonly Suspect[] => {
  const mine = all.filter((item) => item.name === name && railAndProviderOf(item) !== undefined);
  return [...new Set(mine.map(({ service }) => service))].flatMap((service) => {
    const parts = mine.filter((item) => item.service === service).map(partOf);
    const slices = GROUPINGS.flatMap((dimensions) => sliceEvidence(parts, dimensions));
    return rankSlices(slices, service, name, DIMENSIONS);
  });
};
