import type { Batch } from '../../../core/batch.ts';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { LogPosition, Snapshot } from '../../../core/ports.ts';
import type { StreamDescriptor } from '../../../core/stream.ts';
import { DAY_MS } from '../../../core/time.ts';
import { createDamageLedger } from '../damage-ledger.ts';
import { keysOfStep } from '../step-keys.ts';
import { type OperableStore, SNAPSHOTS_KEPT, type StoreOptions } from '../store.ts';

interface Observed {
  readonly value: number;
  readonly weight: number;
}

interface Logged {
  readonly position: LogPosition;
  readonly batch: Batch;
}

/** Place of the first entry after a position; positions rise. */
const placeAfter = (log: readonly Logged[], after: LogPosition): number => {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((log[middle] as Logged).position > after) high = middle;
    else low = middle + 1;
  }
  return low;
};

const byNewest = (a: Snapshot, b: Snapshot): number => b.step - a.step || b.position - a.position;

/**
 * The store without a disk, for simulation: the same promises as the embedded one but durability. A batch handed
 * over is kept as it is and must not be changed afterwards.
 */
export const openMemoryStore = (options: StoreOptions): OperableStore => {
  const partitionMs = options.partitionMs ?? DAY_MS;
  const format = options.snapshotFormat ?? 1;
  const damage = createDamageLedger(options.onCorruption);
  const texts: string[] = [''];
  const streams = new Map<number, StreamDescriptor>();
  let log: Logged[] = [];
  let steps = new Map<number, ReadonlyMap<string, Observed>>();
  let snapshots: readonly Snapshot[] = [];
  let lastPosition = 0;
  let covered: LogPosition | undefined;
  let lastStep: number | undefined;
  let closed = false;

  const endOfPartition = (at: number): number => (Math.floor(at / partitionMs) + 1) * partitionMs;

  const conflict = (firstText: number, added: readonly string[], described: readonly StreamDescriptor[]): string | undefined => {
    if (added.length > 0 && firstText > texts.length) return `text ids ${texts.length} to ${firstText - 1} were never handed over`;
    const text = added.findIndex((candidate, index) => (texts[firstText + index] ?? candidate) !== candidate);
    if (text >= 0) return `text id ${firstText + text} already names another text`;
    const stream = described.find((candidate) => (streams.get(candidate.id)?.hash ?? candidate.hash) !== candidate.hash);
    return stream === undefined ? undefined : `stream id ${stream.id} already names another stream`;
  };

  const append: OperableStore['appendBatch'] = async (batch, delta): Promise<Outcome<LogPosition, Failure<'LOG_UNAVAILABLE'>>> => {
    if (closed) return fail('LOG_UNAVAILABLE', 'the store is closed', { retryable: true });
    const problem = conflict(delta.firstText, delta.texts, delta.streams);
    if (problem !== undefined) return fail('LOG_UNAVAILABLE', problem);
    delta.texts.forEach((text, index) => {
      texts[delta.firstText + index] = text;
    });
    for (const stream of delta.streams) streams.set(stream.id, stream);
    lastPosition += 1;
    log.push({ position: lastPosition, batch });
    return succeed(lastPosition);
  };

  return {
    appendBatch: append,
    loadIdentity: () => ({ texts: [...texts], streams: [...streams.values()].sort((a, b) => a.id - b.id) }),
    async *readBatches(after) {
      let last = after;
      for (;;) {
        const next = log[placeAfter(log, last)];
        if (next === undefined) return;
        last = next.position;
        yield next;
      }
    },
    async putStep(step, signals, covers) {
      if (closed) throw new Error('the store is closed');
      const observed = new Map<string, Observed>();
      keysOfStep(step, signals).forEach((key, entry) => {
        observed.set(key, { value: step.value[entry] as number, weight: step.weight[entry] as number });
      });
      steps.set(step.index, observed);
      covered = Math.max(covers, covered ?? covers);
      lastStep = Math.max(step.index, lastStep ?? step.index);
    },
    readSignal(key, fromIndex, toIndex) {
      const length = Math.max(0, toIndex - fromIndex);
      const value = new Float64Array(length).fill(Number.NaN);
      const weight = new Float64Array(length).fill(Number.NaN);
      for (let place = 0; place < length; place += 1) {
        const observed = steps.get(fromIndex + place)?.get(key);
        if (observed === undefined) continue;
        value[place] = observed.value;
        weight[place] = observed.weight;
      }
      return { value, weight };
    },
    async putSnapshot(snapshot) {
      const others = snapshots.filter((known) => known.shard !== snapshot.shard || known.step !== snapshot.step);
      const ofShard = [...others.filter((known) => known.shard === snapshot.shard), snapshot].sort(byNewest).slice(0, SNAPSHOTS_KEPT);
      snapshots = [...others.filter((known) => known.shard !== snapshot.shard), ...ofShard].sort(byNewest);
    },
    latestSnapshot: () => snapshots.find((known) => known.formatVersion === format || known.formatVersion === format - 1),
    async expire(before) {
      log = log.filter(({ batch }) => endOfPartition(batch.receivedAt) > before);
      steps = new Map([...steps].filter(([index]) => endOfPartition(index * options.stepMs) > before));
    },
    async close() {
      closed = true;
      log = [];
      steps = new Map();
    },
    diskBytes: () => 0,
    logRange() {
      const first = log[0];
      const last = log.at(-1);
      return first === undefined || last === undefined ? undefined : { first: first.position, last: last.position };
    },
    lastCoveredPosition: () => covered,
    lastStepIndex: () => lastStep,
    async trimLog(through) {
      log = log.filter(({ position }) => position > through);
    },
    damage: () => damage.counts(),
  };
};
