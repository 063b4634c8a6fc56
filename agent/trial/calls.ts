import type { PrometheusClient } from '../../collectors/prometheus/index.ts';
import type { ServiceEdge, ServiceGraph } from '../../core/graph.ts';
import { CALL_SOURCES } from './aliases.ts';
import type { History } from './discover.ts';
import { rateOf, sumBy } from './promql.ts';
import { displayName, isSameService, type ServiceName, serviceOf } from './service-names.ts';

/** The call graph as a mesh or the service graph connector counted it; without edges where neither is there. */
export const readCalls = async (
  client: PrometheusClient,
  names: ReadonlySet<string>,
  services: readonly ServiceName[],
  history: History,
  signal?: AbortSignal,
): Promise<ServiceGraph> => {
  const display = (name: ServiceName): string => displayName(services.find((known) => isSameService(known, name)) ?? name);
  const edges = new Map<string, ServiceEdge>();
  for (const source of CALL_SOURCES.filter(({ counter }) => names.has(counter))) {
    const labels = [source.caller, source.callee].flatMap(({ name, namespace }) => (namespace === undefined ? [name] : [name, namespace]));
    const read = await client.instant(sumBy(labels, rateOf(source.counter, [source.matchers], 3_600_000)), history.to, signal);
    if (!read.ok) continue;
    for (const { labels: seen, value } of read.value) {
      const caller = serviceOf(seen, source.caller);
      const callee = serviceOf(seen, source.callee);
      if (caller === undefined || callee === undefined || !(value > 0)) continue;
      const edge = { caller: display(caller), callee: display(callee), rate: value, inferred: false };
      if (edge.caller !== edge.callee) edges.set(`${edge.caller} > ${edge.callee}`, edge);
    }
  }
  return { services: services.map(displayName), edges: [...edges.values()] };
};
