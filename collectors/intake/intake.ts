import { type Batch, POINT_EVENTS } from '../../core/batch.ts';
import type { WallClock } from '../../core/clock.ts';
import type { Dictionary } from '../../core/dictionary.ts';
import { LIMITS } from '../../core/limits.ts';
import { type Failure, fail, type Outcome } from '../../core/outcome.ts';
import type { BatchConsumer, IdentityDelta, Intake, LogPosition, Store } from '../../core/ports.ts';
import type { StreamTable } from '../../core/stream.ts';
import { createIdentities, type Identities } from './identify.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createRedactor, type Redactor } from './redact.ts';

export interface IntakeOptions {
  /** Attributes by which payments are sliced, in the order of SpanBatch.dimension. */
  readonly dimensions: readonly string[];
  readonly outcomeAttribute: string;
  /** Attribute keys to let through beyond the semantic conventions, the dimensions and the outcome. */
  readonly allowedAttributes?: readonly string[];
  /** Active streams a tenant; LIMITS.streams unless told. */
  readonly streams?: number;
  /** Distinct names over all spans; LIMITS.streams unless told. */
  readonly texts?: number;
}

export interface IntakeDependencies {
  readonly store: Pick<Store, 'appendBatch' | 'loadIdentity'>;
  readonly clock: WallClock;
  readonly consume: BatchConsumer;
}

/** What collectors need to bring something in. */
export interface IntakeSide {
  readonly intake: Intake;
  readonly streams: StreamTable;
  readonly texts: Dictionary;
  readonly ledger: Ledger;
  readonly identities: Identities;
  readonly redactor: Redactor;
  readonly dimensions: readonly string[];
  readonly outcomeAttribute: string;
}

/** Rows made of events are no points of a sender: their collector counts the events. */
const pointRows = ({ samples, histograms }: Batch): number => {
  let rows = histograms?.length ?? 0;
  for (const type of samples?.type ?? []) if (type < POINT_EVENTS) rows += 1;
  return rows;
};

type Append = Outcome<LogPosition, Failure<'LOG_UNAVAILABLE'>>;

const isEmpty = (delta: IdentityDelta): boolean => delta.texts.length === 0 && delta.streams.length === 0;

const foldedRows = (batch: Batch, identities: Identities): number => {
  let rows = 0;
  for (const column of [batch.samples?.stream, batch.histograms?.stream]) {
    for (const id of column ?? []) if (identities.isOverflow(id)) rows += 1;
  }
  const overflowText = identities.overflowTextId;
  if (overflowText !== undefined) for (const id of batch.spans?.operation ?? []) if (id === overflowText) rows += 1;
  return rows;
};

/**
 * The one door: a batch is appended to the log, then handed on in log order, then acknowledged. Names and streams
 * first seen travel with the first batch that uses them. While such a delta is being written, later appends wait
 * for it: if it were lost, what they refer to would have no name in the log.
 */
export const createIntake = (options: IntakeOptions, deps: IntakeDependencies): IntakeSide => {
  const identities = createIdentities(deps.store.loadIdentity(), {
    streams: options.streams ?? LIMITS.streams,
    texts: options.texts ?? LIMITS.streams,
  });
  const redactor = createRedactor([...options.dimensions, options.outcomeAttribute, ...(options.allowedAttributes ?? [])]);
  const ledger = createLedger();
  /** Settles when no delta is on its way to the log. */
  let deltaWritten: Promise<void> | undefined;
  /** Settles when every batch appended so far has been handed on. */
  let handedOn: Promise<unknown> = Promise.resolve();

  const append = (batch: Batch, delta: IdentityDelta): Promise<Append> =>
    deps.store
      .appendBatch(batch, delta)
      .catch((cause: unknown): Append => fail('LOG_UNAVAILABLE', `the intake log failed: ${String(cause)}`, { retryable: true, cause }));

  const write = async (batch: Batch): Promise<Append> => {
    while (deltaWritten !== undefined) await deltaWritten;
    const delta = identities.pending();
    const appended = append(batch, delta);
    if (!isEmpty(delta)) {
      deltaWritten = appended.then((outcome) => {
        if (outcome.ok) identities.confirm(delta);
        deltaWritten = undefined;
      });
    }
    const before = handedOn;
    const mine = (async (): Promise<Append> => {
      const outcome = await appended;
      await before;
      if (outcome.ok) deps.consume(batch, outcome.value);
      return outcome;
    })();
    handedOn = mine.catch(() => undefined);
    return mine;
  };

  const account = (batch: Batch, outcome: Append): void => {
    const points = pointRows(batch);
    const spans = batch.spans?.length ?? 0;
    if (outcome.ok) {
      ledger.accept('data_points', points);
      ledger.accept('spans', spans);
      ledger.overflow(foldedRows(batch, identities));
      return;
    }
    if (points > 0) ledger.refuse('data_points', 'log_unavailable', points, outcome.error.message);
    if (spans > 0) ledger.refuse('spans', 'log_unavailable', spans, outcome.error.message);
  };

  return {
    intake: {
      async accept(batch) {
        const now = deps.clock.now();
        if (batch.samples !== undefined) identities.touch(batch.samples.stream, now);
        if (batch.histograms !== undefined) identities.touch(batch.histograms.stream, now);
        const rows = { data_points: pointRows(batch), spans: batch.spans?.length ?? 0 };
        ledger.underWay('data_points', rows.data_points);
        ledger.underWay('spans', rows.spans);
        try {
          const outcome = await write(batch);
          account(batch, outcome);
          return outcome;
        } finally {
          ledger.underWay('data_points', -rows.data_points);
          ledger.underWay('spans', -rows.spans);
        }
      },
    },
    streams: identities.streams,
    texts: identities.texts,
    ledger,
    identities,
    redactor,
    dimensions: options.dimensions,
    outcomeAttribute: options.outcomeAttribute,
  };
};
