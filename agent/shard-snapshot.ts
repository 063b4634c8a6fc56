import type { ChangeEvent } from '../core/change.ts';
import type { Observation } from '../core/outcome.ts';
import type { Snapshot, Store } from '../core/ports.ts';
import type { Signal } from '../core/signal.ts';
import { restoreForecaster, snapshotForecaster } from '../detectors/forecast/index.ts';
import type { PastRecommendation, ScaleStatus } from '../scaler/recommendation.ts';
import type { DeskState } from './incident/desk.ts';
import type { Shard } from './shard.ts';

/** Raised when the meaning of a part changes; a store reads its own format and the one before. */
export const SNAPSHOT_FORMAT = 1;

interface DeskPart {
  readonly desk: DeskState;
  readonly changes: readonly ChangeEvent[];
  readonly newestStep: number;
}

interface WorkloadPart {
  readonly target: string;
  readonly forecaster: string;
  readonly history: readonly PastRecommendation[];
  readonly load: Observation<number>;
  readonly status: Observation<ScaleStatus>;
}

const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const parse = <T>(bytes: Uint8Array): T => JSON.parse(new TextDecoder().decode(bytes)) as T;

/** The signals of a snapshot: needed before the shard exists, because every id in it refers to them. */
export const signalsOf = (snapshot: Snapshot): readonly Signal[] => {
  const part = snapshot.parts.signals;
  return part === undefined ? [] : parse<readonly Signal[]>(part);
};

/** Whether the batches after the snapshot were taken in under other slice dimensions than these. */
export const hasOtherDimensions = (snapshot: Snapshot, dimensions: readonly string[]): boolean => {
  const part = snapshot.parts.dimensions;
  return part === undefined || parse<readonly string[]>(part).join('\n') !== dimensions.join('\n');
};

export const snapshotShard = (shard: Shard, number: number): Snapshot => {
  const { signals, source, detection, silence, workloads, events } = shard.parts;
  const desk: DeskPart = { desk: shard.desk, changes: shard.changes, newestStep: shard.newestStep };
  const scaled = workloads.map(
    (workload): WorkloadPart => ({
      target: workload.policy.target,
      forecaster: Buffer.from(snapshotForecaster(workload.forecaster)).toString('base64'),
      history: workload.history,
      load: workload.load,
      status: workload.status,
    }),
  );
  return {
    shard: number,
    step: shard.newestStep,
    position: shard.position,
    formatVersion: SNAPSHOT_FORMAT,
    parts: {
      signals: text(signals.all()),
      source: source.snapshot(),
      ...detection.snapshot(),
      silence: text(silence.snapshot()),
      desk: text(desk),
      workloads: text(scaled),
      dimensions: text(shard.dimensions),
      events: events.snapshot(),
    },
  };
};

/**
 * False when any part cannot be read: then the shard is half a state, to be thrown away, and the caller starts anew from
 * history and the log. The last steps themselves are not in the snapshot: the store has them.
 */
export const restoreShard = (shard: Shard, snapshot: Snapshot, store: Pick<Store, 'readSignal'>): boolean => {
  const { source, silence, desk, workloads, events } = snapshot.parts;
  if (source === undefined || silence === undefined || desk === undefined || workloads === undefined) return false;
  if (!shard.parts.source.restore(source) || !shard.parts.detection.restore(snapshot.parts, snapshot.step, store)) return false;
  // Snapshots of before there were business events have no such part.
  if (events !== undefined && !shard.parts.events.restore(events)) return false;
  shard.parts.silence.restore(parse<string>(silence));
  const deskPart = parse<DeskPart>(desk);
  shard.restoreDesk(deskPart.desk, deskPart.changes, deskPart.newestStep, snapshot.position);
  const byTarget = new Map(parse<readonly WorkloadPart[]>(workloads).map((part) => [part.target, part]));
  for (const workload of shard.parts.workloads) {
    const part = byTarget.get(workload.policy.target);
    if (part === undefined) continue;
    workload.forecaster = restoreForecaster(new Uint8Array(Buffer.from(part.forecaster, 'base64')));
    workload.history = part.history;
    workload.load = part.load;
    workload.status = part.status;
  }
  return true;
};
