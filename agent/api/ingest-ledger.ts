import { isConserved, type LedgerSnapshot, totalRefused, totalRejected } from '../../collectors/intake/index.ts';
import type { IngestLedger } from './contract.ts';

/** The intake's ledger as people read it: points, spans and events together, requests that were turned away whole beside them. */
export const ingestOf = (snapshot: LedgerSnapshot): IngestLedger => {
  const sum = (pick: (tally: LedgerSnapshot['spans']) => Readonly<Record<string, number>>): Readonly<Record<string, number>> => {
    const totals: Record<string, number> = {};
    for (const tally of [snapshot.data_points, snapshot.spans, snapshot.events]) {
      for (const [reason, count] of Object.entries(pick(tally))) totals[reason] = (totals[reason] ?? 0) + count;
    }
    // A request turned away before it was decoded has no points to count, and is still shown.
    for (const [reason, count] of Object.entries(pick(snapshot.requests))) totals[`request: ${reason}`] = count;
    return totals;
  };
  const rejected = sum((tally) => tally.rejected);
  const refused = sum((tally) => tally.refused);
  const turnedAway = totalRejected(snapshot.requests) + totalRefused(snapshot.requests);
  return {
    offered: snapshot.data_points.offered + snapshot.spans.offered + snapshot.events.offered + turnedAway,
    accepted: snapshot.data_points.accepted + snapshot.spans.accepted + snapshot.events.accepted,
    rejected,
    refused,
    conserved: isConserved(snapshot.data_points) && isConserved(snapshot.spans) && isConserved(snapshot.events),
  };
};
