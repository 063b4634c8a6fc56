import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Batch } from '../../core/batch.ts';
import type { LogPosition, Snapshot } from '../../core/ports.ts';
import { createSimulatedClock } from '../../core/simulated-clock.ts';
import { openStore } from './lmdb/lmdb-store.ts';
import { openMemoryStore } from './memory/memory-store.ts';
import { sampleBatch, sampleSignals, sampleStep, sampleStream } from './sample-data.ts';
import type { OperableStore, StoreOptions } from './store.ts';

const STEP_MS = 1_000;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 2, 2, 10);
const FIRST_STEP = START / STEP_MS;
const NO_NAMES = { firstText: 1, texts: [], streams: [] };

const options: StoreOptions = { partitionMs: HOUR, stepMs: STEP_MS, clock: createSimulatedClock(START), snapshotFormat: 3 };

const kinds = [
  { kind: 'memory', open: async (): Promise<OperableStore> => openMemoryStore(options) },
  {
    kind: 'lmdb',
    open: async (directory: string): Promise<OperableStore> => {
      const opened = await openStore(directory, options);
      if (!opened.ok) throw new Error(opened.error.message, { cause: opened.error.cause });
      return opened.value;
    },
  },
] as const;

const readAll = async (store: OperableStore, after: LogPosition = 0): Promise<{ position: LogPosition; batch: Batch }[]> => {
  const read: { position: LogPosition; batch: Batch }[] = [];
  for await (const entry of store.readBatches(after)) read.push({ ...entry });
  return read;
};

const positionOf = (outcome: Awaited<ReturnType<OperableStore['appendBatch']>>): LogPosition => {
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
};

const snapshot = (step: number, formatVersion = 3, shard = 0): Snapshot => ({
  shard,
  step,
  position: step * 10,
  formatVersion,
  parts: { detectors: Uint8Array.of(1, 2, 3, step % 256), empty: new Uint8Array(0) },
});

describe.each(kinds)('the $kind store', ({ open }) => {
  let directory: string;
  let store: OperableStore;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'foreshock-store-'));
    store = await open(directory);
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('gives back every batch it acknowledged, oldest first', async () => {
    const batches = Array.from({ length: 40 }, (_, index) => sampleBatch(START + index, index));
    const positions = (await Promise.all(batches.map((batch) => store.appendBatch(batch, NO_NAMES)))).map(positionOf);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(new Set(positions).size).toBe(40);
    expect(await readAll(store)).toEqual(batches.map((batch, index) => ({ position: positions[index], batch })));
    expect(store.logRange()).toEqual({ first: positions[0], last: positions[39] });
  });

  it('reads only what came after a position', async () => {
    const positions: LogPosition[] = [];
    for (let index = 0; index < 5; index += 1) positions.push(positionOf(await store.appendBatch(sampleBatch(START, index), NO_NAMES)));
    const read = await readAll(store, positions[2]);
    expect(read.map((entry) => entry.position)).toEqual(positions.slice(3));
    expect(await readAll(store, positions[4])).toEqual([]);
  });

  it('keeps positions rising and order intact when the wall clock jumps back over a partition boundary', async () => {
    const times = [START + HOUR - 1, START + HOUR, START + 10, START + 2 * HOUR, START + 5];
    const positions: LogPosition[] = [];
    for (const [index, time] of times.entries()) positions.push(positionOf(await store.appendBatch(sampleBatch(time, index), NO_NAMES)));
    const read = await readAll(store);
    expect(read.map((entry) => entry.batch.receivedAt)).toEqual(times);
    expect(read.map((entry) => entry.position)).toEqual(positions);
  });

  it('knows the empty text before anything was stored', () => {
    expect(store.loadIdentity()).toEqual({ texts: [''], streams: [] });
    expect(store.logRange()).toBeUndefined();
    expect(store.lastCoveredPosition()).toBeUndefined();
    expect(store.lastStepIndex()).toBeUndefined();
    expect(store.latestSnapshot()).toBeUndefined();
  });

  it('stores names and streams with the batch that first uses them, also when some are handed over twice', async () => {
    await store.appendBatch(sampleBatch(START, 0), { firstText: 1, texts: ['payments/api', '/pay'], streams: [sampleStream(0)] });
    await store.appendBatch(sampleBatch(START, 1), { firstText: 2, texts: ['/pay', 'GET'], streams: [sampleStream(0), sampleStream(1)] });
    expect(store.loadIdentity()).toEqual({ texts: ['', 'payments/api', '/pay', 'GET'], streams: [sampleStream(0), sampleStream(1)] });
  });

  it.each([
    ['a gap in text ids', { firstText: 5, texts: ['late'], streams: [] }, 'never handed over'],
    ['another text under a known id', { firstText: 1, texts: ['other'], streams: [] }, 'already names another text'],
    [
      'another stream under a known id',
      { firstText: 2, texts: [], streams: [{ ...sampleStream(0), hash: 'f'.repeat(32) }] },
      'another stream',
    ],
  ])('refuses %s and keeps what it knew', async (_, delta, message) => {
    positionOf(await store.appendBatch(sampleBatch(START, 0), { firstText: 1, texts: ['first'], streams: [sampleStream(0)] }));
    const refused = await store.appendBatch(sampleBatch(START, 1), delta);
    expect(refused).toMatchObject({ ok: false, error: { code: 'LOG_UNAVAILABLE', retryable: false } });
    expect(refused.ok ? '' : refused.error.message).toContain(message);
    expect(await readAll(store)).toHaveLength(1);
    expect(store.loadIdentity().texts).toEqual(['', 'first']);
  });

  it('refuses a batch after it was closed, retryably', async () => {
    await store.close();
    const refused = await store.appendBatch(sampleBatch(START, 0), NO_NAMES);
    expect(refused).toMatchObject({ ok: false, error: { code: 'LOG_UNAVAILABLE', retryable: true } });
  });

  it('refuses a step after it was closed, and reads nothing', async () => {
    const signals = sampleSignals(1).all();
    await store.putStep(sampleStep(FIRST_STEP, STEP_MS, [[0, 1, 1]]), signals, 1);
    await store.close();
    await expect(store.putStep(sampleStep(FIRST_STEP + 1, STEP_MS, [[0, 1, 1]]), signals, 2)).rejects.toThrow('closed');
    expect(await readAll(store)).toEqual([]);
    expect(Array.from(store.readSignal(signals[0]?.key ?? '', FIRST_STEP, FIRST_STEP + 1).value)).toEqual([Number.NaN]);
    expect(store.logRange()).toBeUndefined();
    expect(store.damage().partition).toBe(0);
  });

  it('answers every append that was under way when it was closed', async () => {
    const appends = Array.from({ length: 10 }, (_, index) => store.appendBatch(sampleBatch(START, index), NO_NAMES));
    await store.close();
    expect((await Promise.all(appends)).every((outcome) => outcome.ok)).toBe(true);
  });

  it('returns the values of steps to the bit and NaN where a signal was absent', async () => {
    const signals = sampleSignals(3).all();
    await store.putStep(
      sampleStep(FIRST_STEP, STEP_MS, [
        [0, 1.5, 15],
        [2, -0, 1],
      ]),
      signals,
      7,
    );
    await store.putStep(sampleStep(FIRST_STEP + 2, STEP_MS, [[0, Number.POSITIVE_INFINITY, 0.1]]), signals, 9);
    const first = store.readSignal(signals[0]?.key ?? '', FIRST_STEP - 1, FIRST_STEP + 4);
    expect(first.value).toEqual(Float64Array.of(Number.NaN, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NaN));
    expect(first.weight).toEqual(Float64Array.of(Number.NaN, 15, Number.NaN, 0.1, Number.NaN));
    expect(Object.is(store.readSignal(signals[2]?.key ?? '', FIRST_STEP, FIRST_STEP + 1).value[0], -0)).toBe(true);
    expect(store.lastCoveredPosition()).toBe(9);
    expect(store.lastStepIndex()).toBe(FIRST_STEP + 2);
  });

  it('returns nothing but NaN for a signal it never saw, and empty arrays for an empty range', () => {
    expect(store.readSignal('default|nobody|requests|', 0, 2).value).toEqual(Float64Array.of(Number.NaN, Number.NaN));
    expect(store.readSignal('default|nobody|requests|', 5, 5).value).toHaveLength(0);
    expect(store.readSignal('default|nobody|requests|', 5, 3).weight).toHaveLength(0);
  });

  it('reads the same across block and partition boundaries, while blocks close behind it', async () => {
    const signals = sampleSignals(300).all();
    const from = FIRST_STEP + 3_600 - 250;
    const steps = 500;
    for (let step = 0; step < steps; step += 1) {
      const entries = signals
        .filter((signal) => (signal.id + step) % 7 !== 0 && signal.id % 60 === 0)
        .map((signal) => [signal.id, signal.id + step / 3, step % 5] as const);
      await store.putStep(sampleStep(from + step, STEP_MS, entries), signals, step);
    }
    for (const id of [0, 60, 240]) {
      const read = store.readSignal(signals[id]?.key ?? '', from, from + steps);
      const expected = Array.from({ length: steps }, (_, step) => ((id + step) % 7 === 0 ? Number.NaN : id + step / 3));
      expect(Array.from(read.value)).toEqual(expected);
      expect(Array.from(read.weight)).toEqual(expected.map((value, step) => (Number.isNaN(value) ? Number.NaN : step % 5)));
    }
    expect(store.lastCoveredPosition()).toBe(steps - 1);
  });

  it('replaces a step that was revised, also after its block had closed', async () => {
    const signals = sampleSignals(2).all();
    const key = signals[0]?.key ?? '';
    const other = signals[1]?.key ?? '';
    for (let step = 0; step < 300; step += 1)
      await store.putStep(
        sampleStep(FIRST_STEP + step, STEP_MS, [
          [0, step, 1],
          [1, step, 1],
        ]),
        signals,
        step,
      );
    await store.putStep(sampleStep(FIRST_STEP + 20, STEP_MS, [[0, 999, 2]]), signals, 100);
    await store.putStep(sampleStep(FIRST_STEP + 299, STEP_MS, [[1, 5, 5]]), signals, 300);
    const check = (): void => {
      expect(Array.from(store.readSignal(key, FIRST_STEP + 19, FIRST_STEP + 22).value)).toEqual([19, 999, 21]);
      expect(Array.from(store.readSignal(other, FIRST_STEP + 19, FIRST_STEP + 22).value)).toEqual([19, Number.NaN, 21]);
      expect(Array.from(store.readSignal(key, FIRST_STEP + 298, FIRST_STEP + 300).value)).toEqual([298, Number.NaN]);
    };
    check();
    expect(store.lastCoveredPosition()).toBe(300);
    expect(store.lastStepIndex()).toBe(FIRST_STEP + 299);
    for (let step = 300; step < 400; step += 1) await store.putStep(sampleStep(FIRST_STEP + step, STEP_MS, [[0, step, 1]]), signals, step);
    check();
  });

  it('finds signals by key when their local ids changed', async () => {
    const before = sampleSignals(2).all();
    await store.putStep(
      sampleStep(FIRST_STEP, STEP_MS, [
        [0, 1, 1],
        [1, 2, 1],
      ]),
      before,
      1,
    );
    const after = [...before].reverse().map((signal, id) => ({ ...signal, id }));
    await store.putStep(
      sampleStep(FIRST_STEP + 1, STEP_MS, [
        [0, 3, 1],
        [1, 4, 1],
      ]),
      after,
      2,
    );
    expect(Array.from(store.readSignal(before[0]?.key ?? '', FIRST_STEP, FIRST_STEP + 2).value)).toEqual([1, 4]);
  });

  it('returns the newest snapshot of its own format or the one before, and keeps three', async () => {
    for (const step of [1, 2, 3]) await store.putSnapshot(snapshot(step));
    expect(store.latestSnapshot()).toEqual(snapshot(3));
    await store.putSnapshot(snapshot(4, 2));
    expect(store.latestSnapshot()).toEqual(snapshot(4, 2));
    await store.putSnapshot(snapshot(5, 4));
    expect(store.latestSnapshot()).toEqual(snapshot(4, 2));
    await store.putSnapshot(snapshot(6, 1));
    await store.putSnapshot(snapshot(7, 1));
    expect(store.latestSnapshot()).toBeUndefined();
  });

  it('keeps the snapshots of one shard when another shard writes more', async () => {
    await store.putSnapshot(snapshot(9, 3, 1));
    for (const step of [1, 2, 3, 4]) await store.putSnapshot(snapshot(step));
    expect(store.latestSnapshot()).toEqual(snapshot(9, 3, 1));
  });

  it('forgets partitions that ended, but neither names nor positions', async () => {
    const signals = sampleSignals(1).all();
    const key = signals[0]?.key ?? '';
    const delta = { firstText: 1, texts: ['payments/api'], streams: [sampleStream(0)] };
    positionOf(await store.appendBatch(sampleBatch(START, 0), delta));
    const second = positionOf(await store.appendBatch(sampleBatch(START + HOUR, 1), NO_NAMES));
    await store.putStep(sampleStep(FIRST_STEP, STEP_MS, [[0, 1, 1]]), signals, 1);
    await store.putStep(sampleStep(FIRST_STEP + 3_600, STEP_MS, [[0, 2, 1]]), signals, 2);
    await store.expire(START + HOUR - 1);
    expect(await readAll(store)).toHaveLength(2);
    await store.expire(START + HOUR);
    expect((await readAll(store)).map((entry) => entry.position)).toEqual([second]);
    expect(Array.from(store.readSignal(key, FIRST_STEP, FIRST_STEP + 1).value)).toEqual([Number.NaN]);
    expect(Array.from(store.readSignal(key, FIRST_STEP + 3_600, FIRST_STEP + 3_601).value)).toEqual([2]);
    await store.expire(START + 10 * HOUR);
    expect(store.logRange()).toBeUndefined();
    expect(store.lastCoveredPosition()).toBe(2);
    expect(store.loadIdentity()).toEqual({ texts: ['', 'payments/api'], streams: [sampleStream(0)] });
    expect(positionOf(await store.appendBatch(sampleBatch(START + 11 * HOUR, 2), NO_NAMES))).toBeGreaterThan(second);
  });

  it('trims the log up to a position and keeps the rest', async () => {
    const positions: LogPosition[] = [];
    for (let index = 0; index < 6; index += 1)
      positions.push(positionOf(await store.appendBatch(sampleBatch(START + index * HOUR, index), NO_NAMES)));
    await store.trimLog(positions[3] as number);
    expect((await readAll(store)).map((entry) => entry.position)).toEqual(positions.slice(4));
    expect(store.logRange()).toEqual({ first: positions[4], last: positions[5] });
  });

  it('finds nothing damaged in what it wrote itself', async () => {
    await store.appendBatch(sampleBatch(START, 0), NO_NAMES);
    await store.putSnapshot(snapshot(1));
    await readAll(store);
    store.latestSnapshot();
    expect(store.damage()).toEqual({ 'log-entry': 0, 'series-block': 0, snapshot: 0, partition: 0, identity: 0 });
  });
});
