import { type Draws, waveStep } from './draws.ts';
import { keptOf } from './load.ts';
import { PASSED_ON } from './parameters.ts';
import { HELD_UTILIZATION, type ServiceState } from './service-state.ts';

/** ln latency that a wave of work adds until replicas come: fleets here have room, what hurts is a fault. */
const OVERLOAD_MOST = 0.05;

/** ln of what waiting for a connection adds when so much of a pool is in use: flat for long, then steep (Erlang's formula has this shape). */
export const poolWait = (used: number): number => {
  const held = Math.min(0.985, Math.max(0, used));
  const second = held * held;
  return Math.log(1 + (0.15 * second * second * second * second) / (1 - held));
};

/** How long a service takes and what share it fails, under the load it has; its callees must have answered before. */
export const createAnswering = (services: readonly ServiceState[], stepMs: number, draws: Draws): ((state: ServiceState) => void) => {
  const kept = new Map(
    services.map((state) => [
      state,
      { latency: keptOf(state.is.latencyWaveMinutes, stepMs), errors: keptOf(state.is.errorWaveMinutes, stepMs) },
    ]),
  );
  return (state) => {
    const { is, influence } = state;
    const { latency, errors } = kept.get(state) as { readonly latency: number; readonly errors: number };
    const utilization = state.rate / (state.ready * state.capacity);
    state.wave = waveStep(state.wave, latency, draws);
    state.errorWave = waveStep(state.errorWave, errors, draws);
    const used = 0.25 + 0.25 * Math.min(1.2, utilization) + influence.pool;
    state.poolUsed = used;
    state.logOwn =
      Math.log(is.ownSeconds) +
      is.loadEffect * (Math.min(1, utilization) - HELD_UTILIZATION) +
      Math.min(OVERLOAD_MOST, Math.max(0, utilization - 1)) +
      is.latencyWave * state.wave +
      is.latencyStep * draws.gaussian() +
      state.work.latency +
      influence.latency +
      poolWait(used);
    let downstream = 0;
    let passes = 1;
    for (const { state: callee, perRequest } of state.callees) {
      downstream += perRequest * Math.exp(callee.logTotal);
      passes *= 1 - Math.min(1, PASSED_ON * perRequest * Math.min(1, callee.failing));
    }
    state.logTotal = Math.log(Math.exp(state.logOwn) + downstream);
    const usual = is.errorShare * Math.exp(is.errorWave * state.errorWave - 0.5 * is.errorWave * is.errorWave + influence.errorFactor);
    state.ownFailing = Math.min(1, usual + influence.errors + (used > 1 ? Math.min(0.6, 4 * (used - 1)) : 0));
    state.passedFailing = 1 - passes;
    state.failing = 1 - (1 - state.ownFailing) * passes;
  };
};
