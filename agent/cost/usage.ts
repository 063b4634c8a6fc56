import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { HOUR_MS, type Instant } from '../../core/time.ts';
import type { Micros } from './money.ts';
import type { Quantities, Resource } from './price-book.ts';

/** What one service used in a stretch of at most an hour. Absent is NaN, which is not zero. */
export interface UsageRow {
  readonly service: string;
  readonly from: Instant;
  readonly until: Instant;
  readonly replicas: number;
  /** Requested over the stretch; undefined when only replicas are known, or only money. */
  readonly quantities: Quantities | undefined;
  /** Money that came ready from its source: it is taken as it is. */
  readonly given: readonly GivenCost[];
  /** Mean load, and its largest step. */
  readonly load: number;
  readonly peakLoad: number;
  /** Payments in the stretch. */
  readonly payments: number;
  /** Replicas the planner wanted, and what a reactive autoscaler would have run. */
  readonly desiredReplicas: number;
  readonly baselineReplicas: number;
  /** Whether the planner's word was carried out. */
  readonly acted: boolean;
  /** When the row was written; undefined when its source does not say. */
  readonly recordedAt: Instant | undefined;
}

export interface GivenCost {
  readonly resource: Resource;
  readonly quantity: bigint;
  readonly cost: Micros;
}

/** All there is to know of where rows come from. */
export interface UsageSource {
  readonly kind: 'allocation file' | 'OpenCost' | 'cost journal';
  readonly label: string;
  /** SHA-256 of its bytes. */
  readonly sha256: string;
  readonly rows: readonly UsageRow[];
}

export interface SettledUsage {
  /** One row a service and beginning, in the order of time and then of names. */
  readonly rows: readonly UsageRow[];
  readonly restated: number;
  readonly late: number;
}

/** Rows written later than this after their end count as late. */
const LATE_MS = 24 * HOUR_MS;

type UsageFailure = Failure<'USAGE_INVALID'>;

/**
 * One row for each service and moment. A second row for the same stretch replaces the first and counts as restated; two
 * that overlap otherwise would count money twice and are refused.
 */
export const settleUsage = (rows: readonly UsageRow[]): Outcome<SettledUsage, UsageFailure> => {
  const byService = new Map<string, Map<Instant, UsageRow>>();
  let restated = 0;
  let late = 0;
  for (const row of rows) {
    let known = byService.get(row.service);
    if (known === undefined) {
      known = new Map();
      byService.set(row.service, known);
    }
    const before = known.get(row.from);
    if (row.recordedAt !== undefined && row.recordedAt > row.until + LATE_MS) late += 1;
    if (before !== undefined) {
      restated += 1;
      if ((row.recordedAt ?? Number.POSITIVE_INFINITY) < (before.recordedAt ?? Number.NEGATIVE_INFINITY)) continue;
    }
    known.set(row.from, row);
  }
  const settled: UsageRow[] = [];
  for (const [service, known] of byService) {
    const ordered = [...known.values()].sort((a, b) => a.from - b.from);
    for (const [index, row] of ordered.entries()) {
      const next = ordered[index + 1];
      if (next !== undefined && next.from < row.until) {
        return fail(
          'USAGE_INVALID',
          `${JSON.stringify(service)} has two rows that overlap: one until ${new Date(row.until).toISOString()}, one from ${new Date(next.from).toISOString()}; it would be paid twice`,
        );
      }
      settled.push(row);
    }
  }
  settled.sort((a, b) => a.from - b.from || (a.service < b.service ? -1 : a.service > b.service ? 1 : 0));
  return succeed({ rows: settled, restated, late });
};
