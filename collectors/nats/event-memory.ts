import { type Batch, POINT_CURSOR, POINT_EVENTS } from '../../core/batch.ts';
import type { Instant } from '../../core/time.ts';
import type { Sequences } from './sequences.ts';

/**
 * What reading business events must remember over a restart. It is a function of the log alone: the sequences taken in
 * stand in the same entry as what was counted from them, so after any crash both are there or neither is.
 */
export interface EventMemory {
  /** In log order, live and on replay. */
  consume(batch: Batch): void;
  /** What has been taken in of the source that a cursor stream names. */
  taken(cursorStream: number): Sequences;
  /** Streams with an event since `since`. */
  seenSince(since: Instant): readonly number[];
  snapshot(): Uint8Array;
  /** False when the bytes are not of this version. */
  restore(bytes: Uint8Array): boolean;
}

interface MemoryState {
  readonly version: 1;
  readonly cursors: readonly (readonly [stream: number, ranges: readonly (readonly [from: number, to: number])[]])[];
  readonly seen: readonly (readonly [stream: number, at: Instant])[];
}

export const createEventMemory = (): EventMemory => {
  const cursors = new Map<number, Sequences>();
  const seen = new Map<number, Instant>();
  return {
    consume({ samples }) {
      if (samples === undefined) return;
      const told = new Map<number, { from: number; to: number }[]>();
      for (let row = 0; row < samples.length; row += 1) {
        const stream = samples.stream[row] as number;
        const type = samples.type[row] as number;
        const value = samples.value[row] as number;
        if (type === POINT_EVENTS && value > 0) seen.set(stream, Math.max(samples.time[row] as number, seen.get(stream) ?? 0));
        if (type !== POINT_CURSOR) continue;
        const ranges = told.get(stream) ?? [];
        ranges.push({ from: samples.start[row] as number, to: value });
        told.set(stream, ranges);
      }
      for (const [stream, ranges] of told) cursors.set(stream, ranges);
    },
    taken: (cursorStream) => cursors.get(cursorStream) ?? [],
    seenSince: (since) => [...seen].filter(([, at]) => at >= since).map(([stream]) => stream),
    snapshot() {
      const state: MemoryState = {
        version: 1,
        cursors: [...cursors].map(([stream, ranges]) => [stream, ranges.map(({ from, to }) => [from, to] as const)] as const),
        seen: [...seen],
      };
      return new TextEncoder().encode(JSON.stringify(state));
    },
    restore(bytes) {
      const state = JSON.parse(new TextDecoder().decode(bytes)) as MemoryState;
      if (state.version !== 1) return false;
      for (const [stream, ranges] of state.cursors) {
        cursors.set(
          stream,
          ranges.map(([from, to]) => ({ from, to })),
        );
      }
      for (const [stream, at] of state.seen) seen.set(stream, at);
      return true;
    },
  };
};
