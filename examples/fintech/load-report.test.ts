import { describe, expect, it } from 'vitest';
import { createLoadReport } from './load-report.ts';

describe('load report', () => {
  it('closes each second with its own counts and latencies, and keeps the totals', () => {
    const report = createLoadReport(90);
    for (let n = 0; n < 4; n += 1) report.offer();
    report.shed();
    report.answer('approved', 100);
    report.answer('failed', 300);
    report.lag(7.04);
    expect(report.closeSecond()).toEqual({
      second: 0,
      offered: 4,
      completed: 2,
      ok: 1,
      declined: 0,
      failed: 1,
      shed: 1,
      slow: 1,
      p50Ms: 200,
      p95Ms: 290,
      eventLoopLagMs: 7,
    });
    report.answer('declined', 50);
    report.offer();
    expect(report.closeSecond()).toMatchObject({ second: 1, offered: 1, completed: 1, declined: 1, p50Ms: 50, eventLoopLagMs: 0 });
    expect(report.closeSecond()).toMatchObject({ second: 2, offered: 0, p50Ms: null, p95Ms: null });
    expect(report.totals()).toEqual({ offered: 5, completed: 3, ok: 1, declined: 1, failed: 1, shed: 1, slow: 1, unanswered: 1 });
    expect(report.offeredPerSecond()).toEqual([4, 1, 0]);
  });
});
