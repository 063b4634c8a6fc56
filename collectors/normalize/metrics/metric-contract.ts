import type { HistogramBatch, SampleBatch } from '../../../core/batch.ts';
import type { ServiceEntry, SignalEmitter } from '../../red/index.ts';
import type { HistogramIncrease } from './histogram-reading.ts';
import type { PointCounts, StreamColumns } from './kernel.ts';
import type { MetricStep } from './metric-step.ts';

/** The step that takes a point. */
export interface MetricPlace {
  readonly metrics: MetricStep;
  /** Entry indexes of the services that reported in the step. */
  readonly reported: Set<number>;
}

export interface MetricState {
  readonly counts: PointCounts;
  readonly columns: StreamColumns;
  /** First stream and members of every group, in order of index. */
  readonly groups: readonly { readonly stream: number; readonly folded: boolean; readonly members: readonly number[] }[];
  readonly histograms: readonly (readonly [stream: number, HistogramIncrease])[];
}

export interface MetricCollector {
  accumulateSamples(samples: SampleBatch, placeAt: (index: number) => MetricPlace | undefined): void;
  accumulateHistograms(histograms: HistogramBatch, placeAt: (index: number) => MetricPlace | undefined): void;
  /** Reads the waiting points of a step. `closed`: the step has been told already and is being amended. */
  settle(step: MetricStep, closed: boolean): void;
  /** `hasSpans`: whether the RED of a service comes from its spans in this step. */
  emit(step: MetricStep, hasSpans: (owner: ServiceEntry) => boolean, emitter: SignalEmitter): void;
  counts(): Readonly<PointCounts>;
  state(): MetricState;
}
