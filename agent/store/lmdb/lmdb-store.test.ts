import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSimulatedClock } from '../../../core/simulated-clock.ts';
import { encodeBatch } from '../batch-codec.ts';
import { BLOCK_STEPS, encodeBlock } from '../block-codec.ts';
import { sampleBatch, sampleSignals, sampleStep, sampleStream } from '../sample-data.ts';
import type { OperableStore, StoreOptions } from '../store.ts';
import { openStore } from './lmdb-store.ts';

const STEP_MS = 1_000;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 2, 2, 10);
const FIRST_STEP = START / STEP_MS;
const NO_NAMES = { firstText: 1, texts: [], streams: [] };

let directory: string;
let reports: string[];
let store: OperableStore;

const open = async (changes: Partial<StoreOptions> = {}): Promise<OperableStore> => {
  const opened = await openStore(directory, {
    partitionMs: HOUR,
    stepMs: STEP_MS,
    clock: createSimulatedClock(START),
    onCorruption: (what, where) => reports.push(`${what}: ${where}`),
    ...changes,
  });
  if (!opened.ok) throw new Error(opened.error.message, { cause: opened.error.cause });
  return opened.value;
};

const reopen = async (changes: Partial<StoreOptions> = {}): Promise<void> => {
  await store.close();
  store = await open(changes);
};

const append = async (receivedAt: number, seed: number): Promise<number> => {
  const outcome = await store.appendBatch(sampleBatch(receivedAt, seed), NO_NAMES);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
};

const positions = async (): Promise<number[]> => {
  const read: number[] = [];
  for await (const entry of store.readBatches(0)) read.push(entry.position);
  return read;
};

const dataFile = (partition: string): string => join(directory, 'partitions', partition, 'data.mdb');
const FIRST_PARTITION = '20260302T100000.000Z';

/** Changes one byte of every place in a file where `needle` stands; the number of places. */
const damage = (path: string, needle: Uint8Array): number => {
  const bytes = readFileSync(path);
  let found = 0;
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + needle.length)) {
    const middle = at + (needle.length >> 1);
    bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
    found += 1;
  }
  writeFileSync(path, bytes);
  return found;
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'foreshock-store-'));
  reports = [];
  store = await open();
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('the LMDB store across restarts', () => {
  it('still holds batches, names, steps, positions and snapshots', async () => {
    const signals = sampleSignals(2).all();
    const snapshot = { shard: 0, step: FIRST_STEP, position: 1, formatVersion: 1, parts: { state: Uint8Array.of(1) } };
    await store.appendBatch(sampleBatch(START, 1), { firstText: 1, texts: ['payments/api'], streams: [sampleStream(0)] });
    for (let step = 0; step < 130; step += 1) await store.putStep(sampleStep(FIRST_STEP + step, STEP_MS, [[1, step / 7, 1]]), signals, 1);
    await store.putSnapshot(snapshot);
    await reopen();
    const next = await append(START + 1, 2);
    expect(await positions()).toEqual([next - 1, next]);
    expect(store.loadIdentity()).toEqual({ texts: ['', 'payments/api'], streams: [sampleStream(0)] });
    expect(store.readSignal(signals[1]?.key ?? '', FIRST_STEP, FIRST_STEP + 130).value).toEqual(
      Float64Array.from({ length: 130 }, (_, step) => step / 7),
    );
    expect(store.lastCoveredPosition()).toBe(1);
    expect(store.lastStepIndex()).toBe(FIRST_STEP + 129);
    expect(store.latestSnapshot()).toEqual(snapshot);
    expect(store.diskBytes()).toBeGreaterThan(0);
    expect(reports).toEqual([]);
  });

  it('never gives a position twice after everything expired or was trimmed', async () => {
    const last = await append(START, 1);
    await store.putStep(sampleStep(FIRST_STEP, STEP_MS, [[0, 1, 1]]), sampleSignals(1).all(), last);
    await store.expire(START + HOUR);
    await reopen();
    expect(store.lastCoveredPosition()).toBe(last);
    const next = await append(START + 2 * HOUR, 2);
    expect(next).toBeGreaterThan(last);
    await store.trimLog(next);
    await reopen();
    expect(await append(START + 2 * HOUR, 3)).toBeGreaterThan(next);
  });

  it('unlinks the directory of a partition that expired', async () => {
    await append(START, 1);
    await append(START + HOUR, 2);
    expect(readdirSync(join(directory, 'partitions'))).toEqual([FIRST_PARTITION, '20260302T110000.000Z']);
    await store.expire(START + HOUR);
    expect(readdirSync(join(directory, 'partitions'))).toEqual(['20260302T110000.000Z']);
    expect(readdirSync(join(directory, 'expired'))).toEqual([]);
  });

  it('clears what a crash left half removed', async () => {
    mkdirSync(join(directory, 'expired', FIRST_PARTITION), { recursive: true });
    await reopen();
    expect(readdirSync(join(directory, 'expired'))).toEqual([]);
  });

  it.each([
    ['longer', 24 * HOUR],
    ['shorter', HOUR / 4],
  ])('keeps one partition for each instant when partitions become %s', async (_, partitionMs) => {
    const before = [await append(START + 5 * HOUR, 1), await append(START + 7 * HOUR, 2)];
    await reopen({ partitionMs });
    const after: number[] = [];
    for (const hours of [5.5, 6.5, 7.5, 8.5, 4.5]) after.push(await append(START + hours * HOUR, 3));
    await reopen({ partitionMs });
    expect(await positions()).toEqual([...before, ...after]);
    await store.expire(START + 1_000 * HOUR);
    expect(await positions()).toEqual([]);
  });

  it('keeps series of another step length apart', async () => {
    const signals = sampleSignals(1).all();
    await store.putStep(sampleStep(FIRST_STEP, STEP_MS, [[0, 1, 1]]), signals, 1);
    await reopen({ stepMs: 2 * STEP_MS });
    const index = FIRST_STEP / 2;
    expect(store.lastStepIndex()).toBeUndefined();
    expect(store.lastCoveredPosition()).toBe(1);
    expect(Array.from(store.readSignal(signals[0]?.key ?? '', index, index + 1).value)).toEqual([Number.NaN]);
    await store.putStep(sampleStep(index, 2 * STEP_MS, [[0, 2, 1]]), signals, 2);
    expect(Array.from(store.readSignal(signals[0]?.key ?? '', index, index + 1).value)).toEqual([2]);
  });

  it('dates a batch without a usable time by the clock', async () => {
    await append(Number.NaN, 1);
    await append(9e15, 2);
    expect(readdirSync(join(directory, 'partitions'))).toEqual([FIRST_PARTITION]);
    expect(await positions()).toHaveLength(2);
  });
});

describe('the LMDB store and its owner', () => {
  it('refuses to open twice, and opens again once it was closed', async () => {
    const again = await openStore(directory, { stepMs: STEP_MS, clock: createSimulatedClock(START) });
    expect(again).toMatchObject({ ok: false, error: { code: 'STORE_IN_USE', retryable: true } });
    await append(START, 1);
    await reopen();
    expect(await positions()).toHaveLength(1);
  });

  it.each([
    ['of a process that died', JSON.stringify({ pid: 2 ** 22 + 1, startedAt: '1', boot: 'none' })],
    ['of an earlier process with the same id', JSON.stringify({ pid: process.pid, startedAt: '1', boot: 'none' })],
    ['of a dead process on a system without /proc', JSON.stringify({ pid: 2 ** 22 + 1 })],
    ['that a crash cut off', '{"pid": 1'],
    ['of another kind', '[]'],
  ])('takes over the claim %s', async (_, claim) => {
    await store.close();
    writeFileSync(join(directory, 'owner.json'), claim);
    store = await open();
    expect(await append(START, 1)).toBe(1);
  });
});

describe('the LMDB store with damage on disk', () => {
  it('skips exactly the damaged log entries, reports each once and counts them', async () => {
    const given: number[] = [];
    for (let seed = 0; seed < 10; seed += 1) given.push(await append(START, seed));
    await store.close();
    for (const seed of [2, 7]) expect(damage(dataFile(FIRST_PARTITION), encodeBatch(sampleBatch(START, seed)))).toBeGreaterThan(0);
    store = await open();
    const intact = given.filter((_, seed) => seed !== 2 && seed !== 7);
    expect(await positions()).toEqual(intact);
    expect(await positions()).toEqual(intact);
    expect(store.damage()['log-entry']).toBe(2);
    expect(reports).toHaveLength(2);
    expect(reports[0]).toContain(`${FIRST_PARTITION} log entry ${given[2]}`);
    expect(await append(START, 99)).toBe((given[9] ?? 0) + 1);
  });

  it('reads a damaged series block as absent, counts it once, and keeps the other series', async () => {
    const signals = sampleSignals(2).all();
    const values = (signal: number): Float64Array => Float64Array.from({ length: BLOCK_STEPS }, (_, step) => Math.log(2 + signal + step));
    const columns = [values(0), values(1)];
    // The first step after a block lets it close; the one after that waits for it.
    for (let step = 0; step <= BLOCK_STEPS + 1; step += 1) {
      const entries = [0, 1].map((signal) => [signal, columns[signal]?.[step] ?? 1, 1] as const);
      await store.putStep(sampleStep(FIRST_STEP + step, STEP_MS, entries), signals, step);
    }
    await store.close();
    const block = encodeBlock({ value: values(0), weight: new Float64Array(BLOCK_STEPS).fill(1) });
    expect(damage(dataFile(FIRST_PARTITION), block)).toBeGreaterThan(0);
    store = await open();
    const read = (signal: number): Float64Array => store.readSignal(signals[signal]?.key ?? '', FIRST_STEP, FIRST_STEP + BLOCK_STEPS).value;
    expect(read(0)).toEqual(new Float64Array(BLOCK_STEPS).fill(Number.NaN));
    expect(read(0)).toEqual(new Float64Array(BLOCK_STEPS).fill(Number.NaN));
    expect(read(1)).toEqual(values(1));
    expect(store.damage()['series-block']).toBe(1);
  });

  it('falls back to the newest snapshot that is intact', async () => {
    for (const step of [1, 2, 3]) {
      await store.putSnapshot({ shard: 0, step, position: step, formatVersion: 1, parts: { state: Uint8Array.of(step, 9, 9, 9) } });
    }
    const names = readdirSync(join(directory, 'snapshots')).sort();
    damage(join(directory, 'snapshots', names[2] ?? ''), Uint8Array.of(3, 9, 9, 9));
    truncateSync(join(directory, 'snapshots', names[1] ?? ''), 40);
    expect(store.latestSnapshot()?.step).toBe(1);
    expect(store.latestSnapshot()?.step).toBe(1);
    expect(store.damage().snapshot).toBe(2);
    expect(reports.filter((report) => report.startsWith('snapshot'))).toHaveLength(2);
  });

  it('ignores and removes a snapshot that a crash left unfinished', async () => {
    writeFileSync(join(directory, 'snapshots', '0-1-1.snapshot.partial'), 'half');
    await reopen();
    expect(readdirSync(join(directory, 'snapshots'))).toEqual([]);
    expect(store.latestSnapshot()).toBeUndefined();
  });

  it.each([
    ['is no LMDB file', (path: string) => writeFileSync(path, Buffer.alloc(65_536, 0x5a))],
    ['was cut off', (path: string) => truncateSync(path, 9_000)],
  ])('sets a partition aside whose file %s, and starts', async (_, ruin) => {
    for (let seed = 0; seed < 50; seed += 1) await append(START, seed);
    const kept = await append(START + HOUR, 1);
    await store.close();
    ruin(dataFile(FIRST_PARTITION));
    store = await open();
    expect(await positions()).toEqual([kept]);
    expect(store.damage().partition).toBe(1);
    expect(reports[0]).toContain(FIRST_PARTITION);
    expect(existsSync(join(directory, 'damaged', `${FIRST_PARTITION}-${START}`, 'data.mdb'))).toBe(true);
    expect(await append(START, 1)).toBeGreaterThan(kept);
  });

  it('stands in for a damaged name, so that the ids after it keep their meaning', async () => {
    await store.appendBatch(sampleBatch(START, 1), { firstText: 1, texts: ['first-name', 'second-name', 'third-name'], streams: [] });
    await store.close();
    damage(join(directory, 'identity', 'data.mdb'), new TextEncoder().encode('second-name'));
    store = await open();
    expect(store.loadIdentity().texts).toEqual(['', 'first-name', '\uFFFD2', 'third-name']);
    expect(store.damage().identity).toBe(1);
  });

  it('answers STORE_UNAVAILABLE when its identity is no LMDB file, and opens once that is restored', async () => {
    await append(START, 1);
    await store.close();
    const path = join(directory, 'identity', 'data.mdb');
    const bytes = readFileSync(path);
    writeFileSync(path, 'ruined');
    const opened = await openStore(directory, { stepMs: STEP_MS, clock: createSimulatedClock(START) });
    expect(opened).toMatchObject({ ok: false, error: { code: 'STORE_UNAVAILABLE' } });
    writeFileSync(path, bytes);
    store = await open();
    expect(await positions()).toHaveLength(1);
  });

  it('answers STORE_UNAVAILABLE when its place is a file', async () => {
    const file = join(directory, 'occupied');
    writeFileSync(file, '');
    const opened = await openStore(file, { stepMs: STEP_MS, clock: createSimulatedClock(START) });
    expect(opened).toMatchObject({ ok: false, error: { code: 'STORE_UNAVAILABLE' } });
  });
});
