import { modelKey, type SignalTable } from '../../core/signal.ts';
import { identityOf, type SignalHolder, type SignalSpec } from './service-entry.ts';

export interface EmittedSignals {
  readonly length: number;
  readonly signal: Uint32Array;
  readonly value: Float64Array;
  readonly weight: Float64Array;
}

/** Collects the values of one step. */
export interface SignalEmitter {
  put(holder: SignalHolder, field: number, value: number, weight: number): void;
  /** Everything put since the last call, by signal id. Non-finite values are absent. */
  take(): EmittedSignals;
}

/**
 * Signals first seen in the same step get their ids in the order of their keys, not in the order of arrival, so that
 * two runs over the same data give the same ids.
 */
export const createSignalEmitter = (signals: SignalTable): SignalEmitter => {
  let ids: number[] = [];
  let values: number[] = [];
  let weights: number[] = [];
  let unknown: { readonly holder: SignalHolder; readonly field: number; readonly value: number; readonly weight: number }[] = [];

  const registerUnknown = (): void => {
    const keyed = unknown.map((row) => ({ row, key: modelKey(identityOf(row.holder, row.field)) }));
    keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    for (const { row } of keyed) {
      const { kind, unit, harm } = row.holder.specs[row.field] as SignalSpec;
      const signal = signals.register(identityOf(row.holder, row.field), kind, unit, harm);
      row.holder.ids[row.field] = signal.id;
      ids.push(signal.id);
      values.push(row.value);
      weights.push(row.weight);
    }
    unknown = [];
  };

  return {
    put(holder, field, value, weight) {
      if (!Number.isFinite(value)) return;
      const id = holder.ids[field] as number;
      if (id < 0) {
        unknown.push({ holder, field, value, weight });
        return;
      }
      ids.push(id);
      values.push(value);
      weights.push(weight);
    },
    take() {
      if (unknown.length > 0) registerUnknown();
      const length = ids.length;
      // Id and place in one exact float64: a native sort without a callback.
      const order = Float64Array.from(ids, (id, at) => id * 1_048_576 + at).sort();
      const places = Uint32Array.from(order, (packed) => packed % 1_048_576);
      const taken = {
        length,
        signal: Uint32Array.from(places, (at) => ids[at] as number),
        value: Float64Array.from(places, (at) => values[at] as number),
        weight: Float64Array.from(places, (at) => weights[at] as number),
      };
      ids = [];
      values = [];
      weights = [];
      return taken;
    },
  };
};
