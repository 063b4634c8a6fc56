import type { ServiceGraph } from '../../../core/graph.ts';
import { normalTail } from '../../../core/math.ts';
import type { ClosedStep, SignalTable } from '../../../core/signal.ts';
import { MINUTE_MS, SECOND_MS, stepIndexAt } from '../../../core/time.ts';
import { graphOf, trafficShares } from './call-graph.ts';
import { createLocalClock, demandAt, type Work, workAt } from './demand.ts';
import { createDraws, type Draws, seedOf, waveStep } from './draws.ts';
import { type Effect, strengthAt } from './effects.ts';
import { ENTRY, type FleetParameters, PASSED_ON, type ServiceParameters } from './parameters.ts';
import { registerSignals, type Watch } from './watched.ts';

/** Utilization at which the autoscaler of the fleet holds a service. */
const HELD_UTILIZATION = 0.65;
/** ln latency that a wave of work adds until replicas come: fleets here have room, what hurts is a fault. */
const OVERLOAD_MOST = 0.05;
const SCALE_UP_MS = 90 * SECOND_MS;
const SCALE_DOWN_MS = 5 * MINUTE_MS;

/** What happened in a fleet, step by step: closed steps as they come out of normalization. */
export interface Fleet {
  readonly graph: ServiceGraph;
  /** The next step, in order. The arrays are written anew by each call. */
  next(): ClosedStep;
}

interface Live {
  readonly is: ServiceParameters;
  readonly callees: readonly { readonly live: Live; readonly perRequest: number }[];
  readonly work: Work;
  /** Requests a second one replica carries at full utilization. */
  readonly capacity: number;
  readonly signal: Readonly<Record<string, number>>;
  ready: number;
  scaledAt: number;
  wave: number;
  errorWave: number;
  ownWave: number;
  heap: number;
  /** Of the step at hand. */
  rate: number;
  logOwn: number;
  logTotal: number;
  failing: number;
  absent: boolean;
}

/** ln of what waiting for a connection adds when so much of a pool is in use: flat for long, then steep (Erlang's formula has this shape). */
const poolWait = (used: number): number => {
  const held = Math.min(0.985, Math.max(0, used));
  const second = held * held;
  return Math.log(1 + (0.15 * second * second * second * second) / (1 - held));
};

export interface FleetOptions {
  readonly watch: Watch;
  /** Step to begin with; the first of the fleet's time where left out. */
  readonly from?: number;
  /** Of chance alone: another life of the same fleet. */
  readonly seed?: number;
}

export const createFleet = (
  parameters: FleetParameters,
  signals: SignalTable,
  effects: readonly Effect[],
  options: FleetOptions,
): Fleet => {
  const { stepMs, slices, objective } = parameters;
  const { from, seed = parameters.seed } = options;
  const whole = options.watch === 'everything';
  const seconds = stepMs / SECOND_MS;
  const keep = (minutes: number): number => Math.exp(-stepMs / (minutes * MINUTE_MS));
  const draws: Draws = createDraws(seedOf(seed, 3));
  /** For what pages nobody, so that leaving it out changes nothing else. */
  const aside: Draws = createDraws(seedOf(seed, 4));
  const localTimeOf = createLocalClock(parameters);
  const shares = trafficShares(parameters.services);
  const watched = registerSignals(parameters, signals, options.watch);

  const lives: Live[] = [];
  for (const is of parameters.services) {
    const share = shares.get(is.name) ?? 0;
    lives.push({
      is,
      callees: is.calls.map(({ callee, perRequest }) => ({
        live: lives.find(({ is: known }) => known.name === callee) as Live,
        perRequest,
      })),
      work: { traffic: 0, latency: 0 },
      capacity: (parameters.peak * share) / (is.replicasAtPeak * HELD_UTILIZATION),
      signal: watched.services.get(is.name) ?? {},
      ready: 0,
      scaledAt: Number.NEGATIVE_INFINITY,
      wave: draws.gaussian(),
      errorWave: draws.gaussian(),
      ownWave: draws.gaussian(),
      heap: draws.uniform(),
      rate: 0,
      logOwn: 0,
      logTotal: 0,
      failing: 0,
      absent: false,
    });
  }
  const liveOf = (name: string): Live => lives.find(({ is }) => is.name === name) as Live;
  const edges = watched.edges.map((edge) => ({
    ...edge,
    live: liveOf(edge.caller),
    to: liveOf(edge.callee),
    perRequest: liveOf(edge.caller).callees.find(({ live }) => live.is.name === edge.callee)?.perRequest ?? 0,
  }));
  const declineWaves = slices.map(() => draws.gaussian());
  const entry = liveOf(ENTRY);
  const usualLog = (live: Live): number =>
    Math.log(
      live.is.ownSeconds + live.callees.reduce((sum, { live: callee, perRequest }) => sum + perRequest * Math.exp(usualLog(callee)), 0),
    );
  // A bound that a tenth of the budget passes on a usual day.
  let quantile = 0;
  while (normalTail(quantile) > 0.1 * (1 - objective)) quantile += 0.01;
  const slowLog = usualLog(entry) + entry.is.requestSpread * quantile + 0.15;

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

  let index = from ?? stepIndexAt(parameters.from, stepMs);
  let upcoming = 0;
  while (upcoming < effects.length && (effects[upcoming] as Effect).to <= index) upcoming += 1;
  let acting: Effect[] = [];
  let trafficWave = draws.gaussian();

  const sumOver = (live: Live | undefined, field: 'traffic' | 'latency' | 'errorFactor' | 'errors' | 'pool'): number => {
    let sum = 0;
    for (const effect of acting)
      if (effect[field] !== 0 && (effect.service === undefined || effect.service === live?.is.name))
        sum += effect[field] * strengthAt(effect, index);
    return sum;
  };
  const heardOf = (live: Live): number => {
    let heard = 1;
    for (const effect of acting) if (effect.heard !== 1 && effect.service === live.is.name) heard *= effect.heard;
    return heard;
  };
  const isAbsent = (live: Live): boolean =>
    acting.some(({ absent, service }) => absent && (service === undefined || service === live.is.name));

  const autoscale = (live: Live, at: number): void => {
    const { replicasAtPeak } = live.is;
    const wanted = Math.min(3 * replicasAtPeak, Math.max(2, Math.ceil(live.rate / (live.capacity * HELD_UTILIZATION))));
    if (wanted > live.ready && at - live.scaledAt >= SCALE_UP_MS) {
      live.ready = wanted;
      live.scaledAt = at;
    } else if (wanted < live.ready && at - live.scaledAt >= SCALE_DOWN_MS) {
      live.ready -= 1;
      live.scaledAt = at;
    }
  };

  /** What users and callers ask of every service, before chance. */
  const drive = (at: number): void => {
    const local = localTimeOf(at);
    trafficWave = waveStep(trafficWave, keep(parameters.trafficWaveMinutes), draws);
    const odd = draws.chance(parameters.oddSteps) ? 0.4 * draws.gaussian() : 0;
    const common =
      demandAt(parameters, local) +
      parameters.trafficWave * trafficWave +
      parameters.trafficStep * draws.gaussian() +
      odd +
      sumOver(undefined, 'traffic');
    for (const live of lives) {
      workAt(live.is, local, live.work);
      live.ownWave = waveStep(live.ownWave, keep(parameters.trafficWaveMinutes), draws);
      live.rate = live.is.ownTraffic * parameters.peak * Math.exp(common);
    }
    for (let place = lives.length - 1; place >= 0; place -= 1) {
      const live = lives[place] as Live;
      live.rate *= Math.exp(live.work.traffic + sumOver(live, 'traffic') + 0.02 * live.ownWave);
      for (const { live: callee, perRequest } of live.callees) callee.rate += perRequest * live.rate;
      autoscale(live, at);
    }
  };

  const observe = (live: Live): void => {
    const { is } = live;
    const utilization = live.rate / (live.ready * live.capacity);
    live.wave = waveStep(live.wave, keep(is.latencyWaveMinutes), draws);
    live.errorWave = waveStep(live.errorWave, keep(is.errorWaveMinutes), draws);
    const used = 0.25 + 0.25 * Math.min(1.2, utilization) + sumOver(live, 'pool');
    live.logOwn =
      Math.log(is.ownSeconds) +
      is.loadEffect * (Math.min(1, utilization) - HELD_UTILIZATION) +
      Math.min(OVERLOAD_MOST, Math.max(0, utilization - 1)) +
      is.latencyWave * live.wave +
      is.latencyStep * draws.gaussian() +
      live.work.latency +
      sumOver(live, 'latency') +
      poolWait(used);
    let downstream = 0;
    let passes = 1;
    for (const { live: callee, perRequest } of live.callees) {
      downstream += perRequest * Math.exp(callee.logTotal);
      passes *= 1 - Math.min(1, PASSED_ON * perRequest * Math.min(1, callee.failing));
    }
    live.logTotal = Math.log(Math.exp(live.logOwn) + downstream);
    const usual =
      is.errorShare * Math.exp(is.errorWave * live.errorWave - 0.5 * is.errorWave * is.errorWave + sumOver(live, 'errorFactor'));
    const own = Math.min(1, usual + sumOver(live, 'errors') + (used > 1 ? Math.min(0.6, 4 * (used - 1)) : 0));
    live.failing = 1 - (1 - own) * passes;
    live.absent = isAbsent(live);
    if (live.absent) return;

    const count = draws.poisson(live.rate * seconds * heardOf(live));
    const s = live.signal;
    put(s.requests as number, count / seconds, seconds);
    const chance = (is.requestSpread * draws.gaussian()) / Math.sqrt(Math.max(1, count));
    const origin = draws.binomial(count, own);
    const passed = draws.binomial(count - origin, 1 - passes);
    if (count > 0) {
      put(s.errors as number, (origin + passed) / count, count);
      put(s.duration as number, live.logTotal + chance, count);
      put(s.self as number, live.logOwn + chance, count);
    }
    if (whole) observeAside(live, count, origin, chance, used);
  };

  const observeAside = (live: Live, count: number, origin: number, chance: number, used: number): void => {
    const { is, signal: s } = live;
    const utilization = live.rate / (live.ready * live.capacity);
    put(s.reporting as number, 1, 1);
    if (count > 0) {
      put(s.origin as number, origin / count, count);
      put(s.p50 as number, Math.exp(live.logTotal + chance * 1.25), count);
      put(s.p95 as number, Math.exp(live.logTotal + is.requestSpread * (1.645 + (2.1 * aside.gaussian()) / Math.sqrt(count))), count);
    }
    const perReplica = live.rate / live.ready;
    put(s.cpu as number, Math.min(1, Math.max(0, utilization * 0.8 + 0.05 + 0.02 * aside.gaussian())), live.ready);
    put(s.active as number, aside.poisson(perReplica * Math.exp(live.logTotal) * live.ready) / live.ready, live.ready);
    put(s.pool as number, Math.round(is.pool * Math.min(1, Math.max(0, used + 0.03 * aside.gaussian()))), live.ready);
    put(s.poolMax as number, is.pool, live.ready);
    put(s.timeouts as number, (used > 1 ? aside.poisson(live.rate * seconds * Math.min(0.6, 4 * (used - 1))) : 0) / seconds, seconds);
    live.heap = live.heap > 1 ? 0 : live.heap + seconds / 600 + 0.01 * aside.uniform();
    put(s.heap as number, 2e8 * (1 + 0.5 * live.heap), live.ready);
  };

  const observeEntry = (): void => {
    if (entry.absent) return;
    const heard = heardOf(entry);
    let all = 0;
    let declinedAll = 0;
    slices.forEach((slice, place) => {
      const known = watched.slices[place] as (typeof watched.slices)[number];
      const wave = waveStep(declineWaves[place] as number, keep(30), draws);
      declineWaves[place] = wave;
      const count = draws.poisson(entry.rate * seconds * slice.share * heard);
      let share = slice.declined * Math.exp(parameters.declineWave * wave);
      for (const { slice: hit } of acting) if (hit?.place === place) share = Math.max(share, hit.declined);
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
  };

  const observeEdges = (): void => {
    for (const { live, to, perRequest, requests, errors, duration } of edges) {
      if (live.absent) continue;
      const count = aside.poisson(live.rate * perRequest * seconds * heardOf(live));
      put(requests, count / seconds, seconds);
      if (count === 0) continue;
      put(errors, aside.binomial(count, to.failing) / count, count);
      put(duration, Math.log(Math.exp(to.logTotal) + 0.001) + (to.is.requestSpread * aside.gaussian()) / Math.sqrt(count), count);
    }
  };

  const graph = graphOf(parameters);
  return {
    get graph() {
      // Calls are known from callers: where a caller is not heard of, nobody calls.
      if (!lives.some(({ absent }) => absent)) return graph;
      const silent = new Set(lives.flatMap(({ absent, is }) => (absent ? [is.name] : [])));
      return { ...graph, edges: graph.edges.map((edge) => (silent.has(edge.caller) ? { ...edge, rate: 0 } : edge)) };
    },
    next() {
      while (upcoming < effects.length && (effects[upcoming] as Effect).from <= index) {
        acting.push(effects[upcoming] as Effect);
        upcoming += 1;
      }
      if (acting.some(({ to }) => to <= index)) acting = acting.filter(({ to }) => to > index);
      const startsAt = index * stepMs;
      length = 0;
      drive(startsAt);
      for (const live of lives) observe(live);
      observeEntry();
      observeEdges();
      const step: ClosedStep = { index, startsAt, endsAt: startsAt + stepMs, length, signal, value, weight };
      index += 1;
      return step;
    },
  };
};
