import { beforeAll, describe, expect, it } from 'vitest';
import { lineOf } from '../../agent/audit/hash-chain.ts';
import { createReplayer } from '../../agent/audit/replay.ts';
import { DECISIONS } from '../../agent/decisions.ts';
import type { NotificationMessage } from '../../agent/notify/notifier.ts';
import { essence, live, secondOf } from './lived-story.ts';
import { DECLINES, NO_LOAD, paymentStory, ROUTING_CHANGE, SILENT_PSP, SLOW_LEDGER, STORY_END } from './payment-story.ts';
import { DAY_SECONDS } from './payment-traffic.ts';
import { LOAD_PER_REPLICA, type ScalingStep, type Simulation, type Told } from './simulated-agent.ts';

const toldBetween = (told: Told, from: number, to: number): readonly NotificationMessage[] =>
  told.messages.filter(({ incident }) => secondOf(incident.pagedAt) >= from && secondOf(incident.pagedAt) < to);
const dayOf = (told: Told, day: number): readonly ScalingStep[] =>
  told.scaling.filter(({ second }) => Math.floor(second / DAY_SECONDS) === day);

describe('the whole agent in simulated time', () => {
  let story: Simulation;
  beforeAll(async () => {
    story = await live(paymentStory());
  }, 180_000);

  it('lives six days without a bug and tells nobody of two quiet days with their daily swing', () => {
    expect(story.errors).toEqual([]);
    expect(toldBetween(story, 0, SLOW_LEDGER.from)).toEqual([]);
    expect(story.messages.length).toBeGreaterThan(0);
  });

  it('tells once of a slow ledger, names the ledger first, and says so when it is over', () => {
    const told = toldBetween(story, SLOW_LEDGER.from, DECLINES.from);
    expect(told.map(({ reason }) => reason)).toEqual(['first', 'resolved']);
    const [page, resolution] = told;
    expect(page?.incident.suspects[0]).toMatchObject({ kind: 'service', label: 'ledger' });
    expect(page?.incident.symptomService).toBe('gateway');
    expect(secondOf(page?.incident.pagedAt) - SLOW_LEDGER.from).toBeLessThanOrEqual(12);
    expect(resolution?.incident).toMatchObject({ id: page?.incident.id, state: 'resolved' });
    const resolvedAt = resolution?.incident.state === 'resolved' ? resolution.incident.resolvedAt : undefined;
    expect(secondOf(resolvedAt)).toBeGreaterThan(SLOW_LEDGER.to);
    expect(secondOf(resolvedAt)).toBeLessThan(DECLINES.from);
  });

  it('tells once of declines of one provider and issuer, with the slice and the change before it', () => {
    const told = toldBetween(story, DECLINES.from, SILENT_PSP.from);
    expect(told.map(({ reason }) => reason)).toEqual(['first', 'resolved']);
    const suspect = told[0]?.incident.suspects[0];
    expect(suspect).toMatchObject({ kind: 'slice', label: 'psp-a / birch', change: { id: ROUTING_CHANGE.id } });
    expect(suspect?.parts).toEqual({ provider: 'psp-a', issuer: 'birch' });
  });

  it('tells once of a source that went silent while it was called, as silence', () => {
    const told = toldBetween(story, SILENT_PSP.from, NO_LOAD.from);
    expect(told.map(({ reason }) => reason)).toEqual(['first', 'resolved']);
    expect(told[0]?.incident).toMatchObject({ symptomService: 'psp-b', title: expect.stringContaining('psp-b has sent nothing for') });
    expect(told[0]?.incident.suspects[0]?.label).toBe('psp-b');
    const resolved = told[1]?.incident;
    expect(secondOf(resolved?.state === 'resolved' ? resolved.resolvedAt : undefined)).toBeGreaterThan(SILENT_PSP.to);
  });

  it('orders replicas before the morning that it has learned', () => {
    for (const day of [3, 4]) {
      const steps = dayOf(story, day);
      const night = Math.max(...steps.slice(5, 20).map(({ ready }) => ready ?? 0));
      const crowded = steps.findIndex(({ load }, place) => place > 20 && (load ?? 0) > night * LOAD_PER_REPLICA);
      const ordered = steps.findIndex(({ replicas }, place) => place > 20 && (replicas ?? 0) > night);
      expect(ordered).toBeGreaterThan(0);
      expect(crowded - ordered).toBeGreaterThanOrEqual(2);
      const short = steps.filter(({ load, ready }) => (load ?? 0) > (ready ?? 0) * LOAD_PER_REPLICA);
      expect(short.length).toBeLessThanOrEqual(0.03 * DAY_SECONDS);
    }
    const scaled = story.decisions.filter(({ kind }) => kind === 'scale');
    expect(scaled.length).toBeGreaterThan(10);
  });

  it('holds what stands while the load is absent, and comes down when it is back', () => {
    const steps = story.scaling.filter(({ second }) => second >= NO_LOAD.from + 6 && second < NO_LOAD.to);
    expect(steps.length).toBeGreaterThan(20);
    expect(steps.every(({ limitedBy }) => limitedBy.includes('absent-data'))).toBe(true);
    expect(new Set(steps.map(({ replicas }) => replicas)).size).toBe(1);
    expect(steps[0]?.replicas).toBeGreaterThan(3);
    expect(toldBetween(story, NO_LOAD.from, STORY_END)).toEqual([]);
    expect(story.scaling.at(-1)?.replicas).toBeLessThan(steps[0]?.replicas ?? 0);
  });

  it('decides the same bytes twice', async () => {
    const again = await live(paymentStory());
    expect(again.decisions.map(lineOf)).toEqual(story.decisions.map(lineOf));
  });

  it('recomputes every decision byte for byte from its own record', () => {
    const replay = createReplayer(DECISIONS);
    const different = story.decisions.flatMap((record) => replay(JSON.parse(lineOf(record))).firstDifference ?? []);
    expect(new Set(story.decisions.map(({ kind }) => kind))).toEqual(new Set(['page', 'resolve', 'scale']));
    expect(different).toEqual([]);
    // What people were told is what the record says.
    for (const { groupKey, incident } of story.messages.filter(({ reason }) => reason === 'first')) {
      const record = story.decisions.find(({ kind, subject }) => kind === 'page' && subject === groupKey);
      const output = record?.output as unknown as { readonly decision: unknown } | undefined;
      const { title, severity, symptomService, suspects } = JSON.parse(JSON.stringify(incident));
      expect(output?.decision).toMatchObject({ action: 'page', title, severity, symptomService, suspects });
      expect(incident.decisionId).toBe(record?.id);
    }
    // Findings are recomputed from what was observed, not believed.
    const pages = story.decisions.filter(({ kind }) => kind === 'page');
    const captured = pages.flatMap(({ inputs }) => (inputs as unknown as { findings: readonly { kind: string }[] }).findings);
    expect(captured.filter(({ kind }) => kind === 'seasonal').length).toBeGreaterThan(5);
  });

  it('decides the same whatever the order in which batches came within the grace', async () => {
    const shuffled = await live(paymentStory({ shuffled: true }));
    expect(shuffled.errors).toEqual([]);
    expect(essence(shuffled)).toEqual(essence(story));
    expect(shuffled.decisions.map(({ hash }) => hash)).toEqual(story.decisions.map(({ hash }) => hash));
  });
});
