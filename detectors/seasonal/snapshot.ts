import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { Signal } from '../../core/signal.ts';
import type { Finding } from '../finding.ts';
import { createSeasonalBank, ensureSignal, findingOf, isObserved, observeRow, type SeasonalBank } from './bank.ts';
import { F, STRIDE_64 } from './layout.ts';
import type { SeasonalOptions } from './options.ts';

export const SEASONAL_FORMAT = 1;
/** Format, slots, classes, signals, bytes of JSON: 5 x uint32; then padding to 8. Little endian, as every platform of Node is. */
const HEADER_BYTES = 24;

const encode = (bank: SeasonalBank, rows: readonly number[]): Uint8Array => {
  const { layout, state, constants } = bank;
  const names = new TextEncoder().encode(JSON.stringify(rows.map((row) => bank.signals[row])));
  const padded = Math.ceil(names.length / 8) * 8;
  const bytes64 = rows.length * STRIDE_64 * 8;
  const bytes = new Uint8Array(HEADER_BYTES + padded + bytes64 + rows.length * layout.stride * 4);
  new Uint32Array(bytes.buffer, 0, 5).set([SEASONAL_FORMAT, constants.slots, constants.classes, rows.length, names.length]);
  bytes.set(names, HEADER_BYTES);
  const f64 = new Float64Array(bytes.buffer, HEADER_BYTES + padded, rows.length * STRIDE_64);
  const f32 = new Float32Array(bytes.buffer, HEADER_BYTES + padded + bytes64, rows.length * layout.stride);
  rows.forEach((row, at) => {
    f64.set(state.f64.subarray(row * STRIDE_64, (row + 1) * STRIDE_64), at * STRIDE_64);
    f32.set(state.f32.subarray(row * layout.stride, (row + 1) * layout.stride), at * layout.stride);
  });
  return bytes;
};

export type SnapshotFailure = Failure<'SNAPSHOT_UNREADABLE'>;

/** The whole bank; continuing from it gives the same bits as never having stopped. */
export const snapshot = (bank: SeasonalBank): Uint8Array => encode(bank, [...bank.signals.keys()]);

/** Fails when the bytes are cut, of another format, or of a time scale with other slots: then history is learned anew. */
export const restoreSeasonalBank = (bytes: Uint8Array, options: SeasonalOptions): Outcome<SeasonalBank, SnapshotFailure> => {
  const unreadable = (why: string): Outcome<SeasonalBank, SnapshotFailure> => fail('SNAPSHOT_UNREADABLE', `seasonal snapshot: ${why}`);
  if (bytes.length < HEADER_BYTES) return unreadable(`${bytes.length} bytes are fewer than a header`);
  const bank = createSeasonalBank(options);
  const copy = bytes.slice();
  const [format, slots, classes, signals, named] = new Uint32Array(copy.buffer, 0, 5) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (format !== SEASONAL_FORMAT) return unreadable(`format ${format} is not ${SEASONAL_FORMAT}`);
  if (slots !== bank.constants.slots || classes !== bank.constants.classes)
    return unreadable(
      `${slots} slots for ${classes} kinds of day do not fit a scale with ${bank.constants.slots} for ${bank.constants.classes}`,
    );
  const padded = Math.ceil(named / 8) * 8;
  const bytes64 = signals * STRIDE_64 * 8;
  const needed = HEADER_BYTES + padded + bytes64 + signals * bank.layout.stride * 4;
  if (copy.length !== needed) return unreadable(`${copy.length} bytes where ${needed} were written`);
  let known: readonly Signal[];
  try {
    known = JSON.parse(new TextDecoder().decode(copy.subarray(HEADER_BYTES, HEADER_BYTES + named)));
  } catch (cause) {
    return fail('SNAPSHOT_UNREADABLE', 'seasonal snapshot: the list of signals is not JSON', { cause });
  }
  for (const signal of known) ensureSignal(bank, signal);
  bank.state.f64.set(new Float64Array(copy.buffer, HEADER_BYTES + padded, signals * STRIDE_64));
  bank.state.f32.set(new Float32Array(copy.buffer, HEADER_BYTES + padded + bytes64, signals * bank.layout.stride));
  for (let row = 0; row < signals; row += 1) if (bank.state.f64[row * STRIDE_64 + F.open] !== 0) bank.open.add(row);
  return succeed(bank);
};

/** The state of one signal, self-contained: what a decision record carries. */
export const capsuleOf = (bank: SeasonalBank, id: number): Uint8Array => {
  const row = bank.rows.get(id);
  if (row === undefined) throw new RangeError(`seasonal bank watches no signal with id ${id}`);
  return encode(bank, [row]);
};

export interface ReplayedObservation {
  readonly index: number;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly value: number;
  readonly weight: number;
}

/** What the bank said after these observations, from the state before them: the same bits. Undefined when nothing was open. */
export const replaySignal = (
  capsule: Uint8Array,
  signal: Signal,
  observations: readonly ReplayedObservation[],
  options: SeasonalOptions,
): Finding | undefined => {
  const restored = restoreSeasonalBank(capsule, options);
  if (!restored.ok) throw new TypeError(restored.error.message);
  const bank = restored.value;
  const held = bank.signals[0];
  if (held?.key !== signal.key) throw new TypeError(`capsule is of ${held?.key ?? 'no signal'}, not of ${signal.key}`);
  for (const { index, startsAt, endsAt, value, weight } of observations)
    if (isObserved(signal.kind, value, weight)) observeRow(bank, 0, index, startsAt, endsAt, value, weight);
  return findingOf(bank, held.id);
};
