import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleTraces } from './assemble.ts';
import { type Attribution, attributeErrors, attributeLatency } from './attribute.ts';
import { learnCallees } from './callees.ts';
import { chargeServices } from './charge.ts';
import { describeLatency } from './describe.ts';
import { profileTraces, type TraceProfile } from './profile.ts';
import type { TracedSpan } from './span.ts';
import { payment, told } from './traces.fixture.ts';

type Requests = readonly (readonly TracedSpan[])[];

const profiles = (before: Requests, after: Requests): readonly [TraceProfile, TraceProfile] => {
  const old = assembleTraces(before.flat());
  const now = assembleTraces(after.flat());
  const callees = learnCallees([old.roots, now.roots]);
  return [profileTraces(old, callees), profileTraces(now, callees)];
};

const latency = (before: Requests, after: Requests): Attribution => attributeLatency(...profiles(before, after)) as Attribution;
const errors = (before: Requests, after: Requests): Attribution => attributeErrors(...profiles(before, after)) as Attribution;

const payments = (count: number, of: (at: number) => readonly [number, number, number, number?]): Requests =>
  Array.from({ length: count }, (_, at) => payment(`${at}`, ...of(at)));

const said = ({ terms }: Attribution): readonly string[] =>
  terms.map(({ part, unit, change }) => `${part} ${unit.kind} ${unit.kind === 'own' ? unit.service : unit.callee} ${change.toFixed(0)}`);

describe('a slower payment', () => {
  it('is told as what it is made of: the ledger itself, the network to it, and more calls', () => {
    const change = latency(
      payments(10, () => [20, 10, 100]),
      payments(10, () => [20, 30, 300, 2]),
    );
    expect(change.before).toBeCloseTo(130);
    expect(change.after).toBeCloseTo(680);
    expect(said(change)).toEqual(['time own ledger 400', 'calls own ledger 100', 'time network ledger 40', 'calls network ledger 10']);
    expect(describeLatency('gateway', change)).toBe('of +550 ms at gateway: 73 % ledger own time, 20 % more calls, 7 % network to ledger');
  });

  it('whose callee stops answering is charged to that callee', () => {
    const unanswered = payments(10, () => [20, 10, 1_000]).map((spans) => spans.filter(({ service }) => service !== 'ledger'));
    const change = latency(
      payments(10, () => [20, 10, 100]),
      unanswered,
    );
    expect(said(change)[0]).toBe('calls unanswered ledger 1010');
    expect(chargeServices(change)[0]).toMatchObject({ service: 'ledger', change: 900, share: 1 });
  });

  it('comes from other operations when none of them is slower itself', () => {
    const of = (trace: string, operation: string, ms: number): readonly TracedSpan[] =>
      told(trace, { service: 'gateway', operation, from: 0, ms });
    const mixed = (slow: number): Requests =>
      Array.from({ length: 10 }, (_, at) => (at < slow ? of(`${at}`, 'report', 500) : of(`${at}`, 'pay', 100)));
    const change = latency(mixed(1), mixed(6));
    expect(change.change).toBeCloseTo(200);
    expect(new Set(change.terms.map(({ part }) => part))).toEqual(new Set(['mix']));
  });

  it('waits for a caller that is slow to everybody: then the gaps are the caller, not its callees', () => {
    const shop = (trace: string, gap: number): readonly TracedSpan[] =>
      told(trace, {
        service: 'gateway',
        from: 0,
        ms: 20 + 3 * (10 + gap),
        below: ['ledger', 'risk', 'router'].map((callee, at) => ({
          service: 'gateway',
          operation: `call ${callee}`,
          from: 10 + at * (10 + gap),
          ms: 10 + gap,
          below: [{ service: callee, from: 10 + at * (10 + gap) + gap / 2, ms: 10 }],
        })),
      });
    const many = (gap: number): Requests => Array.from({ length: 20 }, (_, at) => shop(`${at}`, gap + (at % 3)));
    const change = latency(many(2), many(40));
    expect(chargeServices(change)[0]?.service).not.toBe('gateway');
    expect(chargeServices(change, 'likelier-end')[0]).toMatchObject({ service: 'gateway', share: 1 });
    expect(chargeServices(latency(many(2), many(2)), 'likelier-end')).toEqual([]);
  });
});

describe('failed payments', () => {
  const failing = (trace: string, ledgerFails: boolean, callFails: boolean): readonly TracedSpan[] =>
    payment(trace, 20, 10, 100).map((span) => ({
      ...span,
      failed: span.kind === 'server' && span.service === 'ledger' ? ledgerFails : callFails,
    }));

  it('are charged to the deepest span that failed, and to the network where the callee says it was well', () => {
    const before = Array.from({ length: 10 }, (_, at) => failing(`${at}`, false, false));
    const after = Array.from({ length: 10 }, (_, at) => failing(`${at}`, at < 3, at < 5));
    const change = errors(before, after);
    expect(change.change).toBeCloseTo(0.5);
    expect(change.terms.map(({ unit, share }) => [unit.kind, unit.kind === 'own' ? unit.service : unit.callee, share])).toEqual([
      ['own', 'ledger', 0.6],
      ['network', 'ledger', 0.4],
    ]);
  });

  it('that a second attempt saved are no failures, and of two failed attempts the last is charged', () => {
    const attempts = (first: boolean, second: boolean): readonly TracedSpan[] =>
      told('t', {
        service: 'router',
        from: 0,
        ms: 100,
        failed: first && second,
        below: [
          { service: 'psp-north', from: 10, ms: 30, failed: first },
          { service: 'psp-south', from: 50, ms: 30, failed: second },
        ],
      });
    expect(errors([attempts(false, false)], [attempts(true, false)]).change).toBe(0);
    const [term] = errors([attempts(false, false)], [attempts(true, true)]).terms;
    expect(term).toMatchObject({ part: 'failures', change: 1, unit: { service: 'psp-south' } });
  });
});

describe('spans as exporters send them', () => {
  it('say the same in any order and sent twice', () => {
    const before = payments(6, (at) => [20 + at, 10, 100]);
    const after = payments(6, (at) => [20, 10 + at, 200, 1 + (at % 2)]);
    const expected = latency(before, after);
    fc.assert(
      fc.property(fc.shuffledSubarray([...after.flat(), ...after.flat()], { minLength: after.flat().length * 2 }), (spans) => {
        expect(latency(before, [spans])).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('that never come leave their time with the caller, and halves of requests are no requests', () => {
    const whole = payments(4, () => [20, 10, 100]).flat();
    const lost = assembleTraces(whole.filter(({ operation }) => operation !== 'POST /entries'));
    expect(lost.orphans).toBe(4);
    expect(lost.roots.map(({ children }) => children.length)).toEqual([0, 0, 0, 0]);
    expect(assembleTraces(whole.filter(({ parent }) => parent !== '')).roots).toEqual([]);
  });

  it('with circles, with themselves as parents, with no time: nothing hangs and nothing is NaN', () => {
    const span = (id: string, parent: string, durationMs: number): TracedSpan => ({
      ...(payment('t', 1, 1, 1)[0] as TracedSpan),
      span: id,
      parent,
      durationMs,
    });
    const assembled = assembleTraces([
      span('a', 'b', 1),
      span('b', 'a', 1),
      span('c', 'c', 1),
      span('d', '', Number.NaN),
      span('e', '', -1),
    ]);
    expect(assembled).toEqual({ roots: [], orphans: 3, duplicates: 0, invalid: 2 });
    expect(attributeLatency(...profiles([], []))).toBeUndefined();
  });
});

describe('any two windows of requests', () => {
  const request = fc.tuple(fc.nat({ max: 500 }), fc.nat({ max: 500 }), fc.nat({ max: 500 }), fc.nat({ max: 3 }), fc.boolean());
  const windows = fc.array(request, { minLength: 1, maxLength: 8 });
  const spansOf = (requests: readonly (readonly [number, number, number, number, boolean])[]): Requests =>
    requests.map(([own, network, ledger, calls, fails], at) =>
      payment(`${at}`, own, network, ledger, calls).map((span) => ({
        ...span,
        failed: fails,
        operation: span.parent === '' && own % 2 === 0 ? 'refund' : span.operation,
      })),
    );

  it('differ by exactly the sum of the terms, in latency and in errors', () => {
    fc.assert(
      fc.property(windows, windows, (before, after) => {
        for (const change of [latency(spansOf(before), spansOf(after)), errors(spansOf(before), spansOf(after))]) {
          const sum = change.terms.reduce((total, term) => total + term.change, 0);
          expect(sum).toBeCloseTo(change.change, 8);
          if (Math.abs(change.change) > 1e-6) expect(change.terms.reduce((total, term) => total + term.share, 0)).toBeCloseTo(1, 6);
          expect(chargeServices(change).reduce((total, each) => total + each.change, 0)).toBeCloseTo(change.change, 8);
        }
      }),
    );
  });
});
