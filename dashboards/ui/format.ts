/** What people read. Absent is a dash, never a zero; everything is UTC. */
export type MaybeNumber = number | null | undefined;

export const ABSENT = '–';

const isAbsent = (value: MaybeNumber): value is null | undefined => value === null || value === undefined || Number.isNaN(value);

/** Three significant digits, plain up to a million, so that columns stay narrow: 0.0123, 1.23, 123, 12.3k. */
export const formatNumber = (value: MaybeNumber): string => {
  if (isAbsent(value)) return ABSENT;
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e9) return `${(value / 1e9).toPrecision(3)}G`;
  if (size >= 1e6) return `${(value / 1e6).toPrecision(3)}M`;
  if (size >= 1e4) return `${(value / 1e3).toPrecision(3)}k`;
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  if (size >= 1) return value.toFixed(2);
  return value.toPrecision(2);
};

const grouped = new Intl.NumberFormat('en-US');
export const formatCount = (value: MaybeNumber): string => (isAbsent(value) ? ABSENT : grouped.format(Math.round(value)));

export const formatPercent = (ratio: MaybeNumber): string => {
  if (isAbsent(ratio)) return ABSENT;
  const percent = ratio * 100;
  const size = Math.abs(percent);
  return `${size === 0 ? '0' : size < 0.1 ? percent.toFixed(2) : size < 10 ? percent.toFixed(1) : percent.toFixed(0)}%`;
};

/** A tick of an axis: no zeros after the point. */
export const formatTick = (value: number): string =>
  formatNumber(value)
    .replace(/(\.\d*?)0+(?=\D|$)/, '$1')
    .replace(/\.(?=\D|$)/, '');

/** An objective keeps all its nines. */
export const formatObjective = (objective: MaybeNumber): string =>
  isAbsent(objective) ? ABSENT : `${Number((objective * 100).toFixed(4))}%`;

/** A latency: 850 µs, 12.3 ms, 1.20 s. */
export const formatLatency = (seconds: MaybeNumber): string => {
  if (isAbsent(seconds)) return ABSENT;
  const size = Math.abs(seconds);
  if (size === 0) return '0 ms';
  if (size < 0.001) return `${(seconds * 1e6).toFixed(0)} µs`;
  if (size < 1) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${formatNumber(seconds)} s`;
};

/** A length of time: 45 s, 4 min 05 s, 3 h 20 min, 2 d 4 h. */
export const formatSpan = (seconds: MaybeNumber): string => {
  if (isAbsent(seconds)) return ABSENT;
  const whole = Math.max(0, Math.round(seconds));
  const pad = (part: number): string => String(part).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${pad(Math.floor((whole % 3_600) / 60))} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3_600)} h`;
};

const isDate = (at: MaybeNumber): at is number => !isAbsent(at) && Math.abs(at) <= 8.64e15;

/** 10:50:44 */
export const formatTime = (at: MaybeNumber): string => (isDate(at) ? new Date(at).toISOString().slice(11, 19) : ABSENT);

/** 2026-11-22 10:50:44 UTC */
export const formatInstant = (at: MaybeNumber): string =>
  isDate(at) ? `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC` : ABSENT;

/** A value in the unit of its signal. */
export const formatValue = (value: MaybeNumber, unit: string): string => {
  if (isAbsent(value)) return ABSENT;
  if (unit === 's' || unit === 'seconds') return formatLatency(value);
  if (unit === 'ratio' || unit === '1') return formatPercent(value);
  return `${formatNumber(value)} ${unit}`;
};
