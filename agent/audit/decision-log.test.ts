import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../core/hash.ts';
import { createSimulatedClock } from '../../core/simulated-clock.ts';
import { type DecisionLog, type DecisionLogDeps, openDecisionLog } from './decision-log.ts';
import { findDecision, readDecisions } from './decision-reader.ts';
import type { DecisionEntry, DecisionRecord } from './decision-record.ts';
import { verify } from './verify.ts';

const START = Date.UTC(2026, 2, 1);
const versions = { foreshock: '0.1.0', node: 'v20.20.0', config: 'c'.repeat(64) };

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'decisions-'));
  path = join(folder, 'decisions', 'decisions.ndjson');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const page = (index: number, extra: Json = null): DecisionEntry => ({
  kind: 'page',
  tenant: 'default',
  subject: `incident-${index}`,
  inputs: { window: [1, 2, index], extra },
  output: { severity: 'critical', because: 'errors rose from 0.1 % to 12 %' },
});

const opened = async (deps: Partial<DecisionLogDeps> = {}): Promise<DecisionLog> => {
  const log = await openDecisionLog(path, { clock: createSimulatedClock(START), versions, ...deps });
  if (!log.ok) throw new Error(log.error.message);
  return log.value;
};

const written = async (count: number): Promise<readonly DecisionRecord[]> => {
  const log = await opened();
  const records = await Promise.all(Array.from({ length: count }, (_, index) => log.append(page(index))));
  await log.close();
  return records;
};

const all = async (records: AsyncIterable<DecisionRecord>): Promise<readonly DecisionRecord[]> => {
  const list: DecisionRecord[] = [];
  for await (const record of records) list.push(record);
  return list;
};

describe('the decision log', () => {
  it('keeps the order of concurrent appends and numbers them from 1 without gaps', async () => {
    const records = await written(25);
    expect(records.map((record) => record.sequence)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(records.map((record) => record.subject)).toEqual(Array.from({ length: 25 }, (_, index) => `incident-${index}`));
    expect(await verify(path)).toMatchObject({ ok: true, good: 25, checkpoint: { sequence: 25, hash: records.at(-1)?.hash } });
  });

  it('goes on where it stopped after a restart, and its ids sort as text', async () => {
    await written(3);
    const log = await opened({ clock: createSimulatedClock(START + 60_000) });
    const record = await log.append(page(3));
    expect(record.sequence).toBe(4);
    const records = await all(log.read());
    expect(records.map(({ id }) => id)).toEqual([...records.map(({ id }) => id)].sort());
    expect(records[3]?.previousHash).toBe(records[2]?.hash);
    expect((await all(log.read(3))).map(({ sequence }) => sequence)).toEqual([3, 4]);
    expect(await all(log.read(9))).toEqual([]);
    await log.close();
  });

  it('writes equal bytes for equal decisions', async () => {
    await written(4);
    const first = await readFile(path);
    await rm(join(folder, 'decisions'), { recursive: true });
    await written(4);
    expect(await readFile(path)).toEqual(first);
  });

  it('records what was handed in even when the caller changes its object afterwards', async () => {
    const log = await opened();
    const inputs = { window: [1] };
    const pending = log.append({ ...page(0), inputs });
    inputs.window.push(2);
    expect((await pending).inputs).toEqual({ window: [1] });
    await log.close();
  });

  it('refuses an entry that has no JSON form and takes the others', async () => {
    const log = await opened();
    const [bad, good] = await Promise.allSettled([log.append({ ...page(0), output: { score: Number.NaN } }), log.append(page(1))]);
    expect(bad.status).toBe('rejected');
    expect(good).toMatchObject({ status: 'fulfilled', value: { sequence: 1 } });
    await log.close();
    await expect(log.append(page(2))).rejects.toThrow(/closed/);
  });

  it('refuses to write behind another writer, says why, and recovers when the file is as it was', async () => {
    const log = await opened();
    await log.append(page(0));
    const before = await readFile(path);
    await appendFile(path, 'somebody else\n');
    await expect(log.append(page(1))).rejects.toMatchObject({ code: 'DECISION_LOG_UNAVAILABLE' });
    expect(log.failure()).toMatch(/another writer/);
    await truncate(path, before.length);
    expect((await log.append(page(1))).sequence).toBe(2);
    expect(log.failure()).toBeUndefined();
    await log.close();
    expect((await verify(path)).ok).toBe(true);
  });

  it('finds a record by id, by a beginning no other has, and by its number', async () => {
    const records = await written(3);
    const log = await opened();
    const second = records[1] as DecisionRecord;
    expect(await log.find(second.id)).toEqual({ ok: true, value: second });
    expect(await log.find('#2')).toEqual({ ok: true, value: second });
    expect(await findDecision(path, second.id.toUpperCase())).toEqual({ ok: true, value: second });
    expect(await findDecision(path, '#2')).toEqual({ ok: true, value: second });
    for (const found of [await log.find(second.id.slice(0, 12)), await findDecision(path, second.id.slice(0, 12))]) {
      expect(found).toMatchObject({ ok: false, error: { code: 'DECISION_AMBIGUOUS' } });
    }
    for (const found of [await log.find('zzz'), await findDecision(path, 'zzz'), await log.find(''), await log.find('#9')]) {
      expect(found).toMatchObject({ ok: false, error: { code: 'DECISION_NOT_FOUND' } });
    }
    await log.close();
  });

  it('cuts a torn last line into a file beside the log, and says so', async () => {
    await written(3);
    const whole = await readFile(path);
    await appendFile(path, '{"at":17');
    expect(await verify(path)).toMatchObject({ ok: false, good: 3, bad: { what: 'unterminated', line: 4, sequence: 4 } });
    const events: string[] = [];
    const log = await opened({ report: ({ kind }) => events.push(kind) });
    expect(events).toEqual(['torn-tail-cut']);
    expect(log.opened.events[0]?.message).toContain('8 unacknowledged bytes');
    expect(await readFile(`${path}.torn`, 'utf8')).toBe('{"at":17');
    expect(await readFile(path)).toEqual(whole);
    expect((await log.append(page(3))).sequence).toBe(4);
    await log.close();
    expect((await verify(path)).ok).toBe(true);
  });

  it('recovers wherever a crash cut an unacknowledged last record', async () => {
    await written(2);
    const whole = await readFile(path);
    const firstEnd = whole.indexOf(0x0a) + 1;
    const checkpoint = JSON.stringify({ sequence: 1, hash: (JSON.parse(whole.subarray(0, firstEnd).toString()) as DecisionRecord).hash });
    for (let length = firstEnd; length < whole.length; length += 7) {
      await writeFile(path, whole.subarray(0, length));
      await writeFile(join(folder, 'decisions', 'checkpoint.json'), checkpoint);
      const log = await opened();
      expect(log.tip().sequence).toBe(1);
      await log.close();
    }
  });

  it('refuses a log whose acknowledged records are missing or changed, or sets it aside where told to', async () => {
    await written(4);
    const whole = await readFile(path);
    const thirdEnd = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
    await truncate(path, thirdEnd);
    expect(await verify(path)).toMatchObject({
      ok: false,
      good: 3,
      bad: { what: 'truncated', message: 'the log ends at 3, the checkpoint knows 4' },
    });
    const refused = await openDecisionLog(path, { clock: createSimulatedClock(START), versions });
    expect(refused).toMatchObject({ ok: false, error: { code: 'DECISION_LOG_DAMAGED' } });
    const log = await opened({ onDamage: 'set-aside' });
    expect(log.opened.events.map(({ kind }) => kind)).toEqual(['damaged-log-set-aside']);
    expect((await log.append(page(0))).sequence).toBe(1);
    await log.close();
    const files = await readdir(join(folder, 'decisions'));
    expect(files.filter((file) => file.includes('damaged')).length).toBe(2);
  });

  it('reads past a damaged line when it explains another decision', async () => {
    const records = await written(3);
    const text = await readFile(path, 'utf8');
    const lines = text.split('\n');
    lines[1] = 'no longer a record';
    await writeFile(path, lines.join('\n'));
    expect(await all(readDecisions(path))).toEqual([records[0], records[2]]);
    expect(await all(readDecisions(join(folder, 'nowhere')))).toEqual([]);
  });

  it('says when the folder cannot be used', async () => {
    await writeFile(join(folder, 'file'), '');
    const log = await openDecisionLog(join(folder, 'file', 'decisions.ndjson'), { clock: createSimulatedClock(START), versions });
    expect(log).toMatchObject({ ok: false, error: { code: 'DECISION_LOG_UNAVAILABLE' } });
  });
});
