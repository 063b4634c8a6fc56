import type { Observation } from '../../core/outcome.ts';
import type { DurationMs, Instant, TimeScale } from '../../core/time.ts';
import type { Forecast } from '../../detectors/forecast/forecast.ts';
import { type ForecasterState, forecastLoad, observeLoad, restoreForecaster, snapshotForecaster } from '../../detectors/forecast/index.ts';
import { plan, remember, stepFor } from '../../scaler/plan/index.ts';
import type { PastRecommendation, PlanInput, Recommendation, ScaleStatus, ScaleStep, ScalingPolicy } from '../../scaler/recommendation.ts';

/** One workload that may be scaled: its load, its forecast, what was recommended before. */
export interface Workload {
  readonly policy: ScalingPolicy;
  /** The service whose replicas carry the load. */
  readonly service: string;
  /** Service and signal whose rate is the load: the service itself, or the ingress before it. */
  readonly loadService: string;
  readonly signal: string;
  forecaster: ForecasterState;
  history: readonly PastRecommendation[];
  status: Observation<ScaleStatus>;
  load: Observation<number>;
  forecast: Forecast | undefined;
  recommendation: Recommendation | undefined;
}

/** Everything a scaling decision is a function of: what its record holds. */
export interface ScaleInputs {
  readonly plan: Omit<PlanInput, 'forecast'>;
  readonly forecaster: { readonly state: string; readonly horizonSteps: number; readonly madeAt: Instant };
}

export interface ScaleDecision {
  readonly recommendation: Recommendation;
  readonly step: ScaleStep | null;
  readonly forecast: { readonly levels: readonly number[]; readonly quantiles: readonly (readonly number[])[]; readonly because: string };
}

/** A load this many steps old is stale: its age alone must not scale down. */
const STALE_AFTER_STEPS = 4;

/** Far enough to know the largest need until ordered replicas would be ready, and whether a decrease would be regretted. */
export const horizonSteps = (policy: ScalingPolicy, scale: TimeScale): number =>
  Math.ceil(Math.max(policy.stabilizationMs, 2 * policy.leadMs) / scale.stepMs) + 2;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** The decision as a function of its record's inputs. Replay calls exactly this. */
export const decideScale = (inputs: ScaleInputs): ScaleDecision => {
  const forecaster = restoreForecaster(new Uint8Array(Buffer.from(inputs.forecaster.state, 'base64')));
  const forecast = forecastLoad(forecaster, inputs.forecaster.horizonSteps, inputs.forecaster.madeAt);
  const recommendation = plan({ ...inputs.plan, forecast });
  return {
    recommendation,
    step: stepFor(recommendation, inputs.plan.status) ?? null,
    forecast: { levels: forecast.levels, quantiles: forecast.quantiles.map((values) => Array.from(values)), because: forecast.because },
  };
};

export const observeWorkload = (workload: Workload, stepIndex: number, endsAt: Instant, load: number, stepMs: DurationMs): void => {
  observeLoad(workload.forecaster, stepIndex, load);
  if (Number.isFinite(load)) {
    workload.load = { kind: 'observed', value: load, at: endsAt };
    return;
  }
  if (workload.load.kind === 'absent') return;
  const ageMs = endsAt - workload.load.at;
  if (ageMs >= STALE_AFTER_STEPS * stepMs) workload.load = { kind: 'stale', value: workload.load.value, at: workload.load.at, ageMs };
};

/** Forecasts and plans one step; remembers the recommendation. The inputs are returned for the record. */
export const planWorkload = (
  workload: Workload,
  now: Instant,
  scale: TimeScale,
  frozen: boolean,
): { readonly recommendation: Recommendation; readonly step: ScaleStep | undefined; readonly inputs: () => ScaleInputs } => {
  const horizon = horizonSteps(workload.policy, scale);
  const { policy, status, load, history } = workload;
  const forecast = forecastLoad(workload.forecaster, horizon, now);
  const input = { now, policy, status, load, history, frozen };
  const recommendation = plan({ ...input, forecast });
  const inputs = (): ScaleInputs => ({
    plan: input,
    forecaster: { state: base64(snapshotForecaster(workload.forecaster)), horizonSteps: horizon, madeAt: now },
  });
  workload.forecast = forecast;
  workload.recommendation = recommendation;
  workload.history = remember(history, recommendation, policy);
  return { recommendation, step: stepFor(recommendation, status), inputs };
};
