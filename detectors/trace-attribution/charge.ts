import type { Attribution, Term } from './attribute.ts';
import { TRACE_ATTRIBUTION, type TraceAttributionConstants } from './span.ts';
import { chargedService, type Unit } from './unit.ts';

/** How much of a change one service is charged with. */
export interface ServiceCharge {
  readonly service: string;
  readonly change: number;
  readonly share: number;
  /**
   * How sure it is that its calls take longer each: the change of the `time` terms in standard errors. Calls and mix are
   * demand, and who asks for more is no fault of who answers.
   */
  readonly deviations: number;
}

const isGap = ({ kind }: Unit): boolean => kind !== 'own';

interface Edge {
  readonly caller: string;
  readonly callee: string;
  readonly slower: boolean;
}

/** Edges with whether the time between caller and callee has surely risen. */
const edgesOf = (terms: readonly Term[], constants: TraceAttributionConstants): readonly Edge[] => {
  const edges = new Map<string, { caller: string; callee: string; change: number; variance: number }>();
  for (const { part, unit, change, error } of terms) {
    if (!isGap(unit) || part !== 'time') continue;
    const key = `${unit.service}\u0000${unit.callee}`;
    const edge = edges.get(key) ?? { caller: unit.service, callee: unit.callee, change: 0, variance: 0 };
    edges.set(key, { ...edge, change: edge.change + change, variance: edge.variance + error * error });
  }
  return [...edges.values()].map(({ caller, callee, change, variance }) => ({
    caller,
    callee,
    slower: change > constants.gapDeviations * Math.sqrt(variance),
  }));
};

const shareSlower = (edges: readonly Edge[]): number =>
  edges.length === 0 ? Number.NaN : edges.filter((edge) => edge.slower).length / edges.length;

/**
 * Who pays for the time between a caller and a callee: the callee, unless the caller waits longer for most of the others
 * it calls and the callee keeps no other caller waiting: then it is the caller that is slow to send and to receive.
 */
const gapPayer = (unit: Unit, edges: readonly Edge[], constants: TraceAttributionConstants): string => {
  const outward = shareSlower(edges.filter((edge) => edge.caller === unit.service && edge.callee !== unit.callee));
  const inward = shareSlower(edges.filter((edge) => edge.callee === unit.callee && edge.caller !== unit.service));
  const other = Number.isNaN(inward) ? 0.5 : inward;
  return outward >= constants.callerShare && outward > other ? unit.service : unit.callee;
};

interface Sum {
  change: number;
  slower: number;
  variance: number;
}

/**
 * The terms of an attribution by service, most harm first; the changes add up to the change. `gap` says who is charged
 * with the time between caller and callee: always the callee, or the end whose other calls are slower too.
 */
export const chargeServices = (
  attribution: Attribution,
  gap: 'callee' | 'likelier-end' = 'callee',
  constants: TraceAttributionConstants = TRACE_ATTRIBUTION,
): readonly ServiceCharge[] => {
  const edges = gap === 'callee' ? [] : edgesOf(attribution.terms, constants);
  const sums = new Map<string, Sum>();
  for (const { part, unit, change, error } of attribution.terms) {
    const service = isGap(unit) && gap === 'likelier-end' ? gapPayer(unit, edges, constants) : chargedService(unit);
    const sum = sums.get(service) ?? { change: 0, slower: 0, variance: 0 };
    sums.set(service, sum);
    sum.change += change;
    if (part !== 'time' || !(error > 0) || !Number.isFinite(error)) continue;
    sum.slower += change;
    sum.variance += error * error;
  }
  return [...sums]
    .map(([service, { change, slower, variance }]) => ({
      service,
      change,
      share: attribution.change === 0 ? Number.NaN : change / attribution.change,
      deviations: variance > 0 ? slower / Math.sqrt(variance) : 0,
    }))
    .sort((a, b) => b.change - a.change || (a.service < b.service ? -1 : 1));
};
