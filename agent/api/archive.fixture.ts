import { fail, succeed } from '../../core/outcome.ts';
import type { DecisionKind } from '../audit/decision-record.ts';
import type { Archive } from './archive.ts';
import type { AgentState, DecisionSummary } from './contract.ts';

const KINDS: readonly DecisionKind[] = ['page', 'suppressed', 'scale', 'resolve'];

const decisions: readonly DecisionSummary[] = Array.from({ length: 9 }, (_unused, index) => ({
  sequence: 9 - index,
  id: `d-${9 - index}`,
  at: 9_000 - index,
  kind: KINDS[index % KINDS.length] as DecisionKind,
  subject: 'gateway',
  summary: 'told',
  outcome: 'page: harm',
}));

/** A disk with the signals of a state and nine decisions on it. */
export const fixtureArchive = (state: AgentState): Archive => ({
  signals: () =>
    state.signals.map(({ key, service, name, unit }) => ({
      key,
      service,
      name,
      unit,
      scope: { kind: 'service' },
      kind: 'rate',
      harm: 'fall',
    })),
  steps(wanted, from, to, limit) {
    const series = state.signals.find(({ key }) => key === wanted);
    if (series === undefined) return undefined;
    const { key, service, name, unit } = series;
    const steps = Math.min(limit, Math.ceil((to - from) / 1_000));
    const values = Array.from({ length: steps }, (_unused, index) => (index % 7 === 3 ? null : index));
    const facts = { key, service, name, unit, scope: { kind: 'service' }, kind: 'rate', stepSeconds: 1 } as const;
    return { ...facts, from, to: from + 1_000 * steps, values, weights: values.map((value) => (value === null ? 0 : 1)) };
  },
  async decisions({ before, limit, kind, subject }) {
    const listed = decisions.filter(
      (decision) =>
        decision.sequence < (before ?? 10) &&
        decision.kind === (kind ?? decision.kind) &&
        decision.subject === (subject ?? decision.subject),
    );
    const items = listed.slice(0, limit);
    return { items, next: listed.length > limit ? items.at(-1)?.sequence : undefined };
  },
  async decision(wanted) {
    const found = decisions.find(({ id }) => id === wanted);
    if (found === undefined) return fail('DECISION_NOT_FOUND', `no decision has the id ${JSON.stringify(wanted)}`);
    const { sequence, id, at, kind, subject } = found;
    const versions = { foreshock: '0.1.0', node: 'v20', config: 'c'.repeat(64) };
    const hashes = { previousHash: '0'.repeat(64), hash: '1'.repeat(64) };
    return succeed({ sequence, id, at, kind, tenant: 'default', subject, inputs: { now: at }, output: [null], versions, ...hashes });
  },
});
