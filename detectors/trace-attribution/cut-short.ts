import { type Callees, operationKey } from './callees.ts';
import { type SpanNode, TRACE_ATTRIBUTION, type TraceAttributionConstants } from './span.ts';

/** An operation whose spans stop after fewer of their children than before: what is left of a failure without a status. */
export interface CutShort {
  readonly service: string;
  readonly operation: string;
  /** Operation of the last child before the end; undefined where there was none. */
  readonly after: string | undefined;
  /** Share of the operation's spans that end so, before and now. */
  readonly before: number;
  readonly now: number;
  /** By how many standard errors it is more. */
  readonly deviations: number;
  /** Who is charged; undefined where a deeper span is cut short itself. */
  readonly charged: string | undefined;
}

/** Which children a span had, and which of them began last. */
interface Shape {
  readonly children: ReadonlySet<string>;
  readonly byLast: Map<string, number>;
}

interface Operation {
  readonly service: string;
  readonly operation: string;
  spans: number;
  readonly shapes: Map<string, Shape>;
  /** Operations that answered it, where it is a call. */
  readonly answeredBy: Set<string>;
}

const NO_CHILD = '';

const keyOf = ({ span }: SpanNode): string => operationKey(span.service, span.operation);

const operationsOf = (roots: readonly SpanNode[]): ReadonlyMap<string, Operation> => {
  const operations = new Map<string, Operation>();
  const pending = [...roots];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    pending.push(...node.children);
    const { service, operation } = node.span;
    const key = keyOf(node);
    const known = operations.get(key) ?? { service, operation, spans: 0, shapes: new Map(), answeredBy: new Set() };
    operations.set(key, known);
    known.spans += 1;
    const children = new Set(node.children.map(keyOf));
    for (const child of node.children) if (child.span.service !== service) known.answeredBy.add(keyOf(child));
    const signature = [...children].sort().join('\u0001');
    const shape = known.shapes.get(signature) ?? { children, byLast: new Map() };
    known.shapes.set(signature, shape);
    const last = node.children.at(-1);
    const lastKey = last === undefined ? NO_CHILD : keyOf(last);
    shape.byLast.set(lastKey, (shape.byLast.get(lastKey) ?? 0) + 1);
  }
  return operations;
};

const isPartOf = (part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean =>
  part.size < whole.size && [...part].every((key) => whole.has(key));

/** Spans by their last child, of the shapes that lack something of a shape known from before. */
const partial = (operation: Operation, known: readonly Shape[]): ReadonlyMap<string, number> => {
  const byLast = new Map<string, number>();
  for (const { children, byLast: counts } of operation.shapes.values()) {
    if (!known.some((shape) => isPartOf(children, shape.children))) continue;
    for (const [last, count] of counts) byLast.set(last, (byLast.get(last) ?? 0) + count);
  }
  return byLast;
};

interface Found extends Omit<CutShort, 'charged' | 'after'> {
  readonly key: string;
  readonly last: string;
}

const foundIn = (key: string, was: Operation, is: Operation, constants: TraceAttributionConstants): readonly Found[] => {
  if (was.spans < constants.leastSpans || is.spans < constants.leastSpans) return [];
  const known = [...was.shapes.values()];
  const usual = partial(was, known);
  return [...partial(is, known)].flatMap(([last, count]) => {
    const old = usual.get(last) ?? 0;
    const [before, now] = [old / was.spans, count / is.spans];
    const pooled = (old + count) / (was.spans + is.spans);
    const variance = pooled * (1 - pooled) * (1 / was.spans + 1 / is.spans) + constants.shapeNoise * constants.shapeNoise;
    const deviations = (now - before) / Math.sqrt(variance);
    const { service, operation } = is;
    return deviations > constants.cutDeviations ? [{ key, service, operation, last, before, now, deviations }] : [];
  });
};

/**
 * Who cut a span short. Nothing below it, or work of its own service last: the service itself, unless that work is cut
 * short and is charged instead. A call last: whoever made it, unless two services stop right after calling the same
 * operation: then what they both called.
 */
const chargeOf = (
  found: Found,
  all: readonly Found[],
  operations: ReadonlyMap<string, Operation>,
  callees: Callees,
): string | undefined => {
  if (found.last === NO_CHILD) return found.service;
  const callee = callees.get(found.last);
  if (callee === undefined) return all.some(({ key }) => key === found.last) ? undefined : found.service;
  const answeredBy = operations.get(found.last)?.answeredBy ?? new Set<string>();
  if (all.some(({ key }) => answeredBy.has(key))) return undefined;
  const sameAnswer = ({ last }: Found): boolean => [...(operations.get(last)?.answeredBy ?? [])].some((key) => answeredBy.has(key));
  return new Set(all.filter(sameAnswer).map(({ service }) => service)).size >= 2 ? callee : found.service;
};

/**
 * Operations cut short since the reference, surest first. A code path that returns early or throws makes a request
 * faster, not slower; where nobody records a status, the calls it no longer makes are what shows.
 */
export const findCutShort = (
  reference: readonly SpanNode[],
  current: readonly SpanNode[],
  callees: Callees,
  constants: TraceAttributionConstants = TRACE_ATTRIBUTION,
): readonly CutShort[] => {
  const before = operationsOf(reference);
  const now = operationsOf(current);
  const all = [...now].flatMap(([key, is]) => {
    const was = before.get(key);
    return was === undefined ? [] : foundIn(key, was, is, constants);
  });
  return all
    .map((found) => {
      const { service, operation, last, before: was, now: is, deviations } = found;
      const after = (before.get(last) ?? now.get(last))?.operation;
      return { service, operation, after, before: was, now: is, deviations, charged: chargeOf(found, all, before, callees) };
    })
    .sort((a, b) => b.deviations - a.deviations || (operationKey(a.service, a.operation) < operationKey(b.service, b.operation) ? -1 : 1));
};
