import type { Acting, Influence } from './acting.ts';
import { trafficShares } from './call-graph.ts';
import type { Work } from './demand.ts';
import type { Draws } from './draws.ts';
import type { FleetParameters, ServiceParameters } from './parameters.ts';
import type { FleetSignals } from './watched.ts';

/** Utilization at which the autoscaler of the fleet holds a service. */
export const HELD_UTILIZATION = 0.65;

/** One service as it is at a step. */
export interface ServiceState {
  readonly is: ServiceParameters;
  readonly callees: readonly { readonly state: ServiceState; readonly perRequest: number }[];
  readonly work: Work;
  readonly influence: Influence;
  /** Requests a second one replica carries at full utilization. */
  readonly capacity: number;
  readonly signal: Readonly<Record<string, number>>;
  ready: number;
  scaledAt: number;
  wave: number;
  errorWave: number;
  ownWave: number;
  heap: number;
  /** Requests a second. */
  rate: number;
  /** ln seconds of its own, and with its callees. */
  logOwn: number;
  logTotal: number;
  /** Share of its pool that is in use. */
  poolUsed: number;
  /** Share of requests that fail by itself, and that its callees fail. */
  ownFailing: number;
  passedFailing: number;
  failing: number;
}

/** In order of the parameters: callers stand after their callees. */
export const createServices = (
  { services, peak }: FleetParameters,
  watched: FleetSignals,
  acting: Acting,
  draws: Draws,
): readonly ServiceState[] => {
  const shares = trafficShares(services);
  const states: ServiceState[] = [];
  services.forEach((is, place) => {
    states.push({
      is,
      callees: is.calls.map(({ callee, perRequest }) => ({
        state: states.find(({ is: known }) => known.name === callee) as ServiceState,
        perRequest,
      })),
      work: { traffic: 0, latency: 0 },
      influence: acting.on[place] as Influence,
      capacity: (peak * (shares.get(is.name) ?? 0)) / (is.replicasAtPeak * HELD_UTILIZATION),
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
      poolUsed: 0,
      ownFailing: 0,
      passedFailing: 0,
      failing: 0,
    });
  });
  return states;
};
