import type { ServiceGraph } from '../../core/graph.ts';
import type { Finding } from '../../detectors/finding.ts';

/** Findings that belong together: their services touch each other in the call graph. */
export interface FindingGroup {
  readonly services: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * Connected components of the anomalous services in the call graph: a failure spreads along calls, so
 * neighbours that are odd at the same time are one story until evidence says otherwise.
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
      for (const edge of graph.edges) {
        const neighbour = edge.caller === services[next] ? edge.callee : edge.callee === services[next] ? edge.caller : undefined;
        if (neighbour !== undefined && unvisited.delete(neighbour)) services.push(neighbour);
      }
    }
    services.sort();
    groups.push({ services, findings: services.flatMap((service) => byService.get(service) ?? []) });
  }
  return groups;
};
