/** The kinds of thing that arrive, and the requests that carry points and spans. Events come one by one. */
export type LedgerKind = 'requests' | 'data_points' | 'spans' | 'events';

/**
 * Conserved for each kind: offered = accepted + all rejected + all refused + what is under way. Rejected is the sender's to repair and
 * is not sent again; refused is ours, and the sender is told to try again. What a request held that was turned
 * away before decoding is unknown, so it counts as a request alone.
 */
export interface Tally {
  readonly offered: number;
  readonly accepted: number;
  /** On its way to the disk: neither accepted nor refused yet. */
  readonly underWay: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
}

export interface LedgerSnapshot {
  readonly requests: Tally;
  readonly data_points: Tally;
  readonly spans: Tally;
  readonly events: Tally;
  /** Of the accepted data points, those that say "no value was recorded here" (OTLP flag): a gap, not a value. */
  readonly gaps: number;
  /** Of the accepted rows, those folded into an overflow stream or name because the tenant's limit was reached. */
  readonly overflowed: number;
  /** Events that came again after they had been taken in: recognized, answered, and not offered a second time. */
  readonly redelivered: number;
  /** The latest message of each reason of a rejection or refusal. */
  readonly samples: Readonly<Record<string, string>>;
}

export interface Ledger {
  offer(kind: LedgerKind, count: number): void;
  /** Rows that went to the disk and are not answered yet; negative when they are. */
  underWay(kind: LedgerKind, change: number): void;
  accept(kind: LedgerKind, count: number): void;
  reject(kind: LedgerKind, reason: string, count: number, message: string): void;
  refuse(kind: LedgerKind, reason: string, count: number, message: string): void;
  gap(count: number): void;
  overflow(count: number): void;
  redeliver(count: number): void;
  snapshot(): LedgerSnapshot;
}

interface Running {
  offered: number;
  accepted: number;
  underWay: number;
  readonly rejected: Map<string, number>;
  readonly refused: Map<string, number>;
}

const emptyRunning = (): Running => ({ offered: 0, accepted: 0, underWay: 0, rejected: new Map(), refused: new Map() });

const add = (counts: Map<string, number>, reason: string, count: number): void => {
  counts.set(reason, (counts.get(reason) ?? 0) + count);
};

const tallyOf = (running: Running): Tally => ({
  offered: running.offered,
  accepted: running.accepted,
  underWay: running.underWay,
  rejected: Object.fromEntries(running.rejected),
  refused: Object.fromEntries(running.refused),
});

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);

export const totalRejected = (tally: Tally): number => sum(tally.rejected);
export const totalRefused = (tally: Tally): number => sum(tally.refused);

/** Whether every thing offered has been answered one way, or is on its way to the disk. */
export const isConserved = (tally: Tally): boolean =>
  tally.offered === tally.accepted + totalRejected(tally) + totalRefused(tally) + tally.underWay;

/** Reasons are our own codes and few; the messages may quote the sender, one kept for each reason. */
export const createLedger = (): Ledger => {
  const kinds = { requests: emptyRunning(), data_points: emptyRunning(), spans: emptyRunning(), events: emptyRunning() };
  const samples = new Map<string, string>();
  let gaps = 0;
  let overflowed = 0;
  let redelivered = 0;
  return {
    offer(kind, count) {
      kinds[kind].offered += count;
    },
    underWay(kind, change) {
      kinds[kind].underWay += change;
    },
    accept(kind, count) {
      kinds[kind].accepted += count;
    },
    reject(kind, reason, count, message) {
      add(kinds[kind].rejected, reason, count);
      samples.set(reason, message);
    },
    refuse(kind, reason, count, message) {
      add(kinds[kind].refused, reason, count);
      samples.set(reason, message);
    },
    gap(count) {
      gaps += count;
    },
    overflow(count) {
      overflowed += count;
    },
    redeliver(count) {
      redelivered += count;
    },
    snapshot: () => ({
      requests: tallyOf(kinds.requests),
      data_points: tallyOf(kinds.data_points),
      spans: tallyOf(kinds.spans),
      events: tallyOf(kinds.events),
      gaps,
      overflowed,
      redelivered,
      samples: Object.fromEntries(samples),
    }),
  };
};
