import { quantileSorted } from '../../core/math.ts';
import { type DurationMs, MINUTE_MS } from '../../core/time.ts';
import type { Column, Grid } from './columns.ts';

/** From an order to ready replicas. */
export interface Lead {
  readonly leadMs: DurationMs;
  readonly because: string;
}

const LEAST_ORDERS = 5;
const LONGEST_MS = 60 * MINUTE_MS;

/** Steps from each rise of what was ordered until as many were ready. */
const delaysOf = (ordered: Column, ready: Column, grid: Grid): readonly DurationMs[] => {
  const delays: DurationMs[] = [];
  for (let at = 1; at < grid.steps; at += 1) {
    const wanted = ordered[at] as number;
    if (!(wanted > (ordered[at - 1] as number))) continue;
    for (let later = at; later < grid.steps && (later - at) * grid.stepMs <= LONGEST_MS; later += 1) {
      // Ordered down again before it was reached: it tells nothing.
      if ((ordered[later] as number) < wanted) break;
      if ((ready[later] as number) >= wanted) {
        delays.push((later - at) * grid.stepMs);
        break;
      }
    }
  }
  return delays;
};

export const learnLead = (ordered: Column, ready: Column, grid: Grid, assumedMs: DurationMs): Lead => {
  const delays = delaysOf(ordered, ready, grid);
  const least = Math.max(grid.stepMs, MINUTE_MS);
  if (delays.length < LEAST_ORDERS) {
    const leadMs = Math.max(least, assumedMs);
    return { leadMs, because: `assumed: only ${delays.length} scale-ups could be timed, ${LEAST_ORDERS} are needed` };
  }
  const leadMs = Math.max(least, quantileSorted(Float64Array.from(delays).sort(), 0.9));
  return { leadMs, because: `90 % of ${delays.length} scale-ups were ready within it, at steps of ${grid.stepMs / 1_000} s` };
};
