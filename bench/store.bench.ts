import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BLOCK_STEPS, decodeBlock, encodeBlock } from '../agent/store/block-codec.ts';
import { openStore } from '../agent/store/lmdb/lmdb-store.ts';
import type { Batch } from '../core/batch.ts';
import { seededRandom } from '../core/random.ts';
import { systemClock } from '../core/system-clock.ts';
import type { BenchRow } from './bench.ts';

const BLOCKS = 5_000;
const BATCHES = 2_000;
const POINTS = 1_000;
const UNDER_WAY = 32;

/** Random walks with two decimals, as a gauge of a service looks, and the constant weight of a full step. */
const decimalBlocks = () => {
  const random = seededRandom(7);
  return Array.from({ length: BLOCKS }, () => {
    let level = Math.floor(random() * 100_000);
    const value = Float64Array.from({ length: BLOCK_STEPS }, () => {
      level += Math.floor(random() * 201) - 100;
      return level / 100;
    });
    return { value, weight: new Float64Array(BLOCK_STEPS).fill(15) };
  });
};

const blockRows = (): readonly BenchRow[] => {
  const blocks = decimalBlocks();
  const samples = BLOCKS * BLOCK_STEPS;
  // The first run is compiled on the way.
  for (const block of blocks) decodeBlock(encodeBlock(block));
  const encodeStart = systemClock.elapsedMs();
  const encoded = blocks.map(encodeBlock);
  const encodePerSecond = samples / ((systemClock.elapsedMs() - encodeStart) / 1_000);
  const decodeStart = systemClock.elapsedMs();
  for (const bytes of encoded) if (!decodeBlock(bytes).ok) throw new Error('a block did not decode');
  const decodePerSecond = samples / ((systemClock.elapsedMs() - decodeStart) / 1_000);
  const bytesPerSample = encoded.reduce((total, bytes) => total + bytes.length, 0) / samples;
  return [
    { name: 'series block, encode', unit: 'samples/s', ours: encodePerSecond, target: '>= 2 million', met: encodePerSecond >= 2_000_000 },
    { name: 'series block, decode', unit: 'samples/s', ours: decodePerSecond, target: '>= 4 million', met: decodePerSecond >= 4_000_000 },
    {
      name: 'series block, size with weights',
      unit: 'bytes/sample',
      ours: bytesPerSample,
      rival: { name: 'raw float64 pair', value: 16 },
      target: '<= 2.5',
      met: bytesPerSample <= 2.5,
    },
  ];
};

const batchOf = (number: number): Batch => ({
  tenant: 'default',
  receivedAt: systemClock.now(),
  samples: {
    length: POINTS,
    stream: new Uint32Array(POINTS).fill(number),
    type: new Uint8Array(POINTS),
    time: new Float64Array(POINTS),
    start: new Float64Array(POINTS),
    value: new Float64Array(POINTS),
  },
});

const appendRow = async (): Promise<BenchRow> => {
  const directory = mkdtempSync(join(tmpdir(), 'foreshock-bench-'));
  try {
    const opened = await openStore(directory, { stepMs: 15_000, clock: systemClock });
    if (!opened.ok) throw new Error(opened.error.message);
    const store = opened.value;
    let next = 0;
    const appendOn = async (): Promise<void> => {
      while (next < BATCHES) {
        next += 1;
        const outcome = await store.appendBatch(batchOf(next), { firstText: 1, texts: [], streams: [] });
        if (!outcome.ok) throw new Error(outcome.error.message);
      }
    };
    const start = systemClock.elapsedMs();
    await Promise.all(Array.from({ length: UNDER_WAY }, appendOn));
    const perSecond = (BATCHES * POINTS) / ((systemClock.elapsedMs() - start) / 1_000);
    await store.close();
    return { name: 'intake log, durable appends', unit: 'points/s', ours: perSecond, target: '>= 200,000', met: perSecond >= 200_000 };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** The store: density and speed of series blocks, and points a second that are on disk when acknowledged. */
export const run = async (): Promise<readonly BenchRow[]> => [...blockRows(), await appendRow()];
