import type { SpanNode, TracedSpan } from './span.ts';

/** Requests as trees, and what could not be put into one. */
export interface AssembledTraces {
  readonly roots: readonly SpanNode[];
  /** Spans whose parent never arrived, with everything below them: their time stays with the span that called them. */
  readonly orphans: number;
  /** The same span sent twice; the longer counts, whichever came first. */
  readonly duplicates: number;
  /** Without a finite start or with a duration below zero. */
  readonly invalid: number;
}

const isValid = (span: TracedSpan): boolean => Number.isFinite(span.startMs) && span.durationMs >= 0 && Number.isFinite(span.durationMs);

const preferred = (a: SpanNode, b: SpanNode): boolean =>
  a.span.durationMs > b.span.durationMs || (a.span.durationMs === b.span.durationMs && a.span.startMs < b.span.startMs);

const byStart = (a: SpanNode, b: SpanNode): number =>
  a.startMs - b.startMs || a.endMs - b.endMs || (a.span.span < b.span.span ? -1 : a.span.span > b.span.span ? 1 : 0);

const sizeOf = (root: SpanNode): number => {
  let size = 0;
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    size += 1;
    pending.push(...node.children);
  }
  return size;
};

/**
 * Trees from spans in any order, from whatever exporter. A span whose parent is missing starts no request of its own: a
 * half of a request has half of its time. Forged circles of parents hang from no root and count as orphans.
 */
export const assembleTraces = (spans: Iterable<TracedSpan>): AssembledTraces => {
  const traces = new Map<string, Map<string, SpanNode>>();
  let valid = 0;
  let duplicates = 0;
  let invalid = 0;
  for (const span of spans) {
    if (!isValid(span)) {
      invalid += 1;
      continue;
    }
    const trace = traces.get(span.trace) ?? new Map<string, SpanNode>();
    traces.set(span.trace, trace);
    const node: SpanNode = { span, children: [], startMs: span.startMs, endMs: span.startMs + span.durationMs };
    const known = trace.get(span.span);
    if (known !== undefined) duplicates += 1;
    else valid += 1;
    if (known === undefined || preferred(node, known)) trace.set(span.span, node);
  }
  const roots: SpanNode[] = [];
  for (const trace of traces.values()) {
    for (const node of trace.values()) {
      if (node.span.parent === '') roots.push(node);
      else if (node.span.parent !== node.span.span) trace.get(node.span.parent)?.children.push(node);
    }
    for (const node of trace.values()) node.children.sort(byStart);
  }
  roots.sort((a, b) => byStart(a, b) || (a.span.trace < b.span.trace ? -1 : 1));
  const placed = roots.reduce((sum, root) => sum + sizeOf(root), 0);
  return { roots, orphans: valid - placed, duplicates, invalid };
};
