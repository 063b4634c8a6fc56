import { type SpanNode, TRACE_ATTRIBUTION, type TraceAttributionConstants } from './span.ts';

const shift = (node: SpanNode, byMs: number): void => {
  const pending = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    next.startMs += byMs;
    next.endMs += byMs;
    pending.push(...next.children);
  }
};

/**
 * Clocks of two hosts differ by more than a call takes, so a span of another service is moved, with all below it, into
 * the span that waited for it: to its middle when it fits, since request and answer then travel equally long (as
 * Jaeger's adjuster does), to its start when it took longer than its caller waited. Only its place changes, never a
 * duration. A consumer's span is left where it is: nobody waited for it.
 */
export const alignClocks = (root: SpanNode): void => {
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const child of node.children) {
      pending.push(child);
      if (child.span.service === node.span.service || child.span.kind === 'consumer') continue;
      const room = node.endMs - node.startMs - (child.endMs - child.startMs);
      if (room < 0) shift(child, node.startMs - child.startMs);
      else if (child.startMs < node.startMs || child.endMs > node.endMs) shift(child, node.startMs + room / 2 - child.startMs);
    }
  }
};

/**
 * Whether the parent went on without waiting for this child. A message's consumer is never waited for. A child in the
 * same process that is still at work when its parent ends was not waited for either; one of another service was, for
 * as long as its caller had patience.
 */
export const isAsynchronous = (child: SpanNode, parent: SpanNode, constants: TraceAttributionConstants = TRACE_ATTRIBUTION): boolean =>
  child.span.kind === 'consumer' ||
  (child.span.service === parent.span.service && child.endMs > parent.endMs + constants.outlastToleranceMs);
