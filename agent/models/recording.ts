import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { sha256Hex } from '../../core/hash.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { ClosedStep, SignalIdentity, SignalTable } from '../../core/signal.ts';
import { type Instant, stepIndexAt } from '../../core/time.ts';

/**
 * Earlier days of the same services, as closed steps: history for a start that would otherwise be cold. It says
 * what it is and carries its hash wherever it is shown.
 */
export interface Recording {
  readonly label: string;
  readonly stepMs: number;
  readonly dayLengthMs: number;
  readonly steps: number;
  readonly signals: readonly RecordedSignal[];
  /** Of the file as read. */
  readonly sha256: string;
}

export interface RecordedSignal extends SignalIdentity {
  readonly kind: 'gauge' | 'rate' | 'ratio' | 'duration';
  readonly unit: string;
  readonly harm: 'rise' | 'fall' | 'either' | 'none';
  /** One a step; NaN where absent. */
  readonly value: Float32Array;
  readonly weight: Float32Array;
}

const FORMAT = 1;
/** A recording is read whole; a month of 300 signals at 10 s steps stays below this. */
const RECORDING_BYTES_MAX = 512 * 1024 * 1024;

const scope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('service') }),
  z.strictObject({ kind: z.literal('operation'), operation: z.string() }),
  z.strictObject({ kind: z.literal('edge'), callee: z.string() }),
  z.strictObject({ kind: z.literal('slice'), slice: z.record(z.string(), z.string()) }),
  z.strictObject({ kind: z.literal('resource'), attributes: z.record(z.string(), z.string()) }),
]);

const fileSchema = z.strictObject({
  format: z.literal(FORMAT),
  label: z.string().min(1),
  stepMs: z.number().positive(),
  dayLengthMs: z.number().positive(),
  steps: z.int().positive(),
  signals: z.array(
    z.strictObject({
      tenant: z.string(),
      service: z.string(),
      name: z.string(),
      scope,
      kind: z.enum(['gauge', 'rate', 'ratio', 'duration']),
      unit: z.string(),
      harm: z.enum(['rise', 'fall', 'either', 'none']),
      /** Base64 of little-endian float32. */
      value: z.string(),
      weight: z.string(),
    }),
  ),
});

const toBase64 = (values: Float32Array): string => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

const fromBase64 = (text: string): Float32Array => {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

export const encodeRecording = (recording: Omit<Recording, 'sha256'>): Uint8Array =>
  gzipSync(
    JSON.stringify({
      format: FORMAT,
      ...recording,
      signals: recording.signals.map((signal) => ({ ...signal, value: toBase64(signal.value), weight: toBase64(signal.weight) })),
    }),
    { level: 9 },
  );

export const decodeRecording = (bytes: Uint8Array): Outcome<Recording, Failure<'RECORDING_INVALID'>> => {
  let raw: unknown;
  try {
    raw = JSON.parse(gunzipSync(bytes, { maxOutputLength: RECORDING_BYTES_MAX }).toString('utf8'));
  } catch (cause) {
    return fail('RECORDING_INVALID', 'the recording is not gzipped JSON', { cause });
  }
  const parsed = fileSchema.safeParse(raw);
  if (!parsed.success)
    return fail('RECORDING_INVALID', `the recording has another shape than this version reads: ${z.prettifyError(parsed.error)}`);
  const { format: _format, signals, ...head } = parsed.data;
  const decoded = signals.map((signal) => ({ ...signal, value: fromBase64(signal.value), weight: fromBase64(signal.weight) }));
  const short = decoded.find((signal) => signal.value.length !== head.steps || signal.weight.length !== head.steps);
  if (short !== undefined)
    return fail('RECORDING_INVALID', `signal ${short.service} ${short.name} has ${short.value.length} values for ${head.steps} steps`);
  return succeed({ ...head, signals: decoded, sha256: sha256Hex(bytes) });
};

/** The recording as closed steps that end at `endsAt`, registering its signals. */
export function* recordedSteps(recording: Recording, endsAt: Instant, table: SignalTable): Generator<ClosedStep> {
  const ids = recording.signals.map((signal) => table.register(signal, signal.kind, signal.unit, signal.harm).id);
  const firstIndex = stepIndexAt(endsAt, recording.stepMs) - recording.steps;
  for (let step = 0; step < recording.steps; step += 1) {
    const rows: number[] = [];
    recording.signals.forEach((signal, row) => {
      if (!Number.isNaN(signal.value[step])) rows.push(row);
    });
    const index = firstIndex + step;
    yield {
      index,
      startsAt: index * recording.stepMs,
      endsAt: (index + 1) * recording.stepMs,
      length: rows.length,
      signal: Uint32Array.from(rows, (row) => ids[row] as number),
      value: Float64Array.from(rows, (row) => recording.signals[row]?.value[step] as number),
      weight: Float64Array.from(rows, (row) => recording.signals[row]?.weight[step] as number),
    };
  }
}
