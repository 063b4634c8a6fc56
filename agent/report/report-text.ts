const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for HTML, inside elements and inside quoted attributes. Names of services and faults come from outside. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] as string);

/** Text for a terminal: control characters could move the cursor or recolor what follows, overrides of direction turn it round. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, '?');

/** The same, of several lines. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

const ABSENT = '–';

const known = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value);

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** Grouped, at most one decimal; small values keep two significant digits. */
export const figure = (value: number | undefined): string => {
  if (!known(value)) return ABSENT;
  return value !== 0 && Math.abs(value) < 1 ? String(Number(value.toPrecision(2))) : grouped.format(value);
};

/** So many of one thing, or of many. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${figure(count)} ${count === 1 ? one : many}`;

export const seconds = (value: number | undefined): string => (known(value) ? `${figure(value)} s` : ABSENT);

export const signed = (value: number | undefined): string =>
  known(value) ? `${value > 0 ? '+' : value < 0 ? '−' : ''}${figure(Math.abs(value))}` : ABSENT;

export const percent = (ratio: number | undefined): string => (known(ratio) ? `${figure(ratio * 100)} %` : ABSENT);

export const mebibytes = (bytes: number | undefined): string => (known(bytes) ? `${figure(bytes / 1_048_576)} MiB` : ABSENT);

export const clockTime = (at: number | undefined): string => (known(at) ? new Date(at).toISOString().slice(11, 19) : ABSENT);

export const dateTime = (at: number | undefined): string =>
  known(at) ? `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC` : ABSENT;

/** "MALFORMED 3, TOO_OLD 1", or "none". */
export const reasonCounts = (record: Readonly<Record<string, number>>): string => {
  const parts = Object.entries(record).filter(([, count]) => count !== 0);
  return parts.length === 0 ? 'none' : parts.map(([reason, count]) => `${reason} ${figure(count)}`).join(', ');
};
