import { POINT_CURSOR, POINT_EVENTS, type SampleBatch } from '../../core/batch.ts';
import type { Instant } from '../../core/time.ts';
import type { Sequences } from './sequences.ts';

/** Counts by stream and step: what a batch of messages comes down to, however many they are. */
export interface Tally {
  /** `parts` of which `partsPerUnit` make one: cents are added up exactly and written as whole units. */
  add(stream: number, at: Instant, parts: number, partsPerUnit?: number): void;
  /** Rows so far, and the sequences they were counted from, as columns. */
  columns(cursorStream: number, taken: Sequences, now: Instant): SampleBatch;
}

interface Row {
  readonly stream: number;
  readonly partsPerUnit: number;
  time: Instant;
  parts: number;
}

export const createTally = (stepMs: number): Tally => {
  const rows = new Map<string, Row>();
  return {
    add(stream, at, parts, partsPerUnit = 1) {
      const key = `${stream} ${Math.floor(at / stepMs)}`;
      const row = rows.get(key);
      if (row === undefined) rows.set(key, { stream, partsPerUnit, time: at, parts });
      else {
        row.parts += parts;
        row.time = Math.max(row.time, at);
      }
    },
    columns(cursorStream, taken, now) {
      const counted = [...rows.values()];
      const length = counted.length + taken.length;
      const samples = {
        length,
        stream: new Uint32Array(length).fill(cursorStream),
        type: new Uint8Array(length).fill(POINT_CURSOR),
        time: new Float64Array(length).fill(now),
        start: new Float64Array(length).fill(Number.NaN),
        value: new Float64Array(length),
      };
      counted.forEach(({ stream, time, parts, partsPerUnit }, at) => {
        samples.stream[at] = stream;
        samples.type[at] = POINT_EVENTS;
        samples.time[at] = time;
        samples.value[at] = parts / partsPerUnit;
      });
      taken.forEach(({ from, to }, place) => {
        samples.start[counted.length + place] = from;
        samples.value[counted.length + place] = to;
      });
      return samples;
    },
  };
};
