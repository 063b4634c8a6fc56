import { HOUR_MS, type Instant } from '../../core/time.ts';

/** A calendar month in UTC. */
export interface Month {
  /** 2026-10 */
  readonly name: string;
  readonly from: Instant;
  /** Exclusive. */
  readonly until: Instant;
}

const monthAt = (year: number, index: number): Month => {
  const from = Date.UTC(year, index, 1);
  return { name: new Date(from).toISOString().slice(0, 7), from, until: Date.UTC(year, index + 1, 1) };
};

/** Undefined when the text is no month like 2026-10. */
export const parseMonth = (text: string): Month | undefined => {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text);
  return match === null ? undefined : monthAt(Number(match[1]), Number(match[2]) - 1);
};

export const monthOf = (at: Instant): Month => {
  const date = new Date(at);
  return monthAt(date.getUTCFullYear(), date.getUTCMonth());
};

export const monthBefore = (month: Month): Month => monthOf(month.from - 1);

export const hoursIn = ({ from, until }: { readonly from: Instant; readonly until: Instant }): number =>
  Math.round((until - from) / HOUR_MS);

export const dayOf = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

export const monthTitle = ({ from }: Month): string =>
  new Intl.DateTimeFormat('en-US', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(from);
