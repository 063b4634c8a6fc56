import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { LogPosition } from '../../../core/ports.ts';
import type { ClosedStep, Signal } from '../../../core/signal.ts';
import { DAY_MS } from '../../../core/time.ts';
import { BLOCK_STEPS } from '../block-codec.ts';
import { createDamageLedger } from '../damage-ledger.ts';
import { keysOfStep } from '../step-keys.ts';
import type { OperableStore, StoreOptions } from '../store.ts';
import { commit } from './environment.ts';
import { type Identity, openIdentity } from './identity.ts';
import { openIntakeLog } from './intake-log.ts';
import { claimOwnership } from './owner.ts';
import { type Covered, directoryBytes, isPartitionOpen, logBounds, type Partition, partitionName, trimPartitionLog } from './partition.ts';
import { openPartitions, type Partitions } from './partitions.ts';
import { CHUNK_SERIES, type Row } from './row-codec.ts';
import { openSnapshotFiles } from './snapshot-files.ts';

export type StoreOpenFailure = Failure<'STORE_UNAVAILABLE' | 'STORE_IN_USE'>;

const largest = (values: readonly (number | undefined)[]): number | undefined =>
  values.reduce<number | undefined>(
    (most, value) => (value === undefined || (most !== undefined && most >= value) ? most : value),
    undefined,
  );

/** Splits a step into the rows of its chunks of series. */
const rowsOf = (step: ClosedStep, seriesIds: readonly number[]): ReadonlyMap<number, Row> => {
  const members = new Map<number, number[]>();
  seriesIds.forEach((series, entry) => {
    const chunk = Math.floor(series / CHUNK_SERIES);
    const entries = members.get(chunk) ?? [];
    entries.push(entry);
    members.set(chunk, entries);
  });
  return new Map(
    [...members].map(([chunk, entries]) => [
      chunk,
      {
        slot: Uint8Array.from(entries, (entry) => (seriesIds[entry] as number) % CHUNK_SERIES),
        value: Float64Array.from(entries, (entry) => step.value[entry] as number),
        weight: Float64Array.from(entries, (entry) => step.weight[entry] as number),
      },
    ]),
  );
};

/** Runs tasks one after the other; a task that fails does not stop those behind it. */
const createSequence = () => {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    run<Value>(task: () => Promise<Value>): Promise<Value> {
      const result = tail.then(task);
      tail = result.catch(() => undefined);
      return result;
    },
    settled: async (): Promise<void> => {
      await tail;
    },
  };
};

interface OpenParts {
  readonly identity: Identity;
  readonly partitions: Partitions;
  readonly releaseOwnership: () => void;
}

const assemble = (
  directory: string,
  options: StoreOptions,
  parts: OpenParts,
  damage: ReturnType<typeof createDamageLedger>,
): OperableStore => {
  const { identity, partitions } = parts;
  const { stepMs, clock } = options;
  const snapshots = openSnapshotFiles(join(directory, 'snapshots'), options.snapshotFormat ?? 1, damage);
  const sequence = createSequence();
  const landmarks = identity.landmarks();
  const lastLogged = largest(partitions.all().map((partition) => logBounds(partition)?.last)) ?? 0;
  const coveredByPartition = partitions.all().map((partition) => partition.covered());
  let coveredPosition = largest([landmarks.coveredPosition, ...coveredByPartition.map((covered) => covered?.position)]);
  const stepsOfThisLength = [
    landmarks.stepMs === stepMs ? landmarks.lastStep : undefined,
    ...coveredByPartition.map((covered) => (covered?.stepMs === stepMs ? covered.step : undefined)),
  ];
  let lastStep = largest(stepsOfThisLength);
  // A trimmed log is empty and still must not give a covered position again.
  const startAfter = Math.max(landmarks.lastPosition, lastLogged, coveredPosition ?? 0);
  const log = openIntakeLog(partitions, identity, startAfter, () => clock.now(), damage);
  let closed = false;

  /** Compacts chunk by chunk behind whatever else waits, so that a step never waits for more than one chunk. */
  const compactLater = (partition: Partition, before: number, chunk = 0): void => {
    if (chunk * CHUNK_SERIES >= identity.seriesCount) return;
    sequence
      .run(async () => {
        if (!closed && isPartitionOpen(partition)) await partition.series.compact(chunk, before);
      })
      .then(
        () => (closed ? undefined : compactLater(partition, before, chunk + 1)),
        // The rows stay and read the same; the next block boundary or start tries again.
        () => undefined,
      );
  };
  const openBlock = (step: number): number => Math.floor(step / BLOCK_STEPS) * BLOCK_STEPS;
  for (const partition of partitions.all()) {
    const isNewest = partition === partitions.all().at(-1);
    compactLater(partition, isNewest && lastStep !== undefined ? openBlock(lastStep) : Number.MAX_SAFE_INTEGER);
  }

  const compactAfter = (partition: Partition, step: number, previous: number | undefined): void => {
    if (previous === undefined || openBlock(step) <= openBlock(previous)) return;
    const before = partitions.at(previous * stepMs);
    compactLater(before, before === partition ? openBlock(step) : Number.MAX_SAFE_INTEGER);
  };

  const putStep = async (step: ClosedStep, signals: readonly Signal[], covers: LogPosition): Promise<void> => {
    if (closed) throw new Error('the store is closed');
    const keys = keysOfStep(step, signals);
    await identity.registerSeries(keys);
    const seriesIds = keys.map((key) => identity.seriesId(key) as number);
    const partition = partitions.at(step.index * stepMs);
    const isRevision = lastStep !== undefined && step.index <= lastStep;
    const chunks = isRevision ? Math.ceil(identity.seriesCount / CHUNK_SERIES) : undefined;
    const known = partition.covered();
    const covered: Covered = {
      position: Math.max(covers, coveredPosition ?? covers),
      step: known?.stepMs === stepMs ? Math.max(step.index, known.step) : step.index,
      stepMs,
    };
    const writeStep = partition.series.stepWrites(step.index, rowsOf(step, seriesIds), chunks);
    const writeCovered = partition.coveredWrite(covered);
    await commit(partition.environment, () => {
      writeStep();
      writeCovered();
    });
    coveredPosition = covered.position;
    const previous = lastStep;
    lastStep = Math.max(lastStep ?? step.index, step.index);
    compactAfter(partition, step.index, previous);
  };

  const expire = async (before: number): Promise<void> => {
    const ended = partitions.all().filter((partition) => partition.endsAt <= before);
    if (ended.length === 0) return;
    await identity.putLandmarks({ lastPosition: log.lastPosition, coveredPosition, lastStep, stepMs });
    for (const partition of ended) await partitions.remove(partition);
  };

  const trimLog = async (through: LogPosition): Promise<void> => {
    await identity.putLandmarks({ lastPosition: log.lastPosition, coveredPosition, lastStep, stepMs });
    for (const partition of partitions.all()) await trimPartitionLog(partition, through);
  };

  return {
    appendBatch: (batch, delta) => log.append(batch, delta),
    loadIdentity: () => identity.load(),
    readBatches: (after) => log.read(after),
    putStep: (step, signals, covers) => sequence.run(() => putStep(step, signals, covers)),
    readSignal(key, fromIndex, toIndex) {
      const length = Math.max(0, toIndex - fromIndex);
      const value = new Float64Array(length).fill(Number.NaN);
      const weight = new Float64Array(length).fill(Number.NaN);
      const series = identity.seriesId(key);
      if (series === undefined || length === 0) return { value, weight };
      for (const partition of partitions.all()) {
        if (partition.endsAt <= fromIndex * stepMs || partition.startsAt >= toIndex * stepMs) continue;
        try {
          partition.series.readInto(series, fromIndex, toIndex, value, weight);
        } catch (error) {
          const name = partitionName(partition.startsAt);
          damage.record('partition', name, `${name} series: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      return { value, weight };
    },
    putSnapshot: (snapshot) => snapshots.put(snapshot),
    latestSnapshot: () => snapshots.latest(),
    expire: (before) => sequence.run(() => expire(before)),
    async close() {
      if (closed) return;
      closed = true;
      await log.drain();
      await sequence.settled();
      await partitions.close();
      await identity.close();
      parts.releaseOwnership();
    },
    diskBytes: () => directoryBytes(directory),
    logRange() {
      const bounds = partitions.all().flatMap((partition) => logBounds(partition) ?? []);
      if (bounds.length === 0) return undefined;
      return { first: Math.min(...bounds.map((one) => one.first)), last: Math.max(...bounds.map((one) => one.last)) };
    },
    lastCoveredPosition: () => coveredPosition,
    lastStepIndex: () => lastStep,
    trimLog: (through) => sequence.run(() => trimLog(through)),
    damage: () => damage.counts(),
  };
};

/**
 * Opens the embedded store in a directory, making it when it is not there. A damaged partition is set aside under
 * `damaged/` and reported. STORE_IN_USE: another live process writes it. STORE_UNAVAILABLE: the directory or its
 * identity cannot be opened; without identity the ids in the log mean nothing, so nothing is read.
 */
export const openStore = async (directory: string, options: StoreOptions): Promise<Outcome<OperableStore, StoreOpenFailure>> => {
  const damage = createDamageLedger(options.onCorruption);
  const undo: (() => void | Promise<void>)[] = [];
  try {
    mkdirSync(directory, { recursive: true });
    const claim = claimOwnership(directory);
    if (!claim.ok) return claim;
    const releaseOwnership = claim.value;
    undo.unshift(releaseOwnership);
    const identity = openIdentity(join(directory, 'identity'), damage);
    undo.unshift(() => identity.close());
    const partitionMs = options.partitionMs ?? DAY_MS;
    const partitions = openPartitions({ directory, partitionMs, stepMs: options.stepMs, damage, now: () => options.clock.now() });
    undo.unshift(() => partitions.close());
    return succeed(assemble(directory, options, { identity, partitions, releaseOwnership }, damage));
  } catch (error) {
    for (const step of undo) await step();
    const reason = error instanceof Error ? error.message : String(error);
    return fail('STORE_UNAVAILABLE', `the store in ${directory} cannot be opened: ${reason}`, { cause: error });
  }
};
