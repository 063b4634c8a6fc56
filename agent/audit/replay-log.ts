import { DECISIONS } from '../decisions.ts';
import type { DecisionRecord } from './decision-record.ts';
import { createReplayer, type Replay } from './replay.ts';
import { verify } from './verify.ts';

export interface ReplayedLog {
  readonly intact: boolean;
  /** Verification in one sentence. */
  readonly summary: string;
  readonly records: number;
  readonly same: number;
  /** Records that came out differently, with the first difference. */
  readonly different: readonly { readonly id: string; readonly kind: string; readonly firstDifference: string }[];
}

export const replayRecord = (record: DecisionRecord): Replay => createReplayer(DECISIONS)(record);

/** Verifies a decision log and recomputes every decision in it from its own record. */
export const replayLog = async (path: string): Promise<ReplayedLog> => {
  const different: { id: string; kind: string; firstDifference: string }[] = [];
  let records = 0;
  const verified = await verify(path, {
    onRecord(record) {
      records += 1;
      const replay = replayRecord(record);
      if (!replay.same) different.push({ id: record.id, kind: record.kind, firstDifference: replay.firstDifference ?? '' });
    },
  });
  return { intact: verified.ok, summary: verified.summary, records, same: records - different.length, different };
};
