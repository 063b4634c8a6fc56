import { isAsynchronous } from './align.ts';
import { type SpanNode, TRACE_ATTRIBUTION, type TraceAttributionConstants } from './span.ts';

const byEndDescending = (a: SpanNode, b: SpanNode): number =>
  b.endMs - a.endMs || a.startMs - b.startMs || (a.span.span < b.span.span ? -1 : 1);

/**
 * Every instant of a request given to exactly one span, so that the parts sum to the duration of the root: from the end
 * of a span back to the child that ended last, through it to its start, and on with what had ended by then (the critical
 * path as CRISP and Jaeger draw it). What no child covers is the span's own: its duration minus the union of its
 * children. Of two children at work at once the one that ended later was waited for, the other counts for what is left.
 */
export const partitionTime = (
  root: SpanNode,
  give: (node: SpanNode, ownMs: number) => void,
  constants: TraceAttributionConstants = TRACE_ATTRIBUTION,
): void => {
  const pending: { readonly node: SpanNode; readonly from: number; readonly to: number }[] = [
    { node: root, from: root.startMs, to: root.endMs },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, from, to } = next;
    let reached = to;
    let own = 0;
    const waitedFor = node.children.filter((child) => !isAsynchronous(child, node, constants)).sort(byEndDescending);
    for (const child of waitedFor) {
      if (child.endMs <= from || reached <= from) break;
      if (child.startMs >= reached) continue;
      const end = Math.min(child.endMs, reached);
      const start = Math.max(child.startMs, from);
      own += reached - end;
      pending.push({ node: child, from: start, to: end });
      reached = start;
    }
    own += Math.max(0, reached - from);
    give(node, own);
  }
};
