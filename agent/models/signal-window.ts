/** The last steps of every signal, for evidence since an onset, for decision records and for drawing. */
export interface SignalWindow {
  readonly steps: number;
  /** Index of the newest step written; -1 before the first. */
  newest: number;
  capacity: number;
  /** signal * steps + (index mod steps). NaN where absent. */
  value: Float64Array;
  weight: Float64Array;
}

export const createSignalWindow = (steps: number): SignalWindow => ({
  steps,
  newest: -1,
  capacity: 0,
  value: new Float64Array(0),
  weight: new Float64Array(0),
});

const grow = (window: SignalWindow, signals: number): void => {
  if (signals <= window.capacity) return;
  const capacity = Math.max(64, signals, window.capacity * 2);
  const value = new Float64Array(capacity * window.steps).fill(Number.NaN);
  const weight = new Float64Array(capacity * window.steps).fill(Number.NaN);
  value.set(window.value);
  weight.set(window.weight);
  window.value = value;
  window.weight = weight;
  window.capacity = capacity;
};

const clearColumn = (window: SignalWindow, index: number): void => {
  const column = index % window.steps;
  for (let signal = 0; signal < window.capacity; signal += 1) {
    window.value[signal * window.steps + column] = Number.NaN;
    window.weight[signal * window.steps + column] = Number.NaN;
  }
};

export const pushStep = (
  window: SignalWindow,
  step: {
    readonly index: number;
    readonly length: number;
    readonly signal: Uint32Array;
    readonly value: Float64Array;
    readonly weight: Float64Array;
  },
  signals: number,
): void => {
  grow(window, signals);
  // Steps that were skipped are absent, and so is what this step does not list.
  const from = window.newest < 0 ? step.index : Math.max(window.newest + 1, step.index - window.steps + 1);
  for (let index = from; index <= step.index; index += 1) clearColumn(window, index);
  const column = step.index % window.steps;
  for (let row = 0; row < step.length; row += 1) {
    const at = (step.signal[row] as number) * window.steps + column;
    window.value[at] = step.value[row] as number;
    window.weight[at] = step.weight[row] as number;
  }
  window.newest = step.index;
};

/** Fills an empty window with the steps up to and including `newest`, as a store remembers them. */
export const refillWindow = (
  window: SignalWindow,
  newest: number,
  signals: readonly { readonly id: number; readonly key: string }[],
  read: (key: string, fromIndex: number, toIndex: number) => { readonly value: Float64Array; readonly weight: Float64Array },
): void => {
  if (newest < 0) return;
  grow(window, signals.length);
  const from = Math.max(0, newest + 1 - window.steps);
  for (const { id, key } of signals) {
    const { value, weight } = read(key, from, newest + 1);
    for (let place = 0; place < value.length; place += 1) {
      const at = id * window.steps + ((from + place) % window.steps);
      window.value[at] = value[place] as number;
      window.weight[at] = weight[place] as number;
    }
  }
  window.newest = newest;
};

export interface WindowSummary {
  readonly value: number;
  readonly weight: number;
  readonly steps: number;
}

/**
 * Weighted mean over the steps [fromIndex, toIndex] (the newest when left out) and the sum of weights. For ratios that is bad over total, for
 * durations the mean of ln(seconds) over all events, for rates and gauges the mean over observed time.
 */
export const summarize = (window: SignalWindow, signal: number, fromIndex: number, toIndex = window.newest): WindowSummary => {
  let sum = 0;
  let weight = 0;
  let steps = 0;
  if (signal < window.capacity) {
    const first = Math.max(fromIndex, window.newest - window.steps + 1);
    const last = Math.min(toIndex, window.newest);
    for (let index = first; index <= last; index += 1) {
      const at = signal * window.steps + (index % window.steps);
      const w = window.weight[at] as number;
      const v = window.value[at] as number;
      if (!(w > 0) || Number.isNaN(v)) continue;
      sum += v * w;
      weight += w;
      steps += 1;
    }
  }
  return { value: weight > 0 ? sum / weight : Number.NaN, weight, steps };
};

/** Observed (index, value, weight) of one signal after `afterIndex`, oldest first. */
export const observationsAfter = (
  window: SignalWindow,
  signal: number,
  afterIndex: number,
): readonly { readonly index: number; readonly value: number; readonly weight: number }[] => {
  const found: { index: number; value: number; weight: number }[] = [];
  if (signal >= window.capacity) return found;
  for (let index = Math.max(afterIndex + 1, window.newest - window.steps + 1); index <= window.newest; index += 1) {
    const at = signal * window.steps + (index % window.steps);
    const value = window.value[at] as number;
    if (!Number.isNaN(value)) found.push({ index, value, weight: window.weight[at] as number });
  }
  return found;
};
