import type { ServiceGraph } from '../../../core/graph.ts';
import type { ClosedStep, Signal } from '../../../core/signal.ts';

interface Call {
  readonly caller: string;
  readonly callee: string;
  /** Row of the signal of its rate. */
  readonly requests: number;
}

/** Services of a recording, and who calls whom as its signals say. */
export interface RecordedServices {
  readonly entry: string;
  /** The entry and what it calls, directly or through others; callees stand before their callers. */
  readonly reached: readonly string[];
  readonly calls: readonly Call[];
  readonly graph: ServiceGraph;
}

/** The entry promises something and nobody calls it. */
export const recordedServicesOf = (signals: readonly Signal[], steps: readonly ClosedStep[]): RecordedServices | undefined => {
  const calls = signals.flatMap(({ id, service, name, scope }) =>
    name === 'requests' && scope.kind === 'edge' ? [{ caller: service, callee: scope.callee, requests: id }] : [],
  );
  const entry = signals.find(({ name, service }) => name.startsWith('slo:') && !calls.some(({ callee }) => callee === service))?.service;
  if (entry === undefined) return undefined;
  const reached: string[] = [];
  const visit = (service: string): void => {
    if (reached.includes(service)) return;
    for (const { caller, callee } of calls) if (caller === service) visit(callee);
    reached.push(service);
  };
  visit(entry);
  const meanRate = (id: number): number => {
    const seen = steps.flatMap((step) => {
      const row = step.signal.indexOf(id);
      return row < 0 ? [] : [step.value[row] as number];
    });
    return seen.reduce((sum, value) => sum + value, 0) / Math.max(1, seen.length);
  };
  return {
    entry,
    reached,
    calls,
    graph: {
      services: [...new Set(signals.map(({ service }) => service))].sort(),
      edges: calls.map(({ caller, callee, requests }) => ({ caller, callee, rate: meanRate(requests), inferred: false })),
    },
  };
};
