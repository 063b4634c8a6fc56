import type { ServiceGraph } from '../../core/graph.ts';
import type { Suspect } from '../incident/incident.ts';
import { logRatio, readable, type SignalEvidence } from './evidence.ts';

/** Below this a signal says nothing about a cause (about one decade of p above reference). */
const LEAST_EVIDENCE = 1;
/** A callee must have moved this far to explain its caller: the effect floor of latency, ln 1.3. */
const LEAST_LOG_RATIO = 0.26;
/** How much of a caller's own evidence a fully anomalous dependency takes away; the rest keeps a real second cause visible. */
const EXPLAINED_BY_CALLEE = 0.9;

interface ServiceEvidence {
  readonly service: string;
  readonly own: number;
  readonly because: readonly { readonly strength: number; readonly text: string }[];
}

/** Evidence counts with its logarithm: ten times the evidence is one more reason, not ten (A(z) = ln(1 + z)). */
const strength = (evidence: SignalEvidence): number => Math.log(1 + evidence.evidence);

const isRise = (evidence: SignalEvidence): boolean => evidence.direction === 'rise' && evidence.evidence >= LEAST_EVIDENCE;

const POOL = /pending_requests|connection|queue|pool/;

const sentence = (what: string, evidence: SignalEvidence): string =>
  `${what} ${readable(evidence.observed, evidence.unit)}, expected ${readable(evidence.expected, evidence.unit)}`;

/** What a service's own signals say about it, apart from what its callees did to it. */
const ownEvidence = (service: string, all: readonly SignalEvidence[], silent: ReadonlySet<string>): ServiceEvidence => {
  const because: { strength: number; text: string }[] = [];
  const add = (weight: number, evidence: SignalEvidence, what: string): void => {
    because.push({ strength: weight * strength(evidence), text: sentence(what, evidence) });
  };
  for (const item of all) {
    if (item.scope.kind === 'edge') {
      if (item.scope.callee !== service || !isRise(item)) continue;
      // Time between a client and its server, and errors of a server that says nothing itself, are charged to the callee.
      if (item.name === 'gap' && logRatio(item) >= LEAST_LOG_RATIO) add(0.5, item, `time between ${item.service} and ${service}`);
      if (item.name === 'errors' && silent.has(service)) add(1, item, `errors seen by ${item.service}`);
      continue;
    }
    if (item.service !== service) continue;
    if (item.name === 'requests' && item.scope.kind === 'service' && item.direction === 'fall' && item.evidence >= LEAST_EVIDENCE) {
      add(0.25, item, 'requests');
    }
    if (!isRise(item)) continue;
    if (item.scope.kind === 'service') {
      if (item.name === 'self_duration' && logRatio(item) >= LEAST_LOG_RATIO) add(1, item, 'time spent in the service itself');
      if (item.name === 'origin_errors') add(1.25, item, 'errors that begin here');
      if (item.name === 'declined') add(0.25, item, 'declined');
    }
    if (item.scope.kind === 'resource' && POOL.test(item.name)) add(0.5, item, item.name);
  }
  if (silent.has(service)) because.push({ strength: 1, text: 'sends no telemetry while its callers still call it' });
  because.sort((a, b) => b.strength - a.strength);
  return { service, own: because.reduce((sum, reason) => sum + reason.strength, 0), because };
};

/** 0..1: how surely something is wrong at or below a service, without the reasons of its callers. */
const certainty = (own: number): number => own / (own + 1);

/** Services reachable from `service` by calls, nearest first; the graph may have cycles. */
const dependenciesOf = (service: string, graph: ServiceGraph): readonly string[] => {
  const seen = new Set<string>([service]);
  const queue = [service];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const edge of graph.edges) {
      if (edge.caller !== next || seen.has(edge.callee)) continue;
      seen.add(edge.callee);
      queue.push(edge.callee);
    }
  }
  seen.delete(service);
  return [...seen];
};

/**
 * Services ranked as causes. A caller whose dependency is itself anomalous is explained by it: a slow callee
 * occupies the caller's workers, so the caller's own queueing rises too and would otherwise be blamed (the
 * traversal of the PetShop baseline: keep anomalous nodes with no anomalous dependency below them).
 */
export const rankServices = (
  all: readonly SignalEvidence[],
  graph: ServiceGraph,
  silent: ReadonlySet<string> = new Set(),
): readonly Suspect[] => {
  const services = new Set<string>([...graph.services, ...all.map((item) => item.service)]);
  const own = new Map<string, ServiceEvidence>();
  for (const service of services) own.set(service, ownEvidence(service, all, silent));
  const suspects: Suspect[] = [];
  for (const { service, own: strengthOfOwn, because } of own.values()) {
    if (strengthOfOwn <= 0) continue;
    const explained = dependenciesOf(service, graph).reduce((most, callee) => Math.max(most, certainty(own.get(callee)?.own ?? 0)), 0);
    suspects.push({
      kind: 'service',
      service,
      parts: {},
      label: service,
      score: strengthOfOwn * (1 - EXPLAINED_BY_CALLEE * explained),
      share: 0,
      because: because.map((reason) => reason.text),
    });
  }
  return suspects.sort((a, b) => b.score - a.score || (a.service < b.service ? -1 : 1));
};
