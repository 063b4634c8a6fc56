import type { AgentState, Reading, ScalingView, SignalSeries } from '../../agent/api/contract.ts';

export const WINDOW_STEPS = 180;

interface Window {
  readonly stepIndexFrom: number;
}

/** Values of `tail` put over and after those of `known`; steps nobody sent are absent. */
const join = (known: readonly Reading[], knownFrom: number, tail: readonly Reading[], tailFrom: number): readonly Reading[] => {
  const kept = known.slice(0, Math.max(0, tailFrom - knownFrom));
  const gap = Math.max(0, tailFrom - knownFrom - known.length);
  return [...kept, ...new Array<null>(gap).fill(null), ...tail].slice(-WINDOW_STEPS);
};

/** A tail that begins before what is known, or far after it, is a new beginning: the agent started again or slept. */
const continues = (known: Window, tail: Window, knownLength: number): boolean =>
  tail.stepIndexFrom >= known.stepIndexFrom && tail.stepIndexFrom - known.stepIndexFrom - knownLength < WINDOW_STEPS;

const firstStep = (tail: Window, tailLength: number, joinedLength: number): number => tail.stepIndexFrom + tailLength - joinedLength;

const mergeSignal = (known: SignalSeries | undefined, tail: SignalSeries): SignalSeries => {
  if (known === undefined || !continues(known, tail, known.observed.length)) return tail;
  const put = (before: readonly Reading[], after: readonly Reading[]) => join(before, known.stepIndexFrom, after, tail.stepIndexFrom);
  const observed = put(known.observed, tail.observed);
  return {
    ...tail,
    stepIndexFrom: firstStep(tail, tail.observed.length, observed.length),
    observed,
    expected: put(known.expected, tail.expected),
    lower: put(known.lower, tail.lower),
    upper: put(known.upper, tail.upper),
  };
};

const mergeScaling = (known: ScalingView | undefined, tail: ScalingView): ScalingView => {
  if (known === undefined || !continues(known, tail, known.observedLoad.length)) return tail;
  const put = (before: readonly Reading[], after: readonly Reading[]) => join(before, known.stepIndexFrom, after, tail.stepIndexFrom);
  const observedLoad = put(known.observedLoad, tail.observedLoad);
  return {
    ...tail,
    stepIndexFrom: firstStep(tail, tail.observedLoad.length, observedLoad.length),
    observedLoad,
    orderedReplicas: put(known.orderedReplicas, tail.orderedReplicas),
    readyReplicas: put(known.readyReplicas, tail.readyReplicas),
    capacity: put(known.capacity, tail.capacity),
  };
};

/** The state after an update: everything from the update, windows continued. */
export const mergeState = (known: AgentState, update: AgentState): AgentState => {
  const signals = new Map(known.signals.map((series) => [series.key, series]));
  const scaling = new Map(known.scaling.map((view) => [view.target, view]));
  return {
    ...update,
    signals: update.signals.map((tail) => mergeSignal(signals.get(tail.key), tail)),
    scaling: update.scaling.map((tail) => mergeScaling(scaling.get(tail.target), tail)),
  };
};
