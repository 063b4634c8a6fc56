import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { periodStarts } from './calendar.ts';

const start = (duration: string, startTime: string, timeZone: string, at: string): string =>
  new Date(periodStarts({ duration, startTime, timeZone })(Date.parse(at))).toISOString();

describe('a period of the calendar', () => {
  it('begins at local midnight, in winter and in summer', () => {
    expect(start('1M', '2026-01-01 00:00:00', 'Europe/Berlin', '2026-02-10T12:00:00Z')).toBe('2026-01-31T23:00:00.000Z');
    expect(start('1M', '2026-01-01 00:00:00', 'Europe/Berlin', '2026-07-31T21:59:59Z')).toBe('2026-06-30T22:00:00.000Z');
    expect(start('1M', '2026-01-01 00:00:00', 'Europe/Berlin', '2026-07-31T22:00:00Z')).toBe('2026-07-31T22:00:00.000Z');
    expect(start('1d', '2026-01-01T00:00', 'America/New_York', '2026-03-08T20:00:00Z')).toBe('2026-03-08T05:00:00.000Z');
  });

  it('of a quarter, a year or from the 31st ends where months end', () => {
    expect(start('1Q', '2026-01-01 00:00:00', 'UTC', '2026-06-30T23:00:00Z')).toBe('2026-04-01T00:00:00.000Z');
    expect(start('1Y', '2024-02-29 00:00:00', 'UTC', '2025-02-28T00:00:00Z')).toBe('2025-02-28T00:00:00.000Z');
    expect(start('1M', '2026-01-31 06:00:00', 'UTC', '2026-03-01T00:00:00Z')).toBe('2026-02-28T06:00:00.000Z');
  });

  it('holds the instant it is asked for, before its first start too', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('1h', '90m', '1d', '2w', '1M', '1Q', '1Y'),
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'),
        fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2032, 0) }),
        (duration, timeZone, at) => {
          const startOf = periodStarts({ duration, startTime: '2026-01-21 12:30:00', timeZone });
          const from = startOf(at);
          expect(from).toBeLessThanOrEqual(at);
          expect(startOf(from)).toBe(from);
          if (from < at) expect(startOf(from + 1)).toBe(from);
          expect(startOf(from - 1)).toBeLessThan(from);
        },
      ),
      { numRuns: 60, seed: 9 },
    );
  });
});
