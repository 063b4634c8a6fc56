import type { Archive } from './api/archive.ts';
import type { DecisionSummary } from './api/contract.ts';
import { summaryOf } from './api/decision-summary.ts';
import type { DecisionLog } from './audit/decision-log.ts';
import type { DecisionEntry, DecisionRecord } from './audit/decision-record.ts';

const SUMMARIES_KEPT = 1_000;
/** Records hold the windows they were computed from: so many are read for one page of older ones, and no more. */
const RECORDS_READ = 200;

/** The decision log with its newest records in short: lists are asked for often, and a record is long. */
export interface RecentDecisions extends Pick<Archive, 'decisions' | 'decision'> {
  append(entry: DecisionEntry): Promise<DecisionRecord>;
  /** Oldest first. */
  readonly newest: readonly DecisionSummary[];
}

export const openRecentDecisions = async (log: Pick<DecisionLog, 'append' | 'read' | 'tip' | 'find'>): Promise<RecentDecisions> => {
  const newest: DecisionSummary[] = [];
  for await (const record of log.read(Math.max(1, log.tip().sequence - SUMMARIES_KEPT + 1))) newest.push(summaryOf(record));

  /** Those with from <= sequence < before, newest first. */
  const read = async (from: number, before: number): Promise<readonly DecisionSummary[]> => {
    const found: DecisionSummary[] = [];
    for await (const record of log.read(from)) {
      if (record.sequence >= before) break;
      found.push(summaryOf(record));
    }
    return found.reverse();
  };

  return {
    newest,
    async append(entry) {
      const record = await log.append(entry);
      newest.push(summaryOf(record));
      if (newest.length > SUMMARIES_KEPT) newest.shift();
      return record;
    },
    async decisions({ before, limit, kind, subject }) {
      const end = Math.min(before ?? Number.POSITIVE_INFINITY, log.tip().sequence + 1);
      const firstKept = newest[0]?.sequence ?? end;
      const isKept = end > firstKept;
      const from = isKept
        ? firstKept
        : Math.max(1, end - Math.min(RECORDS_READ, kind === undefined && subject === undefined ? limit : RECORDS_READ));
      const candidates = isKept ? newest.filter(({ sequence }) => sequence < end).reverse() : await read(from, end);
      const asked = candidates.filter(
        (summary) => (kind === undefined || summary.kind === kind) && (subject === undefined || summary.subject === subject),
      );
      const items = asked.slice(0, limit);
      const lastSeen = asked.length > limit ? (items.at(-1) as DecisionSummary).sequence : from;
      return { items, next: lastSeen > 1 ? lastSeen : undefined };
    },
    decision: (wanted) => log.find(wanted),
  };
};
