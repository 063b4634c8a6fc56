import type { SpanKind, TracedSpan } from './span.ts';

/** A span written as people say it: who, what, when, how long, and the spans below it. */
export interface Told {
  readonly service: string;
  readonly operation?: string;
  readonly kind?: SpanKind;
  readonly from: number;
  readonly ms: number;
  readonly failed?: boolean;
  readonly below?: readonly Told[];
}

/** The spans of one request, parents before children. */
export const told = (trace: string, root: Told): readonly TracedSpan[] => {
  const spans: TracedSpan[] = [];
  const add = (each: Told, parent: string): void => {
    const span = `${spans.length + 1}`;
    spans.push({
      trace,
      span,
      parent,
      service: each.service,
      operation: each.operation ?? 'handle',
      kind: each.kind ?? 'unset',
      startMs: each.from,
      durationMs: each.ms,
      failed: each.failed ?? false,
    });
    for (const child of each.below ?? []) add(child, span);
  };
  add(root, '');
  return spans;
};

/** gateway calls ledger: its own work around a call that waits for an answer. */
export const payment = (trace: string, own: number, network: number, ledger: number, calls = 1): readonly TracedSpan[] => {
  const each = network + ledger;
  return told(trace, {
    service: 'gateway',
    operation: 'pay',
    kind: 'server',
    from: 0,
    ms: own + calls * each,
    below: Array.from({ length: calls }, (_, at) => ({
      service: 'gateway',
      operation: 'POST /entries',
      kind: 'client' as const,
      from: own / 2 + at * each,
      ms: each,
      below: [{ service: 'ledger', operation: 'post', kind: 'server' as const, from: own / 2 + at * each + network / 2, ms: ledger }],
    })),
  });
};
