import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../core/time.ts';
import { readAllocation } from '../sources/allocation-rows.ts';
import { createCostTracker, type LiveStep } from './tracker.ts';

const HOUR = Date.UTC(2026, 9, 1, 13);

const step = (minute: number, replicas: number, more: Partial<LiveStep> = {}): LiveStep => ({
  startsAt: HOUR + minute * MINUTE_MS,
  endsAt: HOUR + (minute + 1) * MINUTE_MS,
  usage: [{ service: 'gateway', replicas, load: 10 * replicas, desired: replicas, baseline: 4, acted: true }],
  payments: 60,
  ...more,
});

describe('the live cost tracker', () => {
  it('gives one row when an hour is over, with means over its steps', () => {
    const tracker = createCostTracker();
    for (let minute = 0; minute < 60; minute += 1) expect(tracker.step(step(minute, minute < 30 ? 2 : 3))).toEqual([]);
    const [row, ...rest] = tracker.step(step(60, 3));
    expect(rest).toEqual([]);
    expect(row).toMatchObject({
      start: '2026-10-01T13:00:00.000Z',
      end: '2026-10-01T14:00:00.000Z',
      replicas: 2.5,
      load: 25,
      peakLoad: 30,
      payments: 3_600,
      acted: true,
    });
  });

  it('leaves steps without replicas out of the length, so that they show as a gap', () => {
    const tracker = createCostTracker();
    for (let minute = 0; minute < 60; minute += 1) tracker.step(step(minute, minute < 15 ? Number.NaN : 2));
    const [row] = tracker.step(step(60, 2));
    expect(Date.parse(row?.end ?? '') - Date.parse(row?.start ?? '')).toBe(45 * MINUTE_MS);
    expect(row?.replicas).toBe(2);
  });

  it('gives what it has when the agent stops, and goes on in a row of its own', () => {
    const tracker = createCostTracker();
    for (let minute = 0; minute < 20; minute += 1) tracker.step(step(minute, 2));
    const first = tracker.flush();
    for (let minute = 25; minute < 60; minute += 1) tracker.step(step(minute, 4));
    const rows = [...first, ...tracker.step(step(60, 4))];
    expect(rows.map(({ start, replicas }) => [start, replicas])).toEqual([
      ['2026-10-01T13:00:00.000Z', 2],
      ['2026-10-01T13:25:00.000Z', 4],
    ]);
  });

  it('gives nothing for a service that was never seen, and rows that the report reads', () => {
    const tracker = createCostTracker();
    const unknown = step(0, Number.NaN, { payments: Number.NaN });
    tracker.step(unknown);
    expect(tracker.flush()).toEqual([]);
    tracker.step(
      step(1, 2, {
        usage: [{ service: 'ledger', replicas: 2, load: Number.NaN, desired: Number.NaN, baseline: Number.NaN, acted: false }],
        payments: Number.NaN,
      }),
    );
    const read = readAllocation(JSON.stringify(tracker.flush()), 'journal', 'json', 'EUR');
    expect(read.ok && read.value.rows[0]).toMatchObject({ service: 'ledger', from: HOUR + MINUTE_MS, replicas: 2, load: Number.NaN });
    expect(HOUR % HOUR_MS).toBe(0);
  });
});
