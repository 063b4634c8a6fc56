/** Seeded payments as a NATS stream tells them: how many of each rail, provider and outcome a second, and whether anybody could read. */
import { OUTCOMES, type PaymentOutcome } from '../../core/business.ts';
import { seededRandom } from '../../core/random.ts';
import { poisson, shopLoad } from '../../detectors/seasonal/synthetic.ts';
import { DAY_SECONDS } from './payment-traffic.ts';

/** What is wrong with the payments of the seconds [from, to). */
export type BusinessFault =
  | { readonly kind: 'no-approvals'; readonly provider: string; readonly from: number; readonly to: number }
  | { readonly kind: 'more-payments'; readonly factor: number; readonly from: number; readonly to: number }
  | { readonly kind: 'nats-away'; readonly from: number; readonly to: number };

export interface CountedPayments {
  readonly second: number;
  readonly rail: string;
  readonly provider: string;
  readonly outcome: PaymentOutcome;
  /** 0 too: who reads a stream to its end knows of none. */
  readonly count: number;
}

export interface BusinessTraffic {
  /** What is read once a second has ended; nothing while NATS is away, and all of it when it is back. Seconds come in order. */
  readAfter(second: number): readonly CountedPayments[];
}

const ROUTES = [
  { rail: 'card', provider: 'psp-a', share: 0.35 },
  { rail: 'card', provider: 'psp-b', share: 0.25 },
  { rail: 'sepa', provider: 'bank-c', share: 0.4 },
];
const OUTCOME_SHARE: Readonly<Record<PaymentOutcome, number>> = { approved: 0.95, declined: 0.04, failed: 0.01 };

export const createBusinessTraffic = (seed: number, faults: readonly BusinessFault[]): BusinessTraffic => {
  let unread: CountedPayments[] = [];

  const paymentsOf = (second: number, now: readonly BusinessFault[]): readonly CountedPayments[] => {
    const random = seededRandom(seed * 1_000_033 + second);
    const factor = now.reduce((product, fault) => (fault.kind === 'more-payments' ? product * fault.factor : product), 1);
    return ROUTES.flatMap(({ rail, provider, share }) =>
      OUTCOMES.map((outcome) => {
        const count = poisson(random, factor * share * OUTCOME_SHARE[outcome] * shopLoad(second, DAY_SECONDS));
        const stopped = outcome === 'approved' && now.some((fault) => fault.kind === 'no-approvals' && fault.provider === provider);
        return { second, rail, provider, outcome, count: stopped ? 0 : count };
      }),
    );
  };

  return {
    readAfter(second) {
      const now = faults.filter((fault) => fault.from <= second && second < fault.to);
      unread.push(...paymentsOf(second, now));
      if (now.some(({ kind }) => kind === 'nats-away')) return [];
      const read = unread;
      unread = [];
      return read;
    },
  };
};
