import { DAY_MS, type DurationMs, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';

/** A period of the calendar: so many months, so many days, or a plain length of time. */
export type CalendarDuration =
  | { readonly kind: 'months'; readonly months: number }
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'time'; readonly ms: DurationMs };

/** The duration shorthand of OpenSLO; undefined when the text is none. */
export const calendarDuration = (text: string): CalendarDuration | undefined => {
  const match = /^([1-9]\d{0,5})([mhdwMQY])$/.exec(text);
  if (match === null) return undefined;
  const count = Number(match[1]);
  switch (match[2]) {
    case 'M':
      return { kind: 'months', months: count };
    case 'Q':
      return { kind: 'months', months: 3 * count };
    case 'Y':
      return { kind: 'months', months: 12 * count };
    case 'd':
      return { kind: 'days', days: count };
    case 'w':
      return { kind: 'days', days: 7 * count };
    default:
      return { kind: 'time', ms: count * (match[2] === 'h' ? HOUR_MS : MINUTE_MS) };
  }
};

/** A length for a period that rolls: a month is 30 days, a quarter 90, a year 365. */
export const rollingLength = (duration: CalendarDuration): DurationMs => {
  if (duration.kind === 'time') return duration.ms;
  if (duration.kind === 'days') return duration.days * DAY_MS;
  const { months } = duration;
  return (months % 12 === 0 ? (months / 12) * 365 : months * 30) * DAY_MS;
};

/** '2026-01-01 00:00:00', the T of ISO 8601 allowed, seconds not needed. */
export const LOCAL_TIME = /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[ T]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

export const isKnownZone = (zone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return zone !== '';
  } catch {
    return false;
  }
};

interface Civil {
  readonly year: number;
  /** From 0. */
  readonly month: number;
  readonly day: number;
  /** Of the day. */
  readonly ms: number;
}

const asUtc = ({ year, month, day, ms }: Civil): number => Date.UTC(year, month, day) + ms;

const civilOf = (utc: number): Civil => {
  const date = new Date(utc);
  const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate(), ms: utc - midnight };
};

/** Local time of an instant, written as if it were UTC. */
const localClock = (zone: string): ((at: Instant) => number) => {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (at) => {
    const parts: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
};

/** The first instant at which clocks of the zone show a local time; where they jump over it, the one right after. */
const instantOf = (local: number, clock: (at: Instant) => number): Instant => {
  const first = local - (clock(local) - local);
  return first - (clock(first) - local);
};

const monthsLater = ({ year, month, day, ms }: Civil, months: number): Civil => {
  const ahead = month + months;
  const target = { year: year + Math.floor(ahead / 12), month: ((ahead % 12) + 12) % 12 };
  const last = new Date(Date.UTC(target.year, target.month + 1, 0)).getUTCDate();
  return { ...target, day: Math.min(day, last), ms };
};

export interface CalendarWindow {
  readonly duration: string;
  readonly startTime: string;
  readonly timeZone: string;
}

/** When the period that holds an instant began. */
export const periodStarts = ({ duration, startTime, timeZone }: CalendarWindow): ((at: Instant) => Instant) => {
  const length = calendarDuration(duration);
  const written = LOCAL_TIME.exec(startTime);
  if (length === undefined || written === null) throw new RangeError(`a calendar of ${duration} from ${startTime} is none`);
  const clock = localClock(timeZone);
  const [year, month, day, hour, minute, second] = written.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const begin: Civil = { year, month: month - 1, day, ms: hour * HOUR_MS + minute * MINUTE_MS + second * 1_000 };
  const startOf = (period: number): Instant => {
    switch (length.kind) {
      case 'months':
        return instantOf(asUtc(monthsLater(begin, period * length.months)), clock);
      case 'days':
        return instantOf(asUtc(begin) + period * length.days * DAY_MS, clock);
      case 'time':
        return instantOf(asUtc(begin), clock) + period * length.ms;
    }
  };
  const guess = (at: Instant): number => {
    const now = civilOf(clock(at));
    if (length.kind === 'months') return Math.floor(((now.year - begin.year) * 12 + now.month - begin.month) / length.months);
    return Math.floor((at - startOf(0)) / (length.kind === 'days' ? length.days * DAY_MS : length.ms));
  };
  let known = { from: Number.NaN, to: Number.NaN };
  return (at) => {
    if (at >= known.from && at < known.to) return known.from;
    let period = guess(at);
    while (startOf(period) > at) period -= 1;
    while (startOf(period + 1) <= at) period += 1;
    known = { from: startOf(period), to: startOf(period + 1) };
    return known.from;
  };
};
