import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../agent/store/lmdb/lmdb-store.ts';
import type { OperableStore } from '../../agent/store/store.ts';
import { seededRandom } from '../../core/random.ts';
import { systemClock } from '../../core/system-clock.ts';
import { numberedBatch } from './numbered-batch.ts';

const WRITER = fileURLToPath(new URL('../../dist/test/crash/store-writer.js', import.meta.url));
const KILLS = 5;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'foreshock-crash-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface Run {
  /** Number of the batch by the position it was acknowledged at. */
  readonly acknowledged: ReadonlyMap<number, number>;
  readonly refused: readonly string[];
  readonly errors: string;
}

/** Collects what a writer prints until it ends; `onLine` sees how many lines there are. */
const follow = async (writer: ChildProcess, onLine: (lines: number) => void): Promise<Run> => {
  const acknowledged = new Map<number, number>();
  const refused: string[] = [];
  let errors = '';
  let lines = 0;
  writer.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  if (writer.stdout === null) throw new Error('the writer has no output');
  const ended = new Promise((resolve) => {
    writer.once('close', resolve);
  });
  for await (const line of createInterface({ input: writer.stdout })) {
    lines += 1;
    onLine(lines);
    if (line.startsWith('refused')) refused.push(line);
    // A line cut by the kill was acknowledged all the same, but says nothing that can be checked.
    else if (/^\d+ \d+$/.test(line)) acknowledged.set(Number(line.split(' ')[0]), Number(line.split(' ')[1]));
  }
  await ended;
  return { acknowledged, refused, errors };
};

const reopen = async (): Promise<OperableStore> => {
  const opened = await openStore(directory, { partitionMs: 2_000, stepMs: 1_000, clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message, { cause: opened.error.cause });
  return opened.value;
};

/** Every batch in the store by position, each compared with what its number says it must be. */
const readNumbers = async (store: OperableStore): Promise<Map<number, number>> => {
  const numbers = new Map<number, number>();
  for await (const { position, batch } of store.readBatches(0)) {
    const number = batch.samples?.stream[0] ?? -1;
    expect(batch).toEqual(numberedBatch(number, batch.receivedAt));
    numbers.set(position, number);
  }
  return numbers;
};

describe('the store whose process is killed', () => {
  it(`still holds every acknowledged batch and its names after ${KILLS} kills at random moments`, async () => {
    const random = seededRandom(20_260_801);
    const acknowledged = new Map<number, number>();
    let nextNumber = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const killAfter = 1 + Math.floor(random() * 400);
      const writer = spawn(process.execPath, [WRITER, directory, String(nextNumber)], { stdio: ['ignore', 'pipe', 'pipe'] });
      const run = await follow(writer, (lines) => {
        if (lines === killAfter) writer.kill('SIGKILL');
      });
      expect(writer.signalCode, run.errors).toBe('SIGKILL');
      expect(run.refused).toEqual([]);
      for (const [position, number] of run.acknowledged) {
        expect(acknowledged.has(position), `position ${position} was given twice`).toBe(false);
        acknowledged.set(position, number);
      }

      const store = await reopen();
      const stored = await readNumbers(store);
      for (const [position, number] of acknowledged) expect(stored.get(position)).toBe(number);
      const { texts } = store.loadIdentity();
      for (const number of acknowledged.values()) expect(texts[number + 1]).toBe(`name ${number}`);
      expect(store.damage()).toEqual({ 'log-entry': 0, 'series-block': 0, snapshot: 0, partition: 0, identity: 0 });
      nextNumber = texts.length - 1;
      await store.close();
    }
    expect(acknowledged.size).toBeGreaterThan(KILLS);
  }, 240_000);

  it('refuses retryably when the disk is full, and keeps what it had acknowledged', async () => {
    // A file size limit makes write(2) fail the way a full disk does, for this one process.
    const script = 'ulimit -f 2000; exec "$@"';
    const writer = spawn('/bin/sh', ['-c', script, 'sh', process.execPath, WRITER, directory, '0', '3000'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const run = await follow(writer, () => undefined);
    expect(writer.exitCode, run.errors).toBe(0);
    expect(run.refused.length).toBeGreaterThan(0);
    expect(run.refused.every((line) => line.startsWith('refused LOG_UNAVAILABLE true '))).toBe(true);
    expect(run.acknowledged.size + run.refused.length).toBe(3_000);
    const store = await reopen();
    const stored = await readNumbers(store);
    for (const [position, number] of run.acknowledged) expect(stored.get(position)).toBe(number);
    expect(store.damage()['log-entry']).toBe(0);
    // There is room again without the limit: the store goes on by itself.
    expect((await store.appendBatch(numberedBatch(1, systemClock.now()), { firstText: 1, texts: [], streams: [] })).ok).toBe(true);
    await store.close();
  }, 240_000);
});
