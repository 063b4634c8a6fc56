import { HOUR_MS, type Instant } from '../../core/time.ts';
import type { Ledger } from './ledger.ts';
import { type PriceBook, replicaHourPrice } from './price-book.ts';

/** Three figures that are never added up: only the last one is money on a bill. In units of the currency. */
export interface Savings {
  /** Replicas of the baseline minus those of the plan, over every hour that has both, whether or not anybody acted. */
  readonly modelled: number;
  /** The same over the hours in which the plan was carried out, with the replicas that really stood. */
  readonly accepted: number;
  /** Money that left the bill. Nodes are paid, not requests, and no source here counts nodes that left. */
  readonly realized: number;
  readonly hours: number;
  readonly actedHours: number;
}

/** Undefined when no hour knows what a reactive autoscaler would have run. */
export const savingsIn = (ledger: Ledger, book: PriceBook, from: Instant, until: Instant): Savings | undefined => {
  const first = Math.max(0, Math.round((from - ledger.from) / HOUR_MS));
  const last = Math.min(ledger.hours, Math.round((until - ledger.from) / HOUR_MS));
  let modelled = 0;
  let accepted = 0;
  let hours = 0;
  let actedHours = 0;
  for (const series of ledger.series.values()) {
    for (let hour = first; hour < last; hour += 1) {
      const baseline = series.baseline[hour] as number;
      const desired = series.desired[hour] as number;
      const entry = book.at(ledger.from + hour * HOUR_MS);
      const price = entry === undefined ? undefined : replicaHourPrice(book, series.service, entry);
      if (Number.isNaN(baseline) || Number.isNaN(desired) || price === undefined) continue;
      const share = Math.min(1, series.covered[hour] as number);
      modelled += (baseline - desired) * share * price;
      hours += share;
      const stood = series.replicas[hour] as number;
      if (series.acted[hour] === 1 && !Number.isNaN(stood)) {
        accepted += (baseline - stood) * share * price;
        actedHours += share;
      }
    }
  }
  return hours === 0 ? undefined : { modelled, accepted, realized: 0, hours, actedHours };
};
