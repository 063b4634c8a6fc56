import type { StepRevision } from '../../core/signal.ts';
import { createSpanStep, type EmittedSignals, restoreSpanStep, type SpanStep, type SpanStepState, spanStepState } from '../red/index.ts';
import { createMetricStep, type MetricStep, type MetricStepState, metricStepState, restoreMetricStep } from './metrics/metric-step.ts';

/** A step under assembly, or a closed one kept for as long as late data may amend it. */
export interface Step {
  readonly index: number;
  readonly spans: SpanStep;
  readonly metrics: MetricStep;
  /** As told when it closed or was last amended. */
  emitted: EmittedSignals | undefined;
  /** Rows taken in. */
  rows: number;
  /** Late rows wait to amend it. */
  touched: boolean;
}

export interface StepState {
  readonly spans: SpanStepState;
  readonly metrics: MetricStepState;
  readonly emitted: EmittedSignals | null;
  readonly rows: number;
  readonly touched: boolean;
}

export const createStep = (index: number): Step => ({
  index,
  spans: createSpanStep(index),
  metrics: createMetricStep(index),
  emitted: undefined,
  rows: 0,
  touched: false,
});

export const stepState = (step: Step): StepState => ({
  spans: spanStepState(step.spans),
  metrics: metricStepState(step.metrics),
  emitted: step.emitted ?? null,
  rows: step.rows,
  touched: step.touched,
});

export const restoreStep = (state: StepState): Step => ({
  index: state.spans.index,
  spans: restoreSpanStep(state.spans),
  metrics: restoreMetricStep(state.metrics),
  emitted: state.emitted ?? undefined,
  rows: state.rows,
  touched: state.touched,
});

/** What an amended step says differently. A signal once told is never untold. */
export const revisionsBetween = (index: number, before: EmittedSignals, after: EmittedSignals): readonly StepRevision[] => {
  const revisions: StepRevision[] = [];
  const told = new Map<number, number>();
  before.signal.forEach((signal, at) => {
    told.set(signal, at);
  });
  for (let at = 0; at < after.length; at++) {
    const signal = after.signal[at] as number;
    const value = after.value[at] as number;
    const weight = after.weight[at] as number;
    const was = told.get(signal);
    const previous = was === undefined ? undefined : { value: before.value[was] as number, weight: before.weight[was] as number };
    if (previous?.value === value && previous.weight === weight) continue;
    revisions.push({ index, signal, before: previous, after: { value, weight } });
  }
  return revisions;
};
