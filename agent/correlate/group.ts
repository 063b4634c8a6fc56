import type { ServiceGraph } from '../../core/graph.ts';
import type { Finding } from '../../detectors/finding.ts';

/** Findings that belong together: their services touch each other in the call graph. */
export interface FindingGroup {
  readonly services: readonly string[];
  readonly findings: readonly Finding[];
}

/** Callers and callees of a service. */
const neighbours = (service: string, graph: ServiceGraph): readonly string[] =>
  graph.edges.flatMap((edge) => (edge.caller === service ? [edge.callee] : edge.callee === service ? [edge.caller] : []));

/** A service and what is at most two calls away: whoever passes a failure on need not be odd itself. */
export const nearby = (service: string, graph: ServiceGraph): ReadonlySet<string> => {
  const near = neighbours(service, graph);
  return new Set([service, ...near, ...near.flatMap((next) => neighbours(next, graph))]);
};

/**
 * Anomalous services that are near each other in the call graph: a failure spreads along calls, so what is odd at
 * the same time and close by is one story until evidence says otherwise.
 */
export const groupFindings = (findings: readonly Finding[], graph: ServiceGraph): readonly FindingGroup[] => {
  const byService = new Map<string, Finding[]>();
  for (const finding of findings) {
    const known = byService.get(finding.service);
    if (known === undefined) byService.set(finding.service, [finding]);
    else known.push(finding);
  }
  const unvisited = new Set(byService.keys());
  const groups: FindingGroup[] = [];
  for (const start of [...byService.keys()].sort()) {
    if (!unvisited.delete(start)) continue;
    const services = [start];
    for (let next = 0; next < services.length; next += 1) {
      for (const neighbour of nearby(services[next] as string, graph)) if (unvisited.delete(neighbour)) services.push(neighbour);
    }
    services.sort();
    groups.push({ services, findings: services.flatMap((service) => byService.get(service) ?? []) });
  }
  return groups;
};
