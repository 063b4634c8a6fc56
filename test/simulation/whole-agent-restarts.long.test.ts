import { beforeAll, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../core/ports.ts';
import { essence, expectToGoOn, live, secondOf } from './lived-story.ts';
import { DECLINES, paymentStory, SILENT_PSP, SLOW_LEDGER } from './payment-story.ts';
import { CONFIG, createSimulation, type Simulation } from './simulated-agent.ts';

describe('the whole agent, killed and started again in simulated time', () => {
  let story: Simulation;
  beforeAll(async () => {
    story = await live(paymentStory());
  }, 180_000);

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

  it.each([
    ['is killed while the ledger is slow and told', 'crash', SLOW_LEDGER.from + 16],
    ['is killed just as the declines begin', 'crash', DECLINES.from + 3],
    ['is ended and started again while a source is silent', 'restart', SILENT_PSP.from + 18],
  ] as const)('goes on as if nothing had happened when it %s', (_when, how, second) => expectToGoOn(story, how, second));
});
