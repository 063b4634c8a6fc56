import type { ServiceGraph } from '../../../core/graph.ts';
import type { FleetParameters, ServiceParameters } from './parameters.ts';

/** Requests of each service relative to the fleet's level. */
export const trafficShares = (services: readonly ServiceParameters[]): ReadonlyMap<string, number> => {
  const shares = new Map(services.map(({ name, ownTraffic }) => [name, ownTraffic]));
  // Callers stand after their callees.
  for (const { name, calls } of [...services].reverse())
    for (const { callee, perRequest } of calls) shares.set(callee, (shares.get(callee) ?? 0) + perRequest * (shares.get(name) ?? 0));
  return shares;
};

export const graphOf = ({ services, peak }: FleetParameters): ServiceGraph => {
  const shares = trafficShares(services);
  return {
    services: services.map(({ name }) => name).sort(),
    edges: services.flatMap(({ name, calls }) =>
      calls.map(({ callee, perRequest }) => ({ caller: name, callee, rate: peak * perRequest * (shares.get(name) ?? 0), inferred: false })),
    ),
  };
};
