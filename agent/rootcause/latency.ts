import type { CallGraphTime } from '../../detectors/trace-attribution/index.ts';
import { attributeCallGraph, describeLatency } from '../../detectors/trace-attribution/index.ts';

/** A change of the mean below this is not worth taking apart, as a share of the mean and in milliseconds: the effect floors of latency. */
const LEAST_RISE = 0.3;
const LEAST_RISE_MS = 5;

/** What services below a symptom took before and since the onset, as a decision record holds it. */
export interface CallTimesEvidence {
  readonly reference: CallGraphTime;
  readonly current: CallGraphTime;
}

/** Services below any of `roots`, themselves included. */
const below = (roots: readonly string[], graphs: readonly CallGraphTime[]): ReadonlySet<string> => {
  const found = new Set(roots);
  const waiting = [...roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const { calls } of graphs) {
      for (const { caller, callee } of calls) {
        if (caller !== next || found.has(callee)) continue;
        found.add(callee);
        waiting.push(callee);
      }
    }
  }
  return found;
};

/** Only what an incident's services call: a record need not hold the rest. */
export const callTimesBelow = ({ reference, current }: CallTimesEvidence, roots: readonly string[]): CallTimesEvidence => {
  const kept = below(roots, [reference, current]);
  const part = (graph: CallGraphTime): CallGraphTime => ({
    services: graph.services.filter(({ service }) => kept.has(service)),
    calls: graph.calls.filter(({ caller }) => kept.has(caller)),
  });
  return { reference: part(reference), current: part(current) };
};

/** "of +520 ms at gateway: 88 % ledger own time, ...", or undefined when its latency did not rise enough to ask why. */
export const latencyMadeOf = (root: string, { reference, current }: CallTimesEvidence): string | undefined => {
  const attribution = attributeCallGraph(root, reference, current);
  if (attribution === undefined) return undefined;
  const least = Math.max(LEAST_RISE_MS, LEAST_RISE * attribution.before);
  return attribution.change >= least ? describeLatency(root, attribution) : undefined;
};
