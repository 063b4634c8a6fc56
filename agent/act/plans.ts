import type { Recommendation, ScaleStep } from '../../scaler/recommendation.ts';
import type { ScaleInputs, Workload } from './workload.ts';

/** What the plan of one step asks for one workload. */
export interface PlannedScale {
  readonly workload: Workload;
  readonly recommendation: Recommendation;
  /** Absent when nothing is to be written: a hold, or the status it would rest on is unknown. */
  readonly step: ScaleStep | undefined;
  /** For the record; computed only when something is recorded, because it serializes the forecaster. */
  inputs(): ScaleInputs;
}
