import { beforeAll, describe, expect, it } from 'vitest';
import { lineOf } from '../../agent/audit/hash-chain.ts';
import { createReplayer } from '../../agent/audit/replay.ts';
import { DECISIONS } from '../../agent/decisions.ts';
import type { NotificationMessage } from '../../agent/notify/notifier.ts';
import { canonicalJson, type Json } from '../../core/hash.ts';
import type { Snapshot } from '../../core/ports.ts';
import { DECLINES, NO_LOAD, paymentStory, ROUTING_CHANGE, SILENT_PSP, SLOW_LEDGER, STORY_END } from './payment-story.ts';
import { DAY_SECONDS } from './payment-traffic.ts';
import {
  CONFIG,
  createSimulation,
  LOAD_PER_REPLICA,
  type ScalingStep,
  type Simulation,
  STORY_START,
  type Story,
  type Told,
} from './simulated-agent.ts';

const live = async (story: Story): Promise<Simulation> => {
  const simulation = await createSimulation(story);
  await simulation.runTo(STORY_END);
  return simulation;
};

const secondOf = (instant: number | undefined): number => ((instant ?? Number.NaN) - STORY_START) / 1_000;
const toldBetween = (told: Told, from: number, to: number): readonly NotificationMessage[] =>
  told.messages.filter(({ incident }) => secondOf(incident.pagedAt) >= from && secondOf(incident.pagedAt) < to);
const dayOf = (told: Told, day: number): readonly ScalingStep[] =>
  told.scaling.filter(({ second }) => Math.floor(second / DAY_SECONDS) === day);

/** What was told, without the ids of records, which depend on how many came before. */
const essence = ({ messages }: Told): readonly Json[] =>
  messages.map(({ groupKey, reason, incident: { decisionId: _id, changes: _changes, ...incident } }) =>
    JSON.parse(JSON.stringify({ groupKey, reason, incident })),
  );

describe('the whole agent in simulated time', () => {
  let story: Simulation;
  beforeAll(async () => {
    story = await live(paymentStory());
  }, 60_000);

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

  it('tells nothing twice when it is killed at the moment it has told', async () => {
    const page = story.messages.find(({ reason }) => reason === 'first');
    const simulation = await createSimulation(paymentStory());
    await simulation.runTo(secondOf(page?.incident.pagedAt) + 1);
    expect(simulation.messages.map(({ groupKey }) => groupKey)).toEqual([page?.groupKey]);
    await simulation.crash();
    await simulation.crash();
    await simulation.runTo(DECLINES.from);
    expect(essence(simulation)).toEqual(essence(story).slice(0, 2));
  });

  it.each([
    ['for a while, and then with its record', 12, true],
    ['for long, and then without', 60, false],
  ])('tells of an incident although the decision log refuses %s', async (_how, seconds, isRecorded) => {
    const pagedAt = secondOf(story.messages.find(({ reason }) => reason === 'first')?.incident.pagedAt);
    const noRecords = { from: pagedAt - 2, to: pagedAt - 2 + seconds };
    const simulation = await createSimulation(paymentStory({ noRecords }));
    await simulation.runTo(pagedAt + 8);
    expect(simulation.messages).toEqual([]);
    await simulation.runTo(pagedAt + 45);
    expect(simulation.messages.map(({ reason }) => reason)).toEqual(isRecorded ? ['first', 'resolved'] : ['first']);
    expect(simulation.messages[0]?.incident.decisionId !== undefined).toBe(isRecorded);
    expect(simulation.decisions.some(({ kind }) => kind === 'page')).toBe(isRecorded);
    // Nothing is done without a record.
    const during = simulation.decisions.filter(
      ({ at }) => secondOf(at) > noRecords.from && secondOf(at) < Math.min(noRecords.to, pagedAt + 44) && at % 1_000 === 0,
    );
    expect(during.filter(({ kind }) => kind === 'scale')).toEqual([]);
  });

  it('starts anew from the log when its snapshot cannot be read, and then decides the same', async () => {
    const second = SLOW_LEDGER.from + 16;
    const simulation = await createSimulation(paymentStory());
    await simulation.runTo(second);
    const cut = (whole: Snapshot): Snapshot => ({
      ...whole,
      parts: { ...whole.parts, desk: (whole.parts.desk as Uint8Array).subarray(0, -9) },
    });
    await simulation.crash({ snapshot: cut });
    expect(simulation.built.restored).toBe(false);
    expect(simulation.errors).toEqual([expect.stringContaining('the snapshot cannot be read')]);
    await simulation.runTo(DECLINES.from);
    expect(essence(simulation)).toEqual(essence(story).slice(0, 2));
  });

  it('loses no step between its snapshot and its log when it closes many at once', async () => {
    const simulation = await createSimulation(paymentStory());
    await simulation.runTo(40);
    simulation.suspend(35);
    await simulation.runTo(78);
    const { agent, shard } = simulation.built;
    const snapshot = simulation.store.latestSnapshot();
    expect(secondOf(agent.lastClosedStepAt)).toBe(77);
    // Of the last step of that run, not of one in its midst.
    expect((snapshot?.step ?? 0) + 1 - STORY_START / 1_000).toBe(74);
    const { newestStep } = shard;
    await simulation.crash();
    await simulation.runTo(80);
    expect(simulation.built.shard.newestStep).toBe(newestStep + 2);
    const closed = simulation.scaling.map(({ second }) => second);
    expect(closed).toEqual(Array.from({ length: closed.length }, (_, place) => place));
    expect(simulation.errors).toEqual([]);
  });

  it('keeps raw batches as long as retention or a kept snapshot asks for them, and no longer', async () => {
    const simulation = await createSimulation(paymentStory());
    await simulation.runTo(20);
    const config = { ...CONFIG, retention: { ...CONFIG.retention, raw: 60_000 } };
    await simulation.crash({ config });
    await simulation.runTo(300);
    const range = simulation.store.logRange();
    const oldest = { second: Number.NaN };
    for await (const { batch } of simulation.store.readBatches(0)) {
      oldest.second = secondOf(batch.receivedAt);
      break;
    }
    expect(range?.first).toBeGreaterThan(1);
    // Three snapshots of 30 steps are kept, and each must be able to go on from its own position.
    expect(oldest.second).toBeGreaterThan(300 - 60 - 4 * 30);
    expect(oldest.second).toBeLessThan(300 - 3 * 30);
    await simulation.crash({ config });
    expect(simulation.built.restored).toBe(true);
    await simulation.runTo(310);
    expect(simulation.errors).toEqual([]);
  });

  it('takes no slice of an earlier configuration for one of the next', async () => {
    const simulation = await createSimulation(paymentStory());
    await simulation.runTo(40);
    // The same number of columns, another order: nothing in a batch says what they hold.
    const slices = [['payment.issuer'], ['payment.issuer', 'payment.provider']];
    const config = { ...CONFIG, dimensions: { ...CONFIG.dimensions, slices } };
    await simulation.crash({ config });
    await simulation.runTo(75);
    expect(simulation.errors).toEqual([]);
    const named = simulation.built.signals.all().flatMap(({ scope }) => (scope.kind === 'slice' ? Object.entries(scope.slice) : []));
    const issuers = named.flatMap(([dimension, value]) => (dimension === 'payment.issuer' ? [value] : []));
    expect(new Set(issuers)).toEqual(new Set(['birch', 'maple', 'willow']));
    await simulation.crash({ config });
    await simulation.runTo(80);
    expect(simulation.errors).toEqual([]);
  });

  it.each([
    ['is killed in quiet hours, before any snapshot', 'crash', 17],
    ['is killed between two snapshots on the second day', 'crash', 200],
    ['is killed while the ledger is slow and told', 'crash', SLOW_LEDGER.from + 16],
    ['is killed just as the declines begin', 'crash', DECLINES.from + 3],
    ['is ended and started again while a source is silent', 'restart', SILENT_PSP.from + 18],
  ] as const)('goes on as if nothing had happened when it %s', async (_when, how, second) => {
    const simulation = await createSimulation(paymentStory());
    await simulation.runTo(second);
    await simulation[how]();
    expect(simulation.built.agent.replaying).toBe(false);
    // Ended and started without a batch in between, it still knows how far it had read.
    const { position } = simulation.built.shard;
    expect(position).toBeGreaterThan(0);
    await simulation.restart();
    expect(simulation.built.restored).toBe(true);
    expect(simulation.built.shard.position).toBe(position);
    const end = Math.min(STORY_END, second + 150);
    await simulation.runTo(end);
    expect(simulation.errors).toEqual([]);
    for (let later = second + 1; later < end - 2; later += 1) {
      expect(canonicalJson(JSON.parse(JSON.stringify(simulation.findings.get(later) ?? null))), `second ${later}`).toBe(
        canonicalJson(JSON.parse(JSON.stringify(story.findings.get(later) ?? null))),
      );
    }
    const until = STORY_START + 1_000 * (end - 2);
    const toldBy = (told: Told): readonly Json[] =>
      essence({
        ...told,
        messages: told.messages.filter(
          ({ incident }) => incident.updatedAt < until && (incident.state !== 'resolved' || incident.resolvedAt < until),
        ),
      });
    expect(toldBy(simulation)).toEqual(toldBy(story));
  });
});
