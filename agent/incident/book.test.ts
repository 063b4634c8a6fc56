import { describe, expect, it } from 'vitest';
import type { Finding } from '../../detectors/finding.ts';
import { advanceIncidents, emptyIncidentBook, type IncidentBook, type IncidentTick, isLive } from './book.ts';

const OPTIONS = { stepMs: 1000, quietSteps: 5, keep: 10 };
const graph = { services: ['gateway', 'ledger', 'reports'], edges: [{ caller: 'gateway', callee: 'ledger', rate: 5, inferred: false }] };

const finding = (service: string, at: number): Finding => ({
  detector: 'seasonal',
  signal: `default|${service}|duration|`,
  tenant: 'default',
  service,
  name: 'duration',
  at,
  since: at - 2000,
  direction: 'rise',
  harmful: true,
  harm: 'rise',
  observed: 1,
  expected: 0.1,
  lower: 0.05,
  upper: 0.2,
  unit: 's',
  pValue: 1e-5,
  evidence: 7,
  contributions: [],
  because: `${service} is slow`,
});

const run = (ticks: readonly Partial<IncidentTick>[]): { readonly book: IncidentBook; readonly kinds: readonly string[] } => {
  let book = emptyIncidentBook;
  const kinds: string[] = [];
  ticks.forEach((tick, second) => {
    const result = advanceIncidents(book, { now: second * 1000, findings: [], graph, changes: [], silent: new Set(), ...tick }, OPTIONS);
    book = result.book;
    kinds.push(...result.transitions.map((transition) => transition.kind));
  });
  return { book, kinds };
};

describe('the book of incidents', () => {
  it('makes one incident of a caller and a callee that go wrong together, and two of strangers', () => {
    expect(run([{ findings: [finding('gateway', 0), finding('ledger', 0)] }]).book.incidents).toHaveLength(1);
    expect(run([{ findings: [finding('ledger', 0), finding('reports', 0)] }]).book.incidents).toHaveLength(2);
  });

  it('resolves after five quiet steps and not before', () => {
    const quiet = Array.from({ length: 4 }, () => ({}));
    expect(run([{ findings: [finding('ledger', 0)] }, ...quiet]).kinds).toEqual(['opened']);
    expect(run([{ findings: [finding('ledger', 0)] }, ...quiet, {}]).kinds).toEqual(['opened', 'resolved']);
  });

  it('does not resolve while the service says nothing at all', () => {
    const silent = Array.from({ length: 20 }, () => ({ silent: new Set(['ledger']) }));
    expect(run([{ findings: [finding('ledger', 0)] }, ...silent]).book.incidents.filter(isLive)).toHaveLength(1);
  });

  it('does not call over what people were told of, because another incident took the group that it stands in', () => {
    const edge = (caller: string, callee: string) => ({ caller, callee, rate: 5, inferred: false });
    const apart = { services: graph.services, edges: [] };
    const joined = { services: graph.services, edges: [edge('gateway', 'ledger')] };
    let book = run([{ findings: [finding('gateway', 0), finding('ledger', 0)], graph: apart }]).book;
    book = { ...book, incidents: book.incidents.map((incident) => ({ ...incident, state: 'open', pagedAt: 0 })) };
    const kinds: string[] = [];
    for (let second = 1; second < 20; second += 1) {
      const findings = [finding('gateway', 1000 * second), finding('ledger', 1000 * second)];
      const tick = { now: 1000 * second, findings, graph: joined, changes: [], silent: new Set<string>() };
      const advanced = advanceIncidents(book, tick, OPTIONS);
      book = advanced.book;
      kinds.push(...advanced.transitions.map(({ kind }) => kind));
    }
    expect(kinds).toEqual([]);
    expect(book.incidents.filter(isLive)).toHaveLength(2);
  });

  it('keeps the earliest onset while it watches', () => {
    const { book } = run([{ findings: [finding('ledger', 5000)] }, { findings: [{ ...finding('gateway', 6000), since: 1000 }] }]);
    expect(book.incidents[0]?.startedAt).toBe(1000);
  });

  it('opens nothing for what is odd and harmless, and is not dated or kept open by it', () => {
    const harmless = (at: number): Finding => ({ ...finding('ledger', at), name: 'duration_p95', harmful: false, since: 0 });
    expect(run([{ findings: [harmless(0)] }]).book.incidents).toEqual([]);
    const { book, kinds } = run([
      ...Array.from({ length: 30 }, (_, second) => ({ findings: [harmless(second * 1000)] })),
      { findings: [harmless(30_000), finding('ledger', 30_000)] },
      ...Array.from({ length: 6 }, (_, second) => ({ findings: [harmless(31_000 + second * 1000)] })),
    ]);
    expect(book.incidents[0]?.startedAt).toBe(28_000);
    expect(kinds).toEqual(['opened', 'resolved']);
  });

  it('makes one story of a provider and an entry two calls away, although the router between them is not odd', () => {
    const chain = {
      services: ['gateway', 'router', 'psp'],
      edges: [
        { caller: 'gateway', callee: 'router', rate: 5, inferred: false },
        { caller: 'router', callee: 'psp', rate: 5, inferred: false },
      ],
    };
    expect(run([{ graph: chain, findings: [finding('gateway', 0), finding('psp', 0)] }]).book.incidents).toHaveLength(1);
  });
});
