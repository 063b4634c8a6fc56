import {
  type AssembledTraces,
  type Attribution,
  assembleTraces,
  attributeErrors,
  attributeLatency,
  chargeServices,
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
  attribution: 'attribution: certainty that calls take longer, gaps charged to the likelier end',
  share: 'attribution: share of the change, gaps charged to the callee',
  exclusive: 'baseline: largest change of the mean exclusive time of a span',
} as const;

export type Method = keyof typeof METHODS;

export interface FaultRankings {
  readonly attribution: Attribution;
  /** Nothing changes where the source records no status. */
  readonly errors: Attribution;
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

/** One fault as every method sees it; undefined when one of the windows holds no whole request. */
export const rankFault = (reference: readonly TracedSpan[], current: readonly TracedSpan[]): FaultRankings | undefined => {
  const old = assembleTraces(reference);
  const now = assembleTraces(current);
  const callees = learnCallees([old.roots, now.roots]);
  const [before, after] = [profileTraces(old, callees), profileTraces(now, callees)];
  const attribution = attributeLatency(before, after);
  const errors = attributeErrors(before, after);
  if (attribution === undefined || errors === undefined) return undefined;
  const certain = [...chargeServices(attribution, 'likelier-end')].sort(
    (a, b) => b.deviations - a.deviations || (a.service < b.service ? -1 : 1),
  );
  return {
    attribution,
    errors,
    byMethod: {
      attribution: certain.map(({ service }) => service),
      share: chargeServices(attribution).map(({ service }) => service),
      exclusive: byChangePerSpan(old, now),
    },
    services: new Set([...reference, ...current].map(({ service }) => service)).size,
    requests: now.roots.length,
    orphans: now.orphans,
  };
};
