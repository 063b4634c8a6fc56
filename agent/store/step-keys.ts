import type { ClosedStep, ModelKey, Signal } from '../../core/signal.ts';

/**
 * The model key of each entry of a step. `signals` is any list that holds the signals of the step: the whole table
 * in id order (looked up by place) or only some of it. A RangeError when one is missing: a bug of the caller.
 */
export const keysOfStep = (step: ClosedStep, signals: readonly Signal[]): readonly ModelKey[] => {
  let byId: ReadonlyMap<number, Signal> | undefined;
  const find = (id: number): Signal | undefined => {
    const inPlace = signals[id];
    if (inPlace?.id === id) return inPlace;
    byId ??= new Map(signals.map((signal) => [signal.id, signal]));
    return byId.get(id);
  };
  const keys: ModelKey[] = [];
  for (let entry = 0; entry < step.length; entry += 1) {
    const id = step.signal[entry] as number;
    const signal = find(id);
    if (signal === undefined) throw new RangeError(`step ${step.index} lists signal ${id}, which was not handed over`);
    keys.push(signal.key);
  }
  return keys;
};
