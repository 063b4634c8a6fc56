import type { DamageCounts, DamagedThing, OnCorruption } from './store.ts';

export interface DamageLedger {
  /** Counts and reports a damaged thing the first time `id` is seen. */
  record(what: DamagedThing, id: string, where: string): void;
  counts(): DamageCounts;
}

export const createDamageLedger = (onCorruption: OnCorruption = () => undefined): DamageLedger => {
  const seen: Readonly<Record<DamagedThing, Set<string>>> = {
    'log-entry': new Set(),
    'series-block': new Set(),
    snapshot: new Set(),
    partition: new Set(),
    identity: new Set(),
  };
  return {
    record(what, id, where) {
      if (seen[what].has(id)) return;
      seen[what].add(id);
      onCorruption(what, where);
    },
    counts: () => ({
      'log-entry': seen['log-entry'].size,
      'series-block': seen['series-block'].size,
      snapshot: seen.snapshot.size,
      partition: seen.partition.size,
      identity: seen.identity.size,
    }),
  };
};
