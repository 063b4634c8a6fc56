import type { AgentState, ScalingView, SignalSeries } from './contract.ts';

const signalTail = (series: SignalSeries, fromStep: number): SignalSeries => {
  const skip = Math.min(series.observed.length, Math.max(0, fromStep - series.stepIndexFrom));
  return {
    ...series,
    stepIndexFrom: series.stepIndexFrom + skip,
    observed: series.observed.slice(skip),
    expected: series.expected.slice(skip),
    lower: series.lower.slice(skip),
    upper: series.upper.slice(skip),
  };
};

const scalingTail = (view: ScalingView, fromStep: number): ScalingView => {
  const skip = Math.min(view.observedLoad.length, Math.max(0, fromStep - view.stepIndexFrom));
  return {
    ...view,
    stepIndexFrom: view.stepIndexFrom + skip,
    observedLoad: view.observedLoad.slice(skip),
    orderedReplicas: view.orderedReplicas.slice(skip),
    readyReplicas: view.readyReplicas.slice(skip),
    capacity: view.capacity.slice(skip),
  };
};

/** The same state with every window cut to the steps from `fromStep` on: what a page that has the rest still needs. */
export const tailOf = (state: AgentState, fromStep: number): AgentState => ({
  ...state,
  signals: state.signals.map((series) => signalTail(series, fromStep)),
  scaling: state.scaling.map((view) => scalingTail(view, fromStep)),
});
