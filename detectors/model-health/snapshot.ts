import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { TimeScale } from '../../core/time.ts';
import { STRIDE_16, STRIDE_32, STRIDE_64 } from './layout.ts';
import { createModelHealthBank, type ModelHealthBank, rowOf } from './model-health.ts';

const FORMAT = 1;
/** Format, models, length of a period, bytes of names: 4 x float64. Little endian, as every platform of Node is. */
const HEADER_BYTES = 32;

const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** The whole bank; continuing from it gives the same bits as never having stopped. */
export const snapshotModelHealth = ({ keys, arrays, periodMs }: ModelHealthBank): Uint8Array => {
  const models = keys.length;
  const names = new TextEncoder().encode(JSON.stringify(keys));
  const at64 = HEADER_BYTES + padded(names.length);
  const at32 = at64 + models * STRIDE_64 * 8;
  const at16 = at32 + models * STRIDE_32 * 4;
  const bytes = new Uint8Array(at16 + models * STRIDE_16 * 2);
  new Float64Array(bytes.buffer, 0, 4).set([FORMAT, models, periodMs, names.length]);
  bytes.set(names, HEADER_BYTES);
  new Float64Array(bytes.buffer, at64, models * STRIDE_64).set(arrays.f64.subarray(0, models * STRIDE_64));
  new Float32Array(bytes.buffer, at32, models * STRIDE_32).set(arrays.f32.subarray(0, models * STRIDE_32));
  new Uint16Array(bytes.buffer, at16, models * STRIDE_16).set(arrays.u16.subarray(0, models * STRIDE_16));
  return bytes;
};

/** Fails when the bytes are cut, of another format or of days of another length: then health is learned anew. */
export const restoreModelHealth = (bytes: Uint8Array, scale: TimeScale): Outcome<ModelHealthBank, Failure<'SNAPSHOT_UNREADABLE'>> => {
  const unreadable = (why: string, cause?: unknown): Outcome<ModelHealthBank, Failure<'SNAPSHOT_UNREADABLE'>> =>
    fail('SNAPSHOT_UNREADABLE', `snapshot of model health: ${why}`, cause === undefined ? {} : { cause });
  if (bytes.length < HEADER_BYTES) return unreadable(`${bytes.length} bytes are fewer than a header`);
  const copy = bytes.slice();
  const [format, models, periodMs, named] = new Float64Array(copy.buffer, 0, 4) as unknown as [number, number, number, number];
  const bank = createModelHealthBank(scale);
  if (format !== FORMAT) return unreadable(`format ${format} is not ${FORMAT}`);
  if (periodMs !== bank.periodMs) return unreadable(`periods of ${periodMs} ms where ${bank.periodMs} ms are lived`);
  const at64 = HEADER_BYTES + padded(named);
  const at32 = at64 + models * STRIDE_64 * 8;
  const at16 = at32 + models * STRIDE_32 * 4;
  if (copy.length !== at16 + models * STRIDE_16 * 2)
    return unreadable(`${copy.length} bytes where ${at16 + models * STRIDE_16 * 2} were written`);
  let keys: readonly string[];
  try {
    keys = JSON.parse(new TextDecoder().decode(copy.subarray(HEADER_BYTES, HEADER_BYTES + named))) as readonly string[];
  } catch (cause) {
    return unreadable('the list of models is not JSON', cause);
  }
  if (keys.length !== models) return unreadable(`${keys.length} names for ${models} models`);
  for (const key of keys) rowOf(bank, key);
  bank.arrays.f64.set(new Float64Array(copy.buffer, at64, models * STRIDE_64));
  bank.arrays.f32.set(new Float32Array(copy.buffer, at32, models * STRIDE_32));
  bank.arrays.u16.set(new Uint16Array(copy.buffer, at16, models * STRIDE_16));
  return succeed(bank);
};
