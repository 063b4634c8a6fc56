import type { ServiceEdge, ServiceGraph } from '../../core/graph.ts';
import { OVERFLOW } from './service-entry.ts';
import type { ServiceRegistry } from './service-registry.ts';
import { findFields, type SpanStep } from './span-step.ts';

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Edges seen within the last day, with their calls per second over `recent` steps; everything in order of name. */
export const describeGraph = (
  registry: ServiceRegistry,
  tenant: string,
  recent: readonly SpanStep[],
  stepSeconds: number,
): ServiceGraph => {
  const services = new Set<string>();
  const reports = (name: string): boolean => {
    const entry = registry.find(tenant, name);
    return entry !== undefined && entry.lastReport > Number.NEGATIVE_INFINITY;
  };
  const edges: ServiceEdge[] = [];
  for (const entry of registry.entries()) {
    if (entry.tenant !== tenant) continue;
    if (reports(entry.name)) services.add(entry.name);
    for (const [callee, group] of entry.edges) {
      if (callee === OVERFLOW || !Number.isFinite(group.last)) continue;
      let calls = 0;
      for (const step of recent) {
        const at = findFields(step.table, group.index);
        if (at >= 0) calls += step.table.fields[at] as number;
      }
      const rate = recent.length === 0 ? 0 : calls / (recent.length * stepSeconds);
      services.add(callee);
      edges.push({ caller: entry.name, callee, rate, inferred: !reports(callee) });
    }
  }
  edges.sort((a, b) => byText(a.caller, b.caller) || byText(a.callee, b.callee));
  return { services: [...services].sort(byText), edges };
};
