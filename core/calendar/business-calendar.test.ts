import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../time.ts';
import { type CalendarDay, calendarSchema, createBusinessCalendar, livedDays } from './index.ts';

const calendar = (config: unknown): ((at: string) => CalendarDay) => {
  const created = createBusinessCalendar(calendarSchema.parse(config));
  return (at) => created.dayAt(Date.parse(at));
};

describe('December 2026 in London', () => {
  const day = calendar({
    country: 'GB',
    zone: 'Europe/London',
    paydays: [
      { kind: 'day-of-month', day: 25 },
      { kind: 'business-day', n: -1 },
    ],
    cutoffs: [
      { name: 'CHAPS', time: '17:40' },
      { name: 'TARGET', time: '17:00', zone: 'Europe/Berlin' },
    ],
    events: [{ name: 'sale', from: '2020-12-27', to: '2021-01-02', yearly: true }],
  });

  it('pays wages on the 24th because banks rest on the 25th, and again on the last business day', () => {
    expect(day('2026-12-24T12:00:00Z')).toMatchObject({ dayClass: 'workday', effects: ['payday', 'before-holiday'] });
    expect(day('2026-12-31T12:00:00Z').effects).toEqual(['payday', 'month-end', 'quarter-end', 'year-end', 'before-holiday']);
  });

  it('rests on Christmas and on the Monday for Boxing Day, and counts business days around them', () => {
    expect(day('2026-12-25T00:00:00Z')).toMatchObject({ dayClass: 'holiday', holiday: 'Christmas Day', cutoffs: [] });
    expect(day('2026-12-26T12:00:00Z').dayClass).toBe('weekend');
    expect(day('2026-12-28T12:00:00Z')).toMatchObject({ dayClass: 'holiday', holiday: 'Boxing Day (substitute day)' });
    expect(day('2026-12-29T12:00:00Z')).toMatchObject({ businessDay: { fromStart: 19, fromEnd: -3 }, effects: ['after-holiday'] });
    expect(day('2026-12-01T12:00:00Z')).toMatchObject({ businessDay: { fromStart: 1, fromEnd: -21 }, effects: ['month-start'] });
    expect(day('2026-12-05T12:00:00Z').businessDay).toBeUndefined();
  });

  it('settles until the cut-offs, each by the clock of its own zone', () => {
    expect(day('2026-12-01T12:00:00Z').cutoffs.map(({ name, at }) => `${name} ${new Date(at).toISOString().slice(11, 16)}`)).toEqual([
      'TARGET 16:00',
      'CHAPS 17:40',
    ]);
  });

  it('holds its yearly sale across New Year', () => {
    expect(day('2026-12-27T12:00:00Z').events).toEqual(['sale']);
    expect(day('2027-01-02T12:00:00Z').events).toEqual(['sale']);
    expect(day('2027-01-03T12:00:00Z').events).toEqual([]);
  });
});

describe('the days on which clocks change', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T12:00:00Z', 23, '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25T12:00:00Z', 25, '2026-10-25T01:00:00.000Z'],
    ['America/New_York', '2026-03-08T12:00:00Z', 23, '2026-03-08T07:00:00.000Z'],
    ['America/New_York', '2026-11-01T12:00:00Z', 25, '2026-11-01T06:00:00.000Z'],
    // Midnight itself is skipped: the day begins at one o'clock.
    ['Africa/Cairo', '2025-04-25T12:00:00Z', 23, undefined],
  ])('in %s at %s last %i hours', (zone, at, hours, changes) => {
    const found = calendar({ zone })(at);
    expect((found.endsAt - found.startsAt) / HOUR_MS).toBe(hours);
    expect(found.clocks.length).toBe(changes === undefined ? 1 : 2);
    if (changes !== undefined) expect(new Date(found.clocks[1]?.from ?? 0).toISOString()).toBe(changes);
  });

  it('are the only entries of a year of lived days, beside its bank holidays on weekdays', () => {
    const { clocks, restDays } = livedDays(
      calendarSchema.parse({ country: 'DE', zone: 'Europe/Berlin', holidays: ['2026-06-04'] }),
      2026,
      2026,
    );
    expect(clocks.map(({ from, aheadMs }) => [new Date(from).toISOString().slice(0, 16), aheadMs / HOUR_MS])).toEqual([
      ['2026-01-01T00:00', 1],
      ['2026-03-29T01:00', 2],
      ['2026-10-25T01:00', 1],
    ]);
    // Nine of the law, of which two are on a Saturday (3 October, 26 December), and one of a state.
    expect(restDays).toHaveLength(8);
    expect(livedDays(calendarSchema.parse({}), 2026, 2030)).toEqual({ clocks: [{ from: Date.UTC(2026, 0), aheadMs: 0 }], restDays: [] });
  });
});

describe('any instant in any zone', () => {
  const zones = fc.constantFrom(
    'UTC',
    'Europe/London',
    'America/Sao_Paulo',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Pacific/Kiritimati',
    'America/St_Johns',
  );
  it('is within its day, days join without a gap, and business days count up and down', () => {
    fc.assert(
      fc.property(zones, fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2035, 0) }), (zone, at) => {
        const created = createBusinessCalendar(calendarSchema.parse({ zone, country: 'TARGET2' }));
        const today = created.dayAt(at);
        expect(today.startsAt).toBeLessThanOrEqual(at);
        expect(at).toBeLessThan(today.endsAt);
        expect(created.dayAt(at)).toBe(today);
        const next = created.dayAt(today.endsAt);
        expect(next.startsAt).toBe(today.endsAt);
        expect(next.day).toBe(today.day + 1);
        if (today.dayClass === 'workday') expect(today.businessDay?.fromStart).toBeGreaterThan(0);
        else expect(today.businessDay).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});

describe('a calendar written wrongly', () => {
  it.each([
    [{ zone: 'Europe/Nowhere' }, 'expected a time zone such as Europe/Berlin'],
    [{ holidays: ['2026-02-30'] }, 'expected a day such as 2026-12-24'],
    [{ cutoffs: [{ name: 'FPS', time: '25:00' }] }, 'expected a time such as 17:00'],
    [{ paydays: [{ kind: 'business-day', n: 0 }] }, 'expected 1 for the first, -1 for the last'],
    [{ events: [{ name: 'sale', from: '2026-02-02', to: '2026-01-01' }] }, 'ends before it begins'],
    [{ country: 'XX' }, 'Invalid option'],
  ])('%j is refused with the place', (config, message) => {
    expect(calendarSchema.safeParse(config).error?.issues[0]?.message).toContain(message);
  });
});
