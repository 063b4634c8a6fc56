import { beforeAll, describe, expect, it } from 'vitest';
import { lineOf } from '../../agent/audit/hash-chain.ts';
import { createReplayer } from '../../agent/audit/replay.ts';
import { DECISIONS } from '../../agent/decisions.ts';
import { OUTCOME, PAYMENTS, PROVIDER } from '../../core/business.ts';
import type { Signal } from '../../core/signal.ts';
import type { Finding } from '../../detectors/finding.ts';
import { DAY_SECONDS } from './payment-traffic.ts';
import { createSimulation, type Simulation, STORY_START } from './simulated-agent.ts';

const at = (day: number, second: number): number => day * DAY_SECONDS + second;
const AWAY = { from: at(3, 50), to: at(3, 70) };
const RUSH = { from: at(4, 50), to: at(4, 75) };
const STOPPED = { from: at(5, 56), to: at(5, 80) };
const STORY_END = at(6, 0);
/** From the first second without an approved payment to the page: evidence, a second look, and the second the step waits. */
const PAGED_WITHIN_STEPS = 8;

const secondOf = (instant: number | undefined): number => ((instant ?? Number.NaN) - STORY_START) / 1_000;

describe('payments that are counted from NATS, while HTTP telemetry is healthy', () => {
  let story: Simulation;
  beforeAll(async () => {
    story = await createSimulation({
      seed: 31_415,
      faults: [],
      changes: [],
      business: [
        { kind: 'nats-away', ...AWAY },
        { kind: 'more-payments', factor: 3, ...RUSH },
        { kind: 'no-approvals', provider: 'psp-a', ...STOPPED },
      ],
    });
    await story.runTo(STORY_END);
  }, 60_000);

  const approvedOf = (provider: string): Signal =>
    story.built.signals
      .all()
      .find(
        ({ name, scope }) =>
          name === PAYMENTS &&
          scope.kind === 'resource' &&
          scope.attributes[PROVIDER] === provider &&
          scope.attributes[OUTCOME] === 'approved',
      ) as Signal;
  const findingsBetween = (from: number, to: number): readonly Finding[] =>
    [...story.findings].flatMap(([second, found]) => (second >= from && second < to ? found : []));

  it('tell nobody of three days with their daily swing', () => {
    expect(story.errors).toEqual([]);
    expect(findingsBetween(0, AWAY.from)).toEqual([]);
  });

  it('are absent and not none while NATS is away, and when it is back: nothing is found, nobody is told', () => {
    const midnight = STORY_START / 1_000;
    const { value } = story.store.readSignal(approvedOf('psp-a').key, midnight + AWAY.from - 1, midnight + AWAY.to + 1);
    const away = [...value].slice(1, -1);
    expect(value[0]).toBeGreaterThan(0);
    expect(away).toEqual(away.map(() => Number.NaN));
    expect(value.at(-1)).toBeGreaterThan(0);
    expect(findingsBetween(AWAY.from, RUSH.from)).toEqual([]);
  });

  it('are noticed when they rise threefold, and page nobody', () => {
    const found = findingsBetween(RUSH.from, STOPPED.from);
    expect(new Set(found.map(({ name, direction, harmful }) => `${name} ${direction} ${harmful}`))).toEqual(
      new Set(['business.payments rise false']),
    );
    expect(story.messages.filter(({ incident }) => secondOf(incident.startedAt) < STOPPED.from)).toEqual([]);
  });

  it(`page once, within ${PAGED_WITHIN_STEPS} steps, when the approved ones of one provider stop, and name rail and provider`, () => {
    expect(story.messages.map(({ reason }) => reason)).toEqual(['first', 'resolved']);
    const [page, resolution] = story.messages;
    expect(secondOf(page?.incident.pagedAt) - STOPPED.from).toBeLessThanOrEqual(PAGED_WITHIN_STEPS);
    expect(page?.incident).toMatchObject({ symptomService: 'payments', severity: 'critical', services: ['payments'] });
    expect(page?.incident.title).toMatch(
      /^payments, card \/ psp-a: approved payments 0\.0\/s, expected \d+\.\d\/s; suspect: card \/ psp-a$/,
    );
    const [suspect] = page?.incident.suspects ?? [];
    expect(suspect).toMatchObject({ kind: 'slice', label: 'card / psp-a', parts: { rail: 'card', provider: 'psp-a' }, harmShare: 1 });
    expect(suspect?.because[0]).toMatch(/^100 % \(\d+ % to 100 %\) of the missing approved payments fall on 3\d % of the traffic$/);
    expect(resolution?.incident.suspects[0]?.label).toBe('card / psp-a');
    const resolvedAt = resolution?.incident.state === 'resolved' ? resolution.incident.resolvedAt : undefined;
    expect(secondOf(resolvedAt)).toBeGreaterThan(STOPPED.to);
    expect(secondOf(resolvedAt)).toBeLessThan(STORY_END);
  });

  it('are paged by a decision that its record recomputes byte for byte', () => {
    const replay = createReplayer(DECISIONS);
    const told = story.decisions.filter(({ kind }) => kind !== 'scale');
    expect(told.map(({ kind }) => kind)).toEqual(['page', 'resolve']);
    expect(told.flatMap((record) => replay(JSON.parse(lineOf(record))).firstDifference ?? [])).toEqual([]);
  });
});
