import { type Attribution, attributionOf, type Part } from './attribute.ts';
import type { Unit } from './unit.ts';

/** What a service spent on its requests in a window: sums, as they are kept a step. */
export interface ServiceTime {
  readonly service: string;
  readonly requests: number;
  /** Seconds from the first byte in to the last byte out, over all requests. */
  readonly seconds: number;
  /** Of these, without any call under way. */
  readonly ownSeconds: number;
}

/** What the calls of one service to another took. */
export interface CallTime {
  readonly caller: string;
  readonly callee: string;
  readonly calls: number;
  /** Seconds the caller waited. */
  readonly seconds: number;
  /** Seconds the callee says it worked on them; 0 where it says nothing. */
  readonly answeredSeconds: number;
}

export interface CallGraphTime {
  readonly services: readonly ServiceTime[];
  readonly calls: readonly CallTime[];
}

/** How often the visits are carried on along calls: deeper chains than this are rare, and circles must end. */
const DEEPEST_CHAIN = 64;

/** Visits of every service a request at `root`, following calls as often as each is made a request of its caller. */
const visitsFrom = (root: string, graph: CallGraphTime): ReadonlyMap<string, number> => {
  const requests = new Map(graph.services.map((each) => [each.service, each.requests]));
  const visits = new Map<string, number>([[root, 1]]);
  let arriving = new Map<string, number>([[root, 1]]);
  for (let depth = 0; depth < DEEPEST_CHAIN && arriving.size > 0; depth += 1) {
    const next = new Map<string, number>();
    for (const { caller, callee, calls } of graph.calls) {
      const came = arriving.get(caller);
      const served = requests.get(caller) ?? 0;
      if (came === undefined || !(served > 0) || !(calls > 0) || callee === root) continue;
      next.set(callee, (next.get(callee) ?? 0) + (came * calls) / served);
    }
    for (const [service, count] of next) visits.set(service, (visits.get(service) ?? 0) + count);
    arriving = next;
  }
  return visits;
};

/** How often a unit is met a request at the root, and how long each time, in milliseconds. */
interface Load {
  readonly unit: Unit;
  readonly calls: number;
  readonly ms: number;
}

const loadsOf = (root: string, graph: CallGraphTime): ReadonlyMap<string, Load> => {
  const visits = visitsFrom(root, graph);
  const loads = new Map<string, Load>();
  const requests = new Map(graph.services.map((each) => [each.service, each.requests]));
  for (const { service, requests: served, ownSeconds } of graph.services) {
    const calls = visits.get(service) ?? 0;
    if (calls > 0 && served > 0) {
      const unit: Unit = { kind: 'own', service, operation: '', callee: '' };
      loads.set(`own\u0000${service}`, { unit, calls, ms: (1_000 * ownSeconds) / served });
    }
  }
  for (const { caller, callee, calls: made, seconds, answeredSeconds } of graph.calls) {
    const perVisit = made / (requests.get(caller) ?? 0);
    const calls = (visits.get(caller) ?? 0) * perVisit;
    if (!(calls > 0) || !Number.isFinite(calls)) continue;
    // A callee that never says anything is all there is behind the call: network and work cannot be told apart.
    const unit: Unit = { kind: answeredSeconds > 0 ? 'network' : 'unanswered', service: caller, operation: '', callee };
    loads.set(`call\u0000${caller}\u0000${callee}`, { unit, calls, ms: (1_000 * (seconds - answeredSeconds)) / made });
  }
  return loads;
};

const meanMs = (root: string, graph: CallGraphTime): number => {
  const found = graph.services.find((each) => each.service === root);
  return found === undefined || !(found.requests > 0) ? Number.NaN : (1_000 * found.seconds) / found.requests;
};

/**
 * The change of the mean duration at `root` from sums a service and an edge, without the traces themselves: own time of
 * every service below it, time between every caller and callee, and how often each is met. Sums do not know which calls
 * ran side by side, nor that one caller's calls are heavier than another's, so a remainder is left; it is a term of its
 * own (`rest`), and all terms together are the change. Undefined when the root served nothing in one of the windows.
 */
export const attributeCallGraph = (root: string, reference: CallGraphTime, current: CallGraphTime): Attribution | undefined => {
  const before = meanMs(root, reference);
  const after = meanMs(root, current);
  if (!Number.isFinite(before) || !Number.isFinite(after)) return undefined;
  const old = loadsOf(root, reference);
  const now = loadsOf(root, current);
  const parts: Part[] = [];
  for (const key of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const was = old.get(key);
    const is = now.get(key);
    const unit = (is ?? was)?.unit as Unit;
    const msBefore = was?.ms ?? is?.ms ?? 0;
    parts.push({ part: 'calls', unit, change: ((is?.calls ?? 0) - (was?.calls ?? 0)) * msBefore, error: Number.NaN });
    if (is !== undefined) parts.push({ part: 'time', unit, change: is.calls * (is.ms - msBefore), error: Number.NaN });
  }
  const named = parts.reduce((sum, part) => sum + part.change, 0);
  const rest: Unit = { kind: 'own', service: root, operation: '', callee: '' };
  parts.push({ part: 'rest', unit: rest, change: after - before - named, error: Number.NaN });
  return attributionOf(before, after, parts);
};
