/** Query text: names and values come from somebody else's labels, so every one is quoted. */

const PLAIN_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** As a Go string literal, which is what PromQL reads. */
const quoted = (text: string): string => JSON.stringify(text);

/** Names outside the old alphabet are quoted, as Prometheus 3 reads them. */
const labelName = (label: string): string => (PLAIN_LABEL.test(label) ? label : quoted(label));

export const matches = (label: string, pattern: string): string => `${labelName(label)}=~${quoted(pattern)}`;

/** A regular expression (RE2) that matches just these texts. */
export const oneOf = (texts: readonly string[]): string => texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|');

export const selector = (metric: string, matchers: readonly string[]): string => {
  const given = matchers.filter((matcher) => matcher !== '');
  if (!PLAIN_METRIC.test(metric)) return `{${[quoted(metric), ...given].join(',')}}`;
  return given.length === 0 ? metric : `${metric}{${given.join(',')}}`;
};

/** Whole seconds or milliseconds, as PromQL reads durations. */
export const duration = (ms: number): string => (ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`);

export const sumBy = (labels: readonly string[], expression: string): string =>
  `sum by (${labels.map(labelName).join(', ')}) (${expression})`;

export const maxBy = (labels: readonly string[], expression: string): string =>
  `max by (${labels.map(labelName).join(', ')}) (${expression})`;

export const rateOf = (metric: string, matchers: readonly string[], windowMs: number): string =>
  `rate(${selector(metric, matchers)}[${duration(windowMs)}])`;
