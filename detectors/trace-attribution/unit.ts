import { answersOnly, type Callees, operationKey } from './callees.ts';
import type { SpanNode } from './span.ts';

/**
 * What time and errors are attributed to. `own`: the work of an operation, without its children. `network`: between a
 * call and its answer (client span minus server span), queueing at the callee's door included. `unanswered`: a call whose
 * server span never came: network, an unavailable callee, or a callee whose telemetry is missing.
 */
export interface Unit {
  readonly kind: 'own' | 'network' | 'unanswered';
  readonly service: string;
  readonly operation: string;
  /** Who was called; empty for own work. */
  readonly callee: string;
}

/** What did not fit into the bound of a profile. */
export const OTHER_UNIT: Unit = { kind: 'own', service: '__overflow__', operation: '', callee: '' };

export const unitKey = ({ kind, service, operation, callee }: Unit): string => `${kind}\u0000${service}\u0000${operation}\u0000${callee}`;

export const unitOf = (node: SpanNode, callees: Callees): Unit => {
  const { service, operation, kind } = node.span;
  const callee = callees.get(operationKey(service, operation));
  if (callee === undefined || (kind !== 'unset' && kind !== 'client')) return { kind: 'own', service, operation, callee: '' };
  if (answersOnly(node)) return { kind: 'network', service, operation, callee: node.children[0]?.span.service ?? callee };
  return node.children.length === 0 ? { kind: 'unanswered', service, operation, callee } : { kind: 'own', service, operation, callee: '' };
};

/** Who is charged for a unit: the network to a callee and what it never answered count for the callee. */
export const chargedService = (unit: Unit): string => (unit.kind === 'own' ? unit.service : unit.callee);

/** "ledger own time", "network to ledger", "calls to ledger without an answer". */
export const unitLabel = (unit: Unit): string =>
  unit.kind === 'own'
    ? `${unit.service} own time`
    : unit.kind === 'network'
      ? `network to ${unit.callee}`
      : `calls to ${unit.callee} that nothing answered`;
