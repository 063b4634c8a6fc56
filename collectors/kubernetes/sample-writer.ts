import { POINT_COUNTER_CUMULATIVE, POINT_GAUGE, type SampleBatch } from '../../core/batch.ts';
import type { Clock } from '../../core/clock.ts';
import { canonicalJson, sha256Hex } from '../../core/hash.ts';
import type { IntakeSide } from '../intake/index.ts';
import type { Reading } from './readings.ts';

/** Rows of readings, through the one door. */
export interface SampleWriter {
  write(readings: readonly Reading[]): void;
  /** Resolves when everything written is answered. */
  settled(): Promise<void>;
}

export const createSampleWriter = (
  tenant: string,
  {
    intake,
    clock,
    log,
  }: { readonly intake: IntakeSide; readonly clock: Clock; readonly log: { warn(fields: object, message: string): void } },
): SampleWriter => {
  /** Of the series of the last step: names of pods come and go. */
  let streams = new Map<string, number>();
  let last: Promise<void> = Promise.resolve();
  let refused = false;

  const streamOf = (reading: Reading, at: number, next: Map<string, number>): number => {
    const { service, instance, metric, unit, type } = reading;
    const key = canonicalJson([service, instance, metric, reading.attributes]);
    let id = streams.get(key) ?? next.get(key);
    if (id === undefined) {
      const attributes = Object.fromEntries(
        Object.entries(reading.attributes).flatMap(([name, value]) =>
          intake.redactor.allows(name) ? [[name, intake.redactor.text(value)] as const] : [],
        ),
      );
      const identity = { tenant, service: intake.redactor.text(service), instance, metric, unit, type, attributes };
      const hash = sha256Hex(`kubernetes ${canonicalJson(identity)}`).slice(0, 32);
      id = intake.identities.streamIdOf({ ...identity, hash }, at);
    }
    next.set(key, id);
    return id;
  };

  const columnsOf = (readings: readonly Reading[], at: number): SampleBatch => {
    const next = new Map<string, number>();
    const stream = Uint32Array.from(readings, (reading) => streamOf(reading, at, next));
    streams = next;
    return {
      length: readings.length,
      stream,
      type: Uint8Array.from(readings, ({ type }) => (type === 'counter' ? POINT_COUNTER_CUMULATIVE : POINT_GAUGE)),
      time: new Float64Array(readings.length).fill(at),
      start: Float64Array.from(readings, ({ start }) => start),
      value: Float64Array.from(readings, ({ value }) => value),
    };
  };

  const accept = async (samples: SampleBatch, receivedAt: number): Promise<void> => {
    const accepted = await intake.intake.accept({ tenant, receivedAt, samples });
    if (!accepted.ok && !refused) log.warn({ collector: 'kubernetes' }, `readings of the cluster are lost: ${accepted.error.message}`);
    refused = !accepted.ok;
  };

  return {
    write(readings) {
      if (readings.length === 0) return;
      const at = clock.now();
      intake.ledger.offer('data_points', readings.length);
      const samples = columnsOf(readings, at);
      last = last.then(() => accept(samples, at)).catch((error: unknown) => log.warn({ err: error }, 'readings of the cluster met a bug'));
    },
    settled: () => last,
  };
};
