import { DAY_MS, type DurationMs, HOUR_MS, type Instant, MINUTE_MS } from '../../../core/time.ts';
import { escapeHtml, figure } from '../../report/report-text.ts';

/** Times of one report, all in one zone, which they name. */
export interface When {
  /** "15 Mar 2026, 14:32 UTC" */
  readonly full: (at: Instant) => string;
  /** "15 Mar 14:32" for axes and tables under a heading that names the zone. */
  readonly short: (at: Instant) => string;
  readonly day: (at: Instant) => string;
  /** A time element with the machine's spelling beside it. */
  readonly element: (at: Instant) => string;
  readonly zone: string;
}

export const createWhen = (timeZone: string): When => {
  const parts = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => new Intl.DateTimeFormat('en-GB', { timeZone, ...options });
  const full = parts({ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' });
  const short = parts({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  const day = parts({ weekday: 'short', day: 'numeric', month: 'short' });
  const spell = (format: Intl.DateTimeFormat) => (at: Instant) => format.format(at);
  return {
    full: spell(full),
    short: (at) => short.format(at).replace(',', ''),
    day: (at) => day.format(at).replace(',', ''),
    element: (at) => `<time datetime="${new Date(at).toISOString()}">${escapeHtml(full.format(at))}</time>`,
    zone: timeZone,
  };
};

/** "3.5 days", "2 h 5 min", "41 min": the two largest units that matter. */
export const lasting = (duration: DurationMs): string => {
  if (duration >= 2 * DAY_MS) return `${figure(Math.round((10 * duration) / DAY_MS) / 10)} days`;
  const minutes = Math.round(duration / MINUTE_MS);
  if (minutes < 1) return `${Math.round(duration / 1_000)} s`;
  const hours = Math.floor(minutes / (HOUR_MS / MINUTE_MS));
  const rest = minutes % 60;
  return hours === 0 ? `${minutes} min` : rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
};
