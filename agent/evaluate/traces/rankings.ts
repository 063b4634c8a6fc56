import {
  type AssembledTraces,
  type Attribution,
  assembleTraces,
  attributeErrors,
  attributeLatency,
  type CutShort,
  chargeServices,
  findCutShort,
  learnCallees,
  partitionTime,
  profileTraces,
  type SpanNode,
  type TracedSpan,
} from '../../../detectors/trace-attribution/index.ts';

/** Services, most suspected first. */
export type Ranking = readonly string[];

/** What is compared, in the order in which it is printed. */
export const METHODS = {
  attribution: 'attribution: certainty that calls take longer (gaps charged to the likelier end) or are cut short, the larger of both',
  latency: 'the same without what is cut short',
  share: 'attribution: share of the change, gaps charged to the callee',
  exclusive: 'baseline: largest change of the mean exclusive time of a span',
} as const;

export type Method = keyof typeof METHODS;

export interface FaultRankings {
  readonly attribution: Attribution;
  /** Nothing changes where the source records no status. */
  readonly errors: Attribution;
  readonly cuts: readonly CutShort[];
  readonly byMethod: Readonly<Record<Method, Ranking>>;
  /** Services that had spans in either window: what a guess is drawn from. */
  readonly services: number;
  readonly requests: number;
  readonly orphans: number;
}

/** Ids are numbered within each minute. */
export const minuteSpans = (minutes: readonly (readonly TracedSpan[])[]): readonly TracedSpan[] =>
  minutes.flatMap((spans, at) => spans.map((span) => ({ ...span, trace: `${at}/${span.trace}` })));

const exclusiveBySpan = (roots: readonly SpanNode[]): ReadonlyMap<string, number> => {
  const sums = new Map<string, { ms: number; spans: number }>();
  for (const root of roots) {
    partitionTime(root, ({ span: { service } }, ms) => {
      const sum = sums.get(service) ?? { ms: 0, spans: 0 };
      sums.set(service, { ms: sum.ms + ms, spans: sum.spans + 1 });
    });
  }
  return new Map([...sums].map(([service, { ms, spans }]) => [service, ms / spans]));
};

const byChangePerSpan = (reference: AssembledTraces, current: AssembledTraces): Ranking => {
  const before = exclusiveBySpan(reference.roots);
  return [...exclusiveBySpan(current.roots)]
    .map(([service, ms]) => ({ service, change: ms - (before.get(service) ?? ms) }))
    .sort((a, b) => b.change - a.change || (a.service < b.service ? -1 : 1))
    .map(({ service }) => service);
};

/** Standard errors by service: the surer of its calls taking longer and its requests being cut short. */
const surest = (slower: ReadonlyMap<string, number>, cuts: readonly CutShort[]): ReadonlyMap<string, number> => {
  const deviations = new Map(slower);
  for (const { charged, deviations: sure } of cuts)
    if (charged !== undefined) deviations.set(charged, Math.max(sure, deviations.get(charged) ?? 0));
  return deviations;
};

const bySurest = (deviations: ReadonlyMap<string, number>): Ranking =>
  [...deviations].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([service]) => service);

/** One fault as every method sees it; undefined when one of the windows holds no whole request. */
export const rankFault = (reference: readonly TracedSpan[], current: readonly TracedSpan[]): FaultRankings | undefined => {
  const old = assembleTraces(reference);
  const now = assembleTraces(current);
  const callees = learnCallees([old.roots, now.roots]);
  const [before, after] = [profileTraces(old, callees), profileTraces(now, callees)];
  const attribution = attributeLatency(before, after);
  const errors = attributeErrors(before, after);
  if (attribution === undefined || errors === undefined) return undefined;
  const slower = new Map(chargeServices(attribution, 'likelier-end').map(({ service, deviations }) => [service, deviations]));
  const cuts = findCutShort(old.roots, now.roots, callees);
  return {
    attribution,
    errors,
    cuts,
    byMethod: {
      attribution: bySurest(surest(slower, cuts)),
      latency: bySurest(slower),
      share: chargeServices(attribution).map(({ service }) => service),
      exclusive: byChangePerSpan(old, now),
    },
    services: new Set([...reference, ...current].map(({ service }) => service)).size,
    requests: now.roots.length,
    orphans: now.orphans,
  };
};
