import { normalTail } from '../../core/math.ts';
import { TRACE_ATTRIBUTION, type TraceAttributionConstants } from './span.ts';

/** One value of a dimension: a tenant, a rail, a provider, a version, a zone. */
export interface SliceCount {
  /** Requests, or payments. */
  readonly traffic: number;
  /** Of them failed, declined, too slow. */
  readonly harmed: number;
  /** How many of them that would have been anyway. */
  readonly expected: number;
}

export interface HarmShare {
  readonly harmShare: number;
  /** Interval of the share of the harm, valid for all compared slices at once. */
  readonly low: number;
  readonly high: number;
  readonly trafficShare: number;
  /** Harm gathers here beyond the share of the traffic and beyond chance. */
  readonly gathers: boolean;
}

/** z with P(Z > z) = tail, by bisection: asked a few times an incident. */
const normalQuantile = (tail: number): number => {
  let low = 0;
  let high = 40;
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (normalTail(middle) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

/** E. B. Wilson 1927: an interval of a share that stays within 0 and 1 and is honest for few events. */
const wilson = (share: number, n: number, z: number): { readonly low: number; readonly high: number } => {
  if (!(n > 0)) return { low: 0, high: 1 };
  const zz = z * z;
  const center = (share + zz / (2 * n)) / (1 + zz / n);
  const half = (z / (1 + zz / n)) * Math.sqrt((share * (1 - share)) / n + zz / (4 * n * n));
  return { low: Math.max(0, Math.min(share, center - half)), high: Math.min(1, Math.max(share, center + half)) };
};

/**
 * Share of the harm beside the share of the traffic, one a slice, in the order given. The harm is what exceeds the
 * expected count. Its certainty is that of `excess^2 / harmed` events: with nothing expected every event counts, and a
 * thin excess over many habitual failures tells as little as it should. A slice of two payments has a wide interval and
 * wins nothing by chance, since the level is shared out over all slices looked at.
 */
export const harmShares = (
  slices: readonly SliceCount[],
  constants: TraceAttributionConstants = TRACE_ATTRIBUTION,
): readonly HarmShare[] => {
  const traffic = slices.reduce((sum, slice) => sum + slice.traffic, 0);
  const harmed = slices.reduce((sum, slice) => sum + slice.harmed, 0);
  const excessOf = ({ harmed: seen, expected }: SliceCount): number => Math.max(0, seen - expected);
  const excess = slices.reduce((sum, slice) => sum + excessOf(slice), 0);
  const events = harmed > 0 ? Math.min(excess, (excess * excess) / harmed) : 0;
  const z = normalQuantile(constants.sliceLevel / 2 / Math.max(1, slices.length));
  return slices.map((slice) => {
    const trafficShare = traffic > 0 ? slice.traffic / traffic : 0;
    const harmShare = excess > 0 ? excessOf(slice) / excess : 0;
    const { low, high } = wilson(harmShare, events, z);
    return { harmShare, low, high, trafficShare, gathers: low > trafficShare && excessOf(slice) >= constants.leastExcess };
  });
};
