import { BLOCK_STEPS, decodeBlock, encodeBlock, type SeriesBlock } from '../block-codec.ts';
import type { DamageLedger } from '../damage-ledger.ts';
import { type BinaryDatabase, commit, type Environment, openBinary } from './environment.ts';
import { CHUNK_SERIES, decodeRow, encodeRow, type Row } from './row-codec.ts';

/**
 * The steps of one partition. The newest steps stand as rows, one per step and chunk of series, so that closing a
 * step writes what it holds and nothing more. Once a block of steps is over, `compact` turns the rows of each chunk
 * into one compressed block per series, in one transaction a chunk; until then, and after a crash between, rows and
 * blocks together read the same: a row is the last word on its step for every series of its chunk.
 */
export interface StepSeries {
  /** The puts of one step, to be run inside a transaction. `everyChunk` also writes empty rows, to overwrite what an earlier version of the step held. */
  stepWrites(index: number, rows: ReadonlyMap<number, Row>, everyChunk: number | undefined): () => void;
  /** Overwrites the places of [from, to) that this partition holds. */
  readInto(series: number, from: number, to: number, value: Float64Array, weight: Float64Array): void;
  /** Turns the rows of steps before `before` of one chunk into blocks; false when it had none. */
  compact(chunk: number, before: number): Promise<boolean>;
}

const blockStart = (step: number): number => Math.floor(step / BLOCK_STEPS) * BLOCK_STEPS;

const emptyBlock = (): SeriesBlock => ({
  value: new Float64Array(BLOCK_STEPS).fill(Number.NaN),
  weight: new Float64Array(BLOCK_STEPS).fill(Number.NaN),
});

const EMPTY_ROW: Row = { slot: new Uint8Array(0), value: new Float64Array(0), weight: new Float64Array(0) };

/** Databases carry the step length in their names: a step index means another time under another step length. */
export const openStepSeries = (environment: Environment, name: string, stepMs: number, damage: DamageLedger): StepSeries => {
  const rows: BinaryDatabase = openBinary(environment, `rows ${stepMs}`);
  const blocks: BinaryDatabase = openBinary(environment, `blocks ${stepMs}`);

  const readRow = (key: number[], sealed: Uint8Array): Row | undefined => {
    const row = decodeRow(sealed);
    if (row === undefined)
      damage.record('series-block', `${name} row ${key.join('/')}`, `${name} steps row ${key.join('/')}: checksum differs`);
    return row;
  };
  const readBlock = (key: number[], bytes: Uint8Array | undefined): SeriesBlock | undefined => {
    if (bytes === undefined) return undefined;
    const block = decodeBlock(bytes);
    if (block.ok) return block.value;
    damage.record('series-block', `${name} block ${key.join('/')}`, `${name} series block ${key.join('/')}: ${block.error.message}`);
    return undefined;
  };

  const overlayRows = (merged: Map<string, SeriesBlock>, chunk: number, step: number, row: Row): void => {
    const start = blockStart(step);
    const first = chunk * CHUNK_SERIES;
    for (let slot = 0; slot < CHUNK_SERIES; slot += 1) {
      const known = merged.get(`${first + slot} ${start}`);
      if (known === undefined) continue;
      known.value[step - start] = Number.NaN;
      known.weight[step - start] = Number.NaN;
    }
    row.slot.forEach((slot, entry) => {
      const block = merged.get(`${first + slot} ${start}`);
      if (block === undefined) return;
      block.value[step - start] = row.value[entry] as number;
      block.weight[step - start] = row.weight[entry] as number;
    });
  };

  /** Existing blocks of the chunk, and new ones for series first seen in these rows. */
  const blocksUnder = (chunk: number, taken: readonly (readonly [number, Row])[]): Map<string, SeriesBlock> => {
    const merged = new Map<string, SeriesBlock>();
    const first = chunk * CHUNK_SERIES;
    for (const start of new Set(taken.map(([step]) => blockStart(step)))) {
      for (let series = first; series < first + CHUNK_SERIES; series += 1) {
        const existing = readBlock([series, start], blocks.getBinary([series, start]));
        if (existing !== undefined) merged.set(`${series} ${start}`, existing);
      }
    }
    for (const [step, row] of taken) {
      for (const slot of row.slot) {
        const place = `${first + slot} ${blockStart(step)}`;
        if (!merged.has(place)) merged.set(place, emptyBlock());
      }
    }
    return merged;
  };

  return {
    stepWrites(index, chunks, everyChunk) {
      const records = new Map([...chunks].map(([chunk, row]) => [chunk, encodeRow(row)]));
      for (let chunk = 0; chunk < (everyChunk ?? 0); chunk += 1) if (!records.has(chunk)) records.set(chunk, encodeRow(EMPTY_ROW));
      return () => {
        for (const [chunk, record] of records) rows.put([chunk, index], record);
      };
    },
    readInto(series, from, to, value, weight) {
      for (const { key, value: bytes } of blocks.getRange({ start: [series, blockStart(from)], end: [series, to] })) {
        const start = (key as number[])[1] as number;
        const block = readBlock(key as number[], bytes);
        if (block === undefined) continue;
        for (let step = Math.max(start, from); step < Math.min(start + BLOCK_STEPS, to); step += 1) {
          const present = block.value[step - start] as number;
          const heavy = block.weight[step - start] as number;
          // A block that spans two partitions holds only its own part here.
          if (Number.isNaN(present) && Number.isNaN(heavy)) continue;
          value[step - from] = present;
          weight[step - from] = heavy;
        }
      }
      const chunk = Math.floor(series / CHUNK_SERIES);
      for (const { key, value: bytes } of rows.getRange({ start: [chunk, from], end: [chunk, to] })) {
        const row = readRow(key as number[], bytes);
        if (row === undefined) continue;
        const place = ((key as number[])[1] as number) - from;
        const entry = row.slot.indexOf(series % CHUNK_SERIES);
        value[place] = row.value[entry] ?? Number.NaN;
        weight[place] = row.weight[entry] ?? Number.NaN;
      }
    },
    async compact(chunk, before) {
      const keys: number[][] = [];
      const taken: (readonly [number, Row])[] = [];
      for (const { key, value: bytes } of rows.getRange({ start: [chunk, 0], end: [chunk, before] })) {
        keys.push(key as number[]);
        const row = readRow(key as number[], bytes);
        if (row !== undefined) taken.push([(key as number[])[1] as number, row]);
      }
      if (keys.length === 0) return false;
      const merged = blocksUnder(chunk, taken);
      for (const [step, row] of taken) overlayRows(merged, chunk, step, row);
      const records = [...merged].map(([place, block]) => [place.split(' ').map(Number), encodeBlock(block)] as const);
      await commit(environment, () => {
        for (const [key, record] of records) blocks.put(key, record);
        for (const key of keys) rows.remove(key);
      });
      return true;
    },
  };
};
