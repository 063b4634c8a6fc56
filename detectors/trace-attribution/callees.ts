import { type SpanNode, TRACE_ATTRIBUTION, type TraceAttributionConstants } from './span.ts';

/** Operations of a caller that stand for a call, and the service that answers. */
export type Callees = ReadonlyMap<string, string>;

export const operationKey = (service: string, operation: string): string => `${service}\u0000${operation}`;

interface Answers {
  spans: number;
  remoteOnly: number;
  readonly by: Map<string, number>;
}

const mostFrequent = (counts: ReadonlyMap<string, number>): string =>
  [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? '';

/** Whether children of another service are all a span has: then it waited for an answer and did nothing else. */
export const answersOnly = ({ span, children }: SpanNode): boolean =>
  children.length > 0 && children.every((child) => child.span.service !== span.service && child.span.kind !== 'consumer');

/**
 * Which operations are calls, and of whom, learned from the spans that were answered: an unanswered call names nobody
 * itself. Learned from reference and present together, so that a call means the same in both.
 */
export const learnCallees = (
  windows: readonly (readonly SpanNode[])[],
  constants: TraceAttributionConstants = TRACE_ATTRIBUTION,
): Callees => {
  const seen = new Map<string, Answers>();
  const pending = windows.flat();
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    pending.push(...node.children);
    const { kind, service, operation } = node.span;
    if (node.children.length === 0 || (kind !== 'unset' && kind !== 'client')) continue;
    const key = operationKey(service, operation);
    const answers = seen.get(key) ?? { spans: 0, remoteOnly: 0, by: new Map<string, number>() };
    seen.set(key, answers);
    answers.spans += 1;
    if (!answersOnly(node)) continue;
    answers.remoteOnly += 1;
    for (const child of node.children) answers.by.set(child.span.service, (answers.by.get(child.span.service) ?? 0) + 1);
  }
  const callees = new Map<string, string>();
  for (const [key, { spans, remoteOnly, by }] of seen) {
    if (remoteOnly > 0 && remoteOnly >= constants.callShare * spans) callees.set(key, mostFrequent(by));
  }
  return callees;
};
