import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignClocks } from './align.ts';
import { assembleTraces } from './assemble.ts';
import { partitionTime } from './critical-path.ts';
import type { SpanNode, TracedSpan } from './span.ts';
import { type Told, told } from './traces.fixture.ts';

const rootOf = (spans: readonly TracedSpan[]): SpanNode => assembleTraces(spans).roots[0] as SpanNode;

const timeBy = (root: SpanNode): Record<string, number> => {
  const by: Record<string, number> = {};
  partitionTime(root, ({ span }, ms) => {
    if (ms === 0) return;
    const key = `${span.service} ${span.operation}`;
    by[key] = (by[key] ?? 0) + ms;
  });
  return by;
};

describe('the time of a request', () => {
  it('is what each span did while none of its children was at work', () => {
    const root = rootOf(
      told('t', {
        service: 'a',
        from: 0,
        ms: 100,
        below: [
          { service: 'a', operation: 'x', from: 10, ms: 30 },
          { service: 'a', operation: 'y', from: 60, ms: 20 },
        ],
      }),
    );
    expect(timeBy(root)).toEqual({ 'a handle': 50, 'a x': 30, 'a y': 20 });
  });

  it('goes to the call that ended last where two ran side by side, and to the other for what is left', () => {
    const root = rootOf(
      told('t', {
        service: 'a',
        from: 0,
        ms: 100,
        below: [
          { service: 'a', operation: 'x', from: 10, ms: 50 },
          { service: 'a', operation: 'y', from: 30, ms: 60 },
        ],
      }),
    );
    expect(timeBy(root)).toEqual({ 'a handle': 20, 'a x': 20, 'a y': 60 });
  });

  it('is not spent on what nobody waited for: a job that outlives its parent, a consumer of a message', () => {
    const root = rootOf(
      told('t', {
        service: 'a',
        from: 0,
        ms: 100,
        below: [
          { service: 'a', operation: 'flush', from: 20, ms: 500 },
          { service: 'b', operation: 'consume', kind: 'consumer', from: 30, ms: 40 },
        ],
      }),
    );
    expect(timeBy(root)).toEqual({ 'a handle': 100 });
  });

  it('of a callee that worked on after its caller gave up counts as long as the caller waited', () => {
    const root = rootOf(told('t', { service: 'a', from: 0, ms: 100, below: [{ service: 'b', from: 0, ms: 5_000 }] }));
    alignClocks(root);
    expect(timeBy(root)).toEqual({ 'b handle': 100 });
  });
});

describe('clocks that differ between hosts', () => {
  it('move a server into the call that waited for it, with everything below it, and change no duration', () => {
    const call: Told = { service: 'a', operation: 'call', from: 10, ms: 60, below: [] };
    const server: Told = { service: 'b', from: 10_000, ms: 40, below: [{ service: 'b', operation: 'sql', from: 10_010, ms: 20 }] };
    const root = rootOf(told('t', { service: 'a', from: 0, ms: 100, below: [{ ...call, below: [server] }] }));
    alignClocks(root);
    expect(timeBy(root)).toEqual({ 'a handle': 40, 'a call': 20, 'b handle': 20, 'b sql': 20 });
    const moved = root.children[0]?.children[0] as SpanNode;
    expect([moved.startMs, moved.endMs]).toEqual([20, 60]);
  });
});

describe('any tree whatever', () => {
  const node = fc.record({
    parent: fc.nat({ max: 30 }),
    service: fc.constantFrom('a', 'b', 'c'),
    kind: fc.constantFrom('server' as const, 'client' as const, 'internal' as const, 'consumer' as const, 'unset' as const),
    from: fc.integer({ min: -50, max: 200 }),
    ms: fc.integer({ min: 0, max: 200 }),
  });
  /** Each hangs below one that came before it. */
  const tree = fc.array(node, { minLength: 1, maxLength: 12 }).map((nodes) =>
    nodes.map(
      ({ parent, service, kind, from, ms }, at): TracedSpan => ({
        trace: 't',
        span: `${at}`,
        parent: at === 0 ? '' : `${parent % at}`,
        service,
        operation: 'x',
        kind,
        startMs: from,
        durationMs: ms,
        failed: false,
      }),
    ),
  );

  /** The slow way: millisecond by millisecond, ask who was waited for. All times are whole. */
  const ownerAt = (node: SpanNode, at: number): SpanNode => {
    let best: SpanNode | undefined;
    for (const child of node.children) {
      if (child.span.kind === 'consumer' || (child.span.service === node.span.service && child.endMs > node.endMs + 0.1)) continue;
      if (child.startMs > at || child.endMs <= at) continue;
      const later = best === undefined || child.endMs > best.endMs || (child.endMs === best.endMs && child.startMs < best.startMs);
      const sameButFirst =
        best !== undefined && child.endMs === best.endMs && child.startMs === best.startMs && child.span.span < best.span.span;
      if (later || sameButFirst) best = child;
    }
    return best === undefined ? node : ownerAt(best, at);
  };

  it('gives every millisecond to the one span that a count of milliseconds gives it to', () => {
    fc.assert(
      fc.property(tree, (given) => {
        const root = rootOf(given);
        const counted = new Map<string, number>();
        for (let at = root.startMs; at < root.endMs; at += 1) {
          const owner = ownerAt(root, at).span.span;
          counted.set(owner, (counted.get(owner) ?? 0) + 1);
        }
        const ours = new Map<string, number>();
        partitionTime(root, ({ span }, ms) => ms > 0 && ours.set(span.span, ms));
        expect(ours).toEqual(counted);
      }),
    );
  });

  it('adds up to the duration of its root, clocks aligned or not', () => {
    fc.assert(
      fc.property(tree, fc.boolean(), (given, aligned) => {
        const root = rootOf(given);
        if (aligned) alignClocks(root);
        let sum = 0;
        partitionTime(root, (_, ms) => {
          expect(ms).toBeGreaterThanOrEqual(0);
          sum += ms;
        });
        expect(sum).toBeCloseTo(root.span.durationMs, 9);
      }),
    );
  });
});
