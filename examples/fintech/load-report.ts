import { quantileSorted } from '../../core/math.ts';

/** What became of one payment, as its payer saw it. */
export type Answered = 'approved' | 'declined' | 'failed';

/** One line a second. `completed` = ok + declined + failed of the answers that came in this second. */
export interface SecondReport {
  readonly second: number;
  /** Payments that were due in this second, sent or shed. */
  readonly offered: number;
  readonly completed: number;
  readonly ok: number;
  readonly declined: number;
  readonly failed: number;
  /** Not sent, because too many were unanswered: lost load, counted and never hidden. */
  readonly shed: number;
  /** Answered and not failed, but later than the objective allows. */
  readonly slow: number;
  /** Of the answers of this second, failures included; null when there were none. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** Latest start of a timer in this second: above some milliseconds, this machine was too busy to measure. */
  readonly eventLoopLagMs: number;
}

export type Totals = Omit<SecondReport, 'second' | 'p50Ms' | 'p95Ms' | 'eventLoopLagMs'> & { readonly unanswered: number };

export interface LoadReport {
  offer(): void;
  shed(): void;
  answer(outcome: Answered, latencyMs: number): void;
  lag(lagMs: number): void;
  /** Closes the running second. */
  closeSecond(): SecondReport;
  totals(): Totals;
  /** Payments offered, by second since the start; the last one may be partial. */
  offeredPerSecond(): readonly number[];
}

interface Counts {
  offered: number;
  shed: number;
  slow: number;
  approved: number;
  declined: number;
  failed: number;
}

const noCounts = (): Counts => ({ offered: 0, shed: 0, slow: 0, approved: 0, declined: 0, failed: 0 });
const completedOf = (counts: Counts): number => counts.approved + counts.declined + counts.failed;
const rounded = (value: number): number | null => (Number.isNaN(value) ? null : Math.round(value * 10) / 10);

export const createLoadReport = (slowMs = Number.POSITIVE_INFINITY): LoadReport => {
  const total = noCounts();
  const perSecond: number[] = [];
  let counts = noCounts();
  let latencies: number[] = [];
  let maxLagMs = 0;

  const count = (what: keyof Counts): void => {
    counts[what] += 1;
    total[what] += 1;
  };

  return {
    offer: () => count('offered'),
    shed: () => count('shed'),
    answer(outcome, latencyMs) {
      count(outcome);
      if (outcome !== 'failed' && latencyMs > slowMs) count('slow');
      latencies.push(latencyMs);
    },
    lag(lagMs) {
      maxLagMs = Math.max(maxLagMs, lagMs);
    },
    closeSecond() {
      const sorted = Float64Array.from(latencies).sort();
      const report: SecondReport = {
        second: perSecond.length,
        offered: counts.offered,
        completed: completedOf(counts),
        ok: counts.approved,
        declined: counts.declined,
        failed: counts.failed,
        shed: counts.shed,
        slow: counts.slow,
        p50Ms: rounded(quantileSorted(sorted, 0.5)),
        p95Ms: rounded(quantileSorted(sorted, 0.95)),
        eventLoopLagMs: Math.round(maxLagMs * 10) / 10,
      };
      perSecond.push(counts.offered);
      counts = noCounts();
      latencies = [];
      maxLagMs = 0;
      return report;
    },
    totals: () => ({
      offered: total.offered,
      completed: completedOf(total),
      ok: total.approved,
      declined: total.declined,
      failed: total.failed,
      shed: total.shed,
      slow: total.slow,
      unanswered: total.offered - total.shed - completedOf(total),
    }),
    offeredPerSecond: () => (counts.offered === 0 ? perSecond : [...perSecond, counts.offered]),
  };
};
