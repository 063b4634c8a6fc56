import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';

/** One line of the journal: money leaves and enters in the same posting, so the lines of a posting sum to zero. */
export interface Entry {
  readonly account: string;
  /** Signed, minor units. */
  readonly amountMinor: number;
}

export type PaymentState = 'reserved' | 'captured' | 'released';

export type PostingFailure = Failure<'INSUFFICIENT_FUNDS' | 'UNKNOWN_ACCOUNT' | 'UNKNOWN_PAYMENT' | 'ALREADY_SETTLED' | 'CONFLICT'>;
export type PostingOutcome = Outcome<PaymentState, PostingFailure>;

export interface Invariants {
  readonly balanced: boolean;
  /** Sum over every entry ever posted: 0. */
  readonly sumOfEntries: number;
  /** Sum over all balances: 0. */
  readonly sumOfBalances: number;
  /** Reserved balances less open reservations: 0. */
  readonly reservedDifference: number;
  /** No tenant below zero. */
  readonly overdrawn: readonly string[];
  readonly openReservations: number;
  readonly postings: number;
}

/** Double-entry book. Every operation is idempotent by payment id; amounts are safe integers. */
export interface LedgerBook {
  reserve(id: string, tenant: string, amountMinor: number, at: number): PostingOutcome;
  /** Reserved money becomes the provider's. */
  capture(id: string, provider: string): PostingOutcome;
  /** Reserved money goes back to the tenant. */
  release(id: string): PostingOutcome;
  /** Releases what was reserved before `before` and never settled (a gateway that died); returns how many. */
  releaseOlderThan(before: number): number;
  balances(): Readonly<Record<string, number>>;
  invariants(): Invariants;
}

interface Reservation {
  readonly tenant: string;
  readonly amountMinor: number;
  readonly reservedAt: number;
  state: PaymentState;
}

export interface LedgerBookOptions {
  /** Opening balance of each tenant, minor units; funded from the account "equity". */
  readonly opening: Readonly<Record<string, number>>;
  /** Settled payments that are remembered for idempotency; the oldest is forgotten first. */
  readonly rememberSettled?: number;
}

const available = (tenant: string): string => `tenant:${tenant}:available`;
const reserved = (tenant: string): string => `tenant:${tenant}:reserved`;
const receivable = (provider: string): string => `provider:${provider}`;
const EQUITY = 'equity';

export const createLedgerBook = ({ opening, rememberSettled = 100_000 }: LedgerBookOptions): LedgerBook => {
  const balance = new Map<string, number>();
  const open = new Map<string, Reservation>();
  const settled = new Map<string, Reservation>();
  let postings = 0;
  let sumOfEntries = 0;

  const post = (entries: readonly Entry[]): void => {
    for (const { account, amountMinor } of entries) {
      balance.set(account, (balance.get(account) ?? 0) + amountMinor);
      sumOfEntries += amountMinor;
    }
    postings += 1;
  };
  const move = (from: string, to: string, amountMinor: number): void =>
    post([
      { account: from, amountMinor: -amountMinor },
      { account: to, amountMinor },
    ]);

  for (const [tenant, amountMinor] of Object.entries(opening)) move(EQUITY, available(tenant), amountMinor);

  const settle = (id: string, state: 'captured' | 'released', account: (reservation: Reservation) => string): PostingOutcome => {
    const reservation = open.get(id);
    if (reservation === undefined) {
      const before = settled.get(id);
      if (before === undefined) return fail('UNKNOWN_PAYMENT', `no reservation for payment ${id}`);
      return before.state === state ? succeed(state) : fail('ALREADY_SETTLED', `payment ${id} is already ${before.state}`);
    }
    move(reserved(reservation.tenant), account(reservation), reservation.amountMinor);
    reservation.state = state;
    open.delete(id);
    settled.set(id, reservation);
    if (settled.size > rememberSettled) settled.delete(settled.keys().next().value as string);
    return succeed(state);
  };

  const release = (id: string): PostingOutcome => settle(id, 'released', (reservation) => available(reservation.tenant));

  return {
    reserve(id, tenant, amountMinor, at) {
      const before = open.get(id) ?? settled.get(id);
      if (before !== undefined) {
        const same = before.tenant === tenant && before.amountMinor === amountMinor;
        return same ? succeed(before.state) : fail('CONFLICT', `payment ${id} was reserved before with another tenant or amount`);
      }
      const funds = balance.get(available(tenant));
      if (funds === undefined) return fail('UNKNOWN_ACCOUNT', `no account of tenant ${tenant}`);
      if (funds < amountMinor) return fail('INSUFFICIENT_FUNDS', `tenant ${tenant} has ${funds}, needs ${amountMinor}`);
      move(available(tenant), reserved(tenant), amountMinor);
      open.set(id, { tenant, amountMinor, reservedAt: at, state: 'reserved' });
      return succeed('reserved');
    },
    capture: (id, provider) => settle(id, 'captured', () => receivable(provider)),
    release,
    releaseOlderThan(before) {
      let released = 0;
      for (const [id, reservation] of open) {
        // In order of reservation: the first young one ends the search.
        if (reservation.reservedAt >= before) break;
        release(id);
        released += 1;
      }
      return released;
    },
    balances: () => Object.fromEntries(balance),
    invariants() {
      let sumOfBalances = 0;
      let reservedBalance = 0;
      const overdrawn: string[] = [];
      for (const [account, amount] of balance) {
        sumOfBalances += amount;
        if (account.endsWith(':reserved')) reservedBalance += amount;
        if (account.startsWith('tenant:') && amount < 0) overdrawn.push(account);
      }
      let openAmount = 0;
      for (const reservation of open.values()) openAmount += reservation.amountMinor;
      const reservedDifference = reservedBalance - openAmount;
      const balanced = sumOfEntries === 0 && sumOfBalances === 0 && reservedDifference === 0 && overdrawn.length === 0;
      return { balanced, sumOfEntries, sumOfBalances, reservedDifference, overdrawn, openReservations: open.size, postings };
    },
  };
};
