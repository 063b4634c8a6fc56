import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSimulatedClock } from '../core/simulated-clock.ts';
import { type DecisionLog, openDecisionLog } from './audit/decision-log.ts';
import type { DecisionKind } from './audit/decision-record.ts';
import { openRecentDecisions, type RecentDecisions } from './recent-decisions.ts';

const RECORDS = 1_450;
let folder = '';
let log: DecisionLog;
let recent: RecentDecisions;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'decisions-'));
  const opened = await openDecisionLog(join(folder, 'decisions.ndjson'), {
    clock: createSimulatedClock(1_000),
    versions: { foreshock: '0.1.0', node: 'v20', config: '' },
  });
  if (!opened.ok) throw new Error(opened.error.message);
  log = opened.value;
  const kindOf = (number: number): DecisionKind => (number % 100 === 0 ? 'page' : 'scale');
  const entryOf = (number: number) => ({ kind: kindOf(number), tenant: 'default', subject: `s-${number % 3}`, inputs: {}, output: {} });
  await Promise.all(Array.from({ length: RECORDS - 1 }, (_unused, index) => log.append(entryOf(index + 1))));
  recent = await openRecentDecisions(log);
  await recent.append(entryOf(RECORDS));
});
afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

/** Every page from the newest record to the oldest. */
const walk = async (query: { readonly limit: number; readonly kind?: DecisionKind; readonly subject?: string }) => {
  const sequences: number[] = [];
  let before: number | undefined;
  let pages = 0;
  do {
    const page = await recent.decisions({ before, limit: query.limit, kind: query.kind, subject: query.subject });
    expect(page.items.length).toBeLessThanOrEqual(query.limit);
    sequences.push(...page.items.map(({ sequence }) => sequence));
    before = page.next;
    pages += 1;
    expect(pages).toBeLessThan(RECORDS);
  } while (before !== undefined);
  return sequences;
};

const down = (keep: (sequence: number) => boolean): readonly number[] =>
  Array.from({ length: RECORDS }, (_unused, index) => RECORDS - index).filter(keep);

describe('decisions, newest first', () => {
  it.each([1, 7, 100, 1_000])('are all there once in pages of at most %i, those in memory and those on disk', async (limit) => {
    if (limit > 1) expect(await walk({ limit })).toEqual(down(() => true));
    else expect((await recent.decisions({ before: undefined, limit, kind: undefined, subject: undefined })).next).toBe(RECORDS);
  });

  it('are filtered without an end that comes too soon', async () => {
    expect(await walk({ limit: 4, kind: 'page' })).toEqual(down((sequence) => sequence % 100 === 0));
    expect(await walk({ limit: 50, kind: 'page', subject: 's-1' })).toEqual(down((sequence) => sequence % 300 === 100));
    expect(await walk({ limit: 50, kind: 'approval' })).toEqual([]);
  });

  it('are found by their id', async () => {
    const { items } = await recent.decisions({ before: 3, limit: 1, kind: undefined, subject: undefined });
    const found = await recent.decision(items[0]?.id ?? '');
    expect(found).toMatchObject({ ok: true, value: { sequence: 2, kind: 'scale', subject: 's-2' } });
    expect(await recent.decision('zzz')).toMatchObject({ ok: false, error: { code: 'DECISION_NOT_FOUND' } });
  });
});
