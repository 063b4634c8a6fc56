import { normalTail } from '../../../core/math.ts';
import { SECOND_MS } from '../../../core/time.ts';
import type { Acting } from './acting.ts';
import { type Draws, waveStep } from './draws.ts';
import { keptOf } from './load.ts';
import { ENTRY, type FleetParameters } from './parameters.ts';
import type { ServiceState } from './service-state.ts';
import type { FleetSignals, Watch } from './watched.ts';

const DECLINE_WAVE_MINUTES = 30;
/** Share of the budget of slow requests that a usual day uses up. */
const USED_OF_BUDGET = 0.1;

/** What telemetry says of a fleet at a step: counts of what happened, with the chance of counting. */
export interface Reports {
  readonly signal: Uint32Array;
  readonly value: Float64Array;
  readonly weight: Float64Array;
  readonly length: number;
  begin(): void;
  ofService(state: ServiceState): void;
  /** Slices, declines and the objective. */
  ofEntry(): void;
  ofCalls(): void;
}

/** ln of a bound that requests pass, on a usual day, a tenth as often as the budget allows. */
const slowBound = (entry: ServiceState, objective: number): number => {
  const usualLog = ({ is, callees }: ServiceState): number =>
    Math.log(is.ownSeconds + callees.reduce((sum, { state, perRequest }) => sum + perRequest * Math.exp(usualLog(state)), 0));
  let quantile = 0;
  while (normalTail(quantile) > USED_OF_BUDGET * (1 - objective)) quantile += 0.01;
  return usualLog(entry) + entry.is.requestSpread * quantile + 0.15;
};

/** `aside` draws for what pages nobody, so that leaving it out changes nothing else. */
export const createReports = (
  parameters: FleetParameters,
  services: readonly ServiceState[],
  watched: FleetSignals,
  acting: Acting,
  watch: Watch,
  draws: Draws,
  aside: Draws,
): Reports => {
  const { slices, stepMs } = parameters;
  const whole = watch === 'everything';
  const seconds = stepMs / SECOND_MS;
  const stateOf = (name: string): ServiceState => services.find(({ is }) => is.name === name) as ServiceState;
  const entry = stateOf(ENTRY);
  const slowLog = slowBound(entry, parameters.objective);
  const edges = watched.edges.map((edge) => ({
    ...edge,
    from: stateOf(edge.caller),
    to: stateOf(edge.callee),
    perRequest: stateOf(edge.caller).callees.find(({ state }) => state.is.name === edge.callee)?.perRequest ?? 0,
  }));
  const keptDeclines = keptOf(DECLINE_WAVE_MINUTES, stepMs);
  const declineWaves = slices.map(() => draws.gaussian());

  const signal = new Uint32Array(watched.size);
  const value = new Float64Array(watched.size);
  const weight = new Float64Array(watched.size);
  let length = 0;
  const put = (id: number, seen: number, rests: number): void => {
    signal[length] = id;
    value[length] = seen;
    weight[length] = rests;
    length += 1;
  };

  const besides = (state: ServiceState, count: number, origin: number, chance: number): void => {
    const { is, signal: s, poolUsed: used } = state;
    const utilization = state.rate / (state.ready * state.capacity);
    put(s.reporting as number, 1, 1);
    if (count > 0) {
      put(s.origin as number, origin / count, count);
      put(s.p50 as number, Math.exp(state.logTotal + chance * 1.25), count);
      put(s.p95 as number, Math.exp(state.logTotal + is.requestSpread * (1.645 + (2.1 * aside.gaussian()) / Math.sqrt(count))), count);
    }
    const perReplica = state.rate / state.ready;
    put(s.cpu as number, Math.min(1, Math.max(0, utilization * 0.8 + 0.05 + 0.02 * aside.gaussian())), state.ready);
    put(s.active as number, aside.poisson(perReplica * Math.exp(state.logTotal) * state.ready) / state.ready, state.ready);
    put(s.pool as number, Math.round(is.pool * Math.min(1, Math.max(0, used + 0.03 * aside.gaussian()))), state.ready);
    put(s.poolMax as number, is.pool, state.ready);
    const timeouts = used > 1 ? aside.poisson(state.rate * seconds * Math.min(0.6, 4 * (used - 1))) : 0;
    put(s.timeouts as number, timeouts / seconds, seconds);
    state.heap = state.heap > 1 ? 0 : state.heap + seconds / 600 + 0.01 * aside.uniform();
    put(s.heap as number, 2e8 * (1 + 0.5 * state.heap), state.ready);
  };

  return {
    signal,
    value,
    weight,
    get length() {
      return length;
    },
    begin() {
      length = 0;
    },
    ofService(state) {
      const { is, influence, signal: s } = state;
      if (influence.absent) return;
      const count = draws.poisson(state.rate * seconds * influence.heard);
      put(s.requests as number, count / seconds, seconds);
      const chance = (is.requestSpread * draws.gaussian()) / Math.sqrt(Math.max(1, count));
      const origin = draws.binomial(count, state.ownFailing);
      const passed = draws.binomial(count - origin, state.passedFailing);
      if (count > 0) {
        put(s.errors as number, (origin + passed) / count, count);
        put(s.duration as number, state.logTotal + chance, count);
        put(s.self as number, state.logOwn + chance, count);
      }
      if (whole) besides(state, count, origin, chance);
    },
    ofEntry() {
      if (entry.influence.absent) return;
      let all = 0;
      let declinedAll = 0;
      slices.forEach((slice, place) => {
        const known = watched.slices[place] as (typeof watched.slices)[number];
        const wave = waveStep(declineWaves[place] as number, keptDeclines, draws);
        declineWaves[place] = wave;
        const count = draws.poisson(entry.rate * seconds * slice.share * entry.influence.heard);
        const share = Math.max(slice.declined * Math.exp(parameters.declineWave * wave), acting.declined[place] as number);
        if (whole) put(known.requests, count / seconds, seconds);
        if (count === 0) return;
        const declined = draws.binomial(count, Math.min(1, share));
        put(known.errors, draws.binomial(count, entry.failing) / count, count);
        put(known.declined, declined / count, count);
        all += count;
        declinedAll += declined;
      });
      if (all === 0) return;
      put(watched.declined, declinedAll / all, all);
      const slow = normalTail((slowLog - entry.logTotal) / entry.is.requestSpread);
      put(watched.objective, draws.binomial(all, 1 - (1 - entry.failing) * (1 - slow)) / all, all);
    },
    ofCalls() {
      for (const { from, to, perRequest, requests, errors, duration } of edges) {
        if (from.influence.absent) continue;
        const count = aside.poisson(from.rate * perRequest * seconds * from.influence.heard);
        put(requests, count / seconds, seconds);
        if (count === 0) continue;
        put(errors, aside.binomial(count, to.failing) / count, count);
        put(duration, Math.log(Math.exp(to.logTotal) + 0.001) + (to.is.requestSpread * aside.gaussian()) / Math.sqrt(count), count);
      }
    },
  };
};
