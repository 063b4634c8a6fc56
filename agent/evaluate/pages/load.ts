import { type Instant, MINUTE_MS, SECOND_MS } from '../../../core/time.ts';
import { createLocalClock, demandAt, workAt } from './demand.ts';
import { type Draws, waveStep } from './draws.ts';
import type { FleetParameters } from './parameters.ts';
import { HELD_UTILIZATION, type ServiceState } from './service-state.ts';

const SCALE_UP_MS = 90 * SECOND_MS;
const SCALE_DOWN_MS = 5 * MINUTE_MS;

/** What a wave of so many minutes keeps of itself from one step to the next. */
export const keptOf = (minutes: number, stepMs: number): number => Math.exp(-stepMs / (minutes * MINUTE_MS));

const autoscale = (state: ServiceState, at: Instant): void => {
  const { replicasAtPeak } = state.is;
  const wanted = Math.min(3 * replicasAtPeak, Math.max(2, Math.ceil(state.rate / (state.capacity * HELD_UTILIZATION))));
  if (wanted > state.ready && at - state.scaledAt >= SCALE_UP_MS) {
    state.ready = wanted;
    state.scaledAt = at;
  } else if (wanted < state.ready && at - state.scaledAt >= SCALE_DOWN_MS) {
    state.ready -= 1;
    state.scaledAt = at;
  }
};

/** What users and callers ask of every service at an instant, and the replicas that follow it. */
export const createLoad = (parameters: FleetParameters, services: readonly ServiceState[], draws: Draws): ((at: Instant) => void) => {
  const localTimeOf = createLocalClock(parameters);
  const kept = keptOf(parameters.trafficWaveMinutes, parameters.stepMs);
  let wave = draws.gaussian();
  return (at) => {
    const local = localTimeOf(at);
    wave = waveStep(wave, kept, draws);
    const odd = draws.chance(parameters.oddSteps) ? 0.4 * draws.gaussian() : 0;
    const common = demandAt(parameters, local) + parameters.trafficWave * wave + parameters.trafficStep * draws.gaussian() + odd;
    for (const state of services) {
      workAt(state.is, local, state.work);
      state.ownWave = waveStep(state.ownWave, kept, draws);
      state.rate = state.is.ownTraffic * parameters.peak * Math.exp(common);
    }
    for (let place = services.length - 1; place >= 0; place -= 1) {
      const state = services[place] as ServiceState;
      state.rate *= Math.exp(state.work.traffic + state.influence.traffic + 0.02 * state.ownWave);
      for (const { state: callee, perRequest } of state.callees) callee.rate += perRequest * state.rate;
      autoscale(state, at);
    }
  };
};
