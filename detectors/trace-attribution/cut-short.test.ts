import { describe, expect, it } from 'vitest';
import { assembleTraces } from './assemble.ts';
import { learnCallees } from './callees.ts';
import { type CutShort, findCutShort } from './cut-short.ts';
import type { TracedSpan } from './span.ts';
import { type Told, told } from './traces.fixture.ts';

const call = (service: string, callee: string, from: number, answer: readonly Told[] = []): Told => ({
  service,
  operation: `to ${callee}`,
  from,
  ms: 10,
  below: [{ service: callee, from: from + 1, ms: 8, below: answer }],
});

/** checkout prices through catalog, charges through bank and writes a receipt; `upTo` steps of it. */
const checkout = (trace: string, upTo: number, catalogSteps = 1): readonly TracedSpan[] => {
  const catalog: readonly Told[] = [{ service: 'catalog', operation: 'sql', from: 2, ms: 3 }];
  const steps = [
    call('checkout', 'catalog', 0, catalog.slice(0, catalogSteps)),
    call('checkout', 'bank', 20),
    { service: 'checkout', operation: 'receipt', from: 40, ms: 5 },
  ];
  return told(trace, { service: 'checkout', from: 0, ms: 60, below: steps.slice(0, upTo) });
};

/** A search that only asks the catalog and then its own index. */
const search = (trace: string, upTo: number): readonly TracedSpan[] =>
  told(`s${trace}`, {
    service: 'search',
    from: 0,
    ms: 40,
    below: [
      call('search', 'catalog', 0, [{ service: 'catalog', operation: 'sql', from: 2, ms: 3 }]),
      { service: 'search', operation: 'index', from: 20, ms: 5 },
    ].slice(0, upTo),
  });

const many = (of: (at: number) => readonly TracedSpan[]): readonly TracedSpan[] => Array.from({ length: 60 }, (_, at) => of(at)).flat();

const cuts = (before: readonly TracedSpan[], after: readonly TracedSpan[]): readonly CutShort[] => {
  const [old, now] = [assembleTraces(before).roots, assembleTraces(after).roots];
  return findCutShort(old, now, learnCallees([old, now]));
};

const whole = many((at) => checkout(`${at}`, 3));

describe('a request that stops early without a status', () => {
  it('is charged to the service that stopped it, and says after what', () => {
    const found = cuts(
      whole,
      many((at) => checkout(`${at}`, at % 3 === 0 ? 2 : 3)),
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ service: 'checkout', after: 'to bank', before: 0, now: 1 / 3, charged: 'checkout' });
    expect(found[0]?.deviations).toBeGreaterThan(3);
  });

  it('is charged to the callee when it is the callee that stops early, or when two of its callers stop right after it', () => {
    const deeper = cuts(
      whole,
      many((at) => (at % 2 === 0 ? checkout(`${at}`, 1, 0) : checkout(`${at}`, 3))),
    );
    expect(deeper.flatMap(({ charged }) => charged ?? [])).toEqual(['catalog']);
    const calm = many((at) => [...checkout(`${at}`, 3), ...search(`${at}`, 2)]);
    const hit = many((at) => [...checkout(`${at}`, at % 2 === 0 ? 1 : 3), ...search(`${at}`, at % 2 === 0 ? 1 : 2)]);
    expect(new Set(cuts(calm, hit).map(({ charged }) => charged))).toEqual(new Set(['catalog']));
  });

  it('is nothing where it always did, nor in four spans, nor where a step is new', () => {
    const habit = many((at) => checkout(`${at}`, at % 3 === 0 ? 2 : 3));
    expect(cuts(habit, habit)).toEqual([]);
    expect(
      cuts(
        whole,
        [0, 1, 2, 3].flatMap((at) => checkout(`${at}`, 1)),
      ),
    ).toEqual([]);
    expect(
      cuts(
        many((at) => checkout(`${at}`, 2)),
        whole,
      ),
    ).toEqual([]);
  });
});
