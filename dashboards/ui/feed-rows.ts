import type { AgentState } from '../../agent/api/contract.ts';

const ROWS_SHOWN = 60;

export interface FeedRow {
  readonly id: string;
  readonly at: number;
  readonly kind: string;
  readonly text: string;
  readonly service?: string;
  /** How many events this row stands for, and when the oldest of them was; absent for one. */
  readonly repeated?: { readonly count: number; readonly since: number };
}

/**
 * Late data comes in bursts and says the same each time: a run of it is one row that keeps the newest words, the count
 * and the oldest id (so that the row stays the same row while it grows).
 */
export const collapseIngest = (rows: readonly FeedRow[]): readonly FeedRow[] => {
  const collapsed: FeedRow[] = [];
  for (const row of rows) {
    const newer = collapsed.at(-1);
    if (row.kind === 'ingest' && newer?.kind === 'ingest') {
      collapsed[collapsed.length - 1] = { ...newer, id: row.id, repeated: { count: (newer.repeated?.count ?? 1) + 1, since: row.at } };
    } else {
      collapsed.push(row);
    }
  }
  return collapsed;
};

/** Changes and events in one order of time, newest first: what was done stands beside what came of it. */
export const feedRows = (state: Pick<AgentState, 'events' | 'changes'>): readonly FeedRow[] => {
  const said = state.events.filter((event) => event.kind !== 'change').map(({ id, at, kind, text }): FeedRow => ({ id, at, kind, text }));
  // The agent's own scaling is a change to correlation and an event to people; the event also says why.
  const scaledAt = new Set(said.filter((row) => row.kind === 'scale').map((row) => row.at));
  const changes = state.changes
    .filter((change) => !(change.kind === 'scale' && change.source === 'foreshock' && scaledAt.has(change.at)))
    .map(
      (change): FeedRow => ({
        id: `change ${change.id}`,
        at: change.at,
        kind: change.kind,
        text: `${change.summary} (${change.source})`,
        ...(change.service === undefined ? {} : { service: change.service }),
      }),
    );
  return collapseIngest([...said, ...changes].sort((a, b) => b.at - a.at)).slice(0, ROWS_SHOWN);
};
