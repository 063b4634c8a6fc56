import { describe, expect, it } from 'vitest';
import { judgeRun, type ReceivedPage } from './judge.ts';
import { demoSchedule, type PlannedFault } from './schedule.ts';

const fault: PlannedFault = {
  kind: 'error-burst',
  title: 'error burst of psp-north',
  startsAtMs: 30_000,
  durationMs: 25_000,
  provider: 'psp-north',
  blame: { kind: 'service', service: 'payments-demo/psp-north' },
};
const page = (at: number, service: string): ReceivedPage => ({
  at,
  title: 't',
  incidentId: `inc-${at}`,
  decisionId: undefined,
  suspects: [{ kind: 'service', service, parts: {}, label: service }],
});
const seconds = Array.from({ length: 120 }, (_, second) => ({ offered: 20, bad: second >= 30 && second < 55 ? 6 : 0 }));
const judge = (pages: readonly ReceivedPage[]) =>
  judgeRun({
    loadStartedAt: 0,
    faults: [fault],
    switched: [{ on: 30_000, off: 55_000 }],
    pages,
    seconds,
    objective: 0.95,
    dayLengthMs: 120_000,
    changeIds: [undefined],
  });

describe('judging a run', () => {
  it('counts delay from the fault and lead to the moment a day of error budget was gone', () => {
    // 20/s for 120 s at 95 %: 120 failures are allowed; at 6 a second the 21st second is over it.
    const { faults, falsePages } = judge([page(35_000, 'payments-demo/psp-north')]);
    expect(faults[0]).toMatchObject({ delaySeconds: 5, blamedRight: true, sloBreachedAt: 51_000, leadSeconds: 16 });
    expect(falsePages).toEqual([]);
  });

  it('calls a page outside of every fault false, and one shortly after a fault its own', () => {
    const { falsePages } = judge([
      page(20_000, 'payments-demo/risk'),
      page(60_000, 'payments-demo/psp-north'),
      page(90_000, 'payments-demo/risk'),
    ]);
    expect(falsePages.map((entry) => entry.at)).toEqual([20_000, 90_000]);
  });

  it('does not count a second page that blames better', () => {
    expect(judge([page(33_000, 'payments-demo/gateway'), page(40_000, 'payments-demo/psp-north')]).faults[0]?.blamedRight).toBe(false);
  });

  it('leaves delay and lead absent for a fault nobody told of', () => {
    expect(judge([]).faults[0]).toMatchObject({ delaySeconds: undefined, leadSeconds: undefined, blamedRight: false });
  });
});

describe('the schedule of a run', () => {
  it('is a function of the seed', () => {
    expect(demoSchedule(7, 300_000)).toEqual(demoSchedule(7, 300_000));
    expect(demoSchedule(7, 300_000)).not.toEqual(demoSchedule(8, 300_000));
  });

  it('holds four different faults and a surge, none touching another, the first within a minute', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const { faults, surge } = demoSchedule(seed, 300_000);
      const spans = [...faults, ...(surge === undefined ? [] : [surge])]
        .map(({ startsAtMs, durationMs }) => [startsAtMs, startsAtMs + durationMs] as const)
        .sort((a, b) => a[0] - b[0]);
      expect(spans).toHaveLength(5);
      expect(new Set(faults.map((planned) => planned.kind)).size).toBe(4);
      expect(Math.min(...faults.map((planned) => planned.startsAtMs))).toBeLessThan(50_000);
      for (const [index, [start]] of spans.slice(1).entries()) expect(start - (spans[index]?.[1] ?? 0)).toBeGreaterThanOrEqual(15_000);
      expect(spans.at(-1)?.[1]).toBeLessThanOrEqual(300_000);
    }
  });

  it('keeps the plainest fault for a short run', () => {
    expect(demoSchedule(3, 75_000).faults.map((planned) => planned.kind)).toEqual(['error-burst']);
  });
});
