import type { ServiceGraph } from '../../../core/graph.ts';
import type { ClosedStep, SignalTable } from '../../../core/signal.ts';
import { stepIndexAt } from '../../../core/time.ts';
import { createActing } from './acting.ts';
import { createAnswering } from './answering.ts';
import { graphOf } from './call-graph.ts';
import { createDraws, seedOf } from './draws.ts';
import type { Effect } from './effects.ts';
import { createLoad } from './load.ts';
import type { FleetParameters } from './parameters.ts';
import { createReports } from './reports.ts';
import { createServices } from './service-state.ts';
import { registerSignals, type Watch } from './watched.ts';

/** What happened in a fleet, step by step: closed steps as they come out of normalization. */
export interface Fleet {
  readonly graph: ServiceGraph;
  /** The next step, in order. The arrays are written anew by each call. */
  next(): ClosedStep;
}

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
  const { stepMs } = parameters;
  const { from = stepIndexAt(parameters.from, stepMs), seed = parameters.seed, watch } = options;
  const draws = createDraws(seedOf(seed, 3));
  const aside = createDraws(seedOf(seed, 4));
  const watched = registerSignals(parameters, signals, watch);
  const names = parameters.services.map(({ name }) => name);
  const acting = createActing(names, parameters.slices.length, effects, from);
  const services = createServices(parameters, watched, acting, draws);
  const reports = createReports(parameters, services, watched, acting, watch, draws, aside);
  const drive = createLoad(parameters, services, draws);
  const answer = createAnswering(services, stepMs, draws);
  const graph = graphOf(parameters);
  let index = from;
  return {
    get graph() {
      // Calls are known from callers: where a caller is not heard of, nobody calls.
      if (!services.some(({ influence }) => influence.absent)) return graph;
      const silent = new Set(services.flatMap(({ influence, is }) => (influence.absent ? [is.name] : [])));
      return { ...graph, edges: graph.edges.map((edge) => (silent.has(edge.caller) ? { ...edge, rate: 0 } : edge)) };
    },
    next() {
      const startsAt = index * stepMs;
      acting.moveTo(index);
      reports.begin();
      drive(startsAt);
      for (const state of services) {
        answer(state);
        reports.ofService(state);
      }
      reports.ofEntry();
      reports.ofCalls();
      const { length, signal, value, weight } = reports;
      const step: ClosedStep = { index, startsAt, endsAt: startsAt + stepMs, length, signal, value, weight };
      index += 1;
      return step;
    },
  };
};
