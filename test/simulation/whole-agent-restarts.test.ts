import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson, type Json } from '../../core/hash.ts';
import type { Snapshot } from '../../core/ports.ts';
import { essence, live, secondOf } from './lived-story.ts';
import { DECLINES, paymentStory, SILENT_PSP, SLOW_LEDGER, STORY_END } from './payment-story.ts';
import { CONFIG, createSimulation, type Simulation, STORY_START, type Told } from './simulated-agent.ts';

describe('the whole agent, killed and started again in simulated time', () => {
  let story: Simulation;
  beforeAll(async () => {
    story = await live(paymentStory());
  }, 60_000);

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
