import type { Signal, SignalKind } from '../../core/signal.ts';

const significant = (value: number, digits: number): string => {
  if (value === 0) return '0';
  const rounded = Number(value.toPrecision(digits));
  return String(Math.abs(rounded) >= 100 ? Math.round(value) : rounded);
};

const seconds = (value: number): string => {
  if (value >= 1) return `${significant(value, 3)} s`;
  return value >= 0.001 ? `${significant(value * 1_000, 3)} ms` : `${significant(value * 1_000_000, 3)} µs`;
};

/** A value as people read it: "182 ms", "2.4 %", "61 /s". Values in the signal's unit, durations in seconds. */
export const formatValue = (value: number, kind: SignalKind, unit: string): string => {
  if (kind === 'duration') return seconds(value);
  if (kind === 'ratio') return `${significant(value * 100, 2)} %`;
  if (kind === 'rate') return `${significant(value, 3)} /s`;
  if (unit === 's') return seconds(value);
  return unit === '' || unit === '1' ? significant(value, 3) : `${significant(value, 3)} ${unit}`;
};

/** How long, as people say it. */
export const formatSpan = (ms: number): string => {
  if (ms < 120_000) return `${significant(ms / 1_000, 3)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${significant(ms / 3_600_000, 2)} h`;
};

const NOUNS: Readonly<Record<string, string>> = {
  requests: 'request rate',
  errors: 'error ratio',
  origin_errors: 'ratio of errors of its own',
  duration: 'typical latency',
  self_duration: 'typical own time',
  gap: 'typical time between client and server',
  declined: 'share of declined payments',
  'business.payments': 'payments',
  'business.declined': 'share of declined payments',
  'business.failed': 'share of failed payments',
  'business.amount': 'money',
};

/** "typical latency of ledger", "error ratio of gateway -> router". */
export const nameSignal = (signal: Signal): string => {
  const noun = NOUNS[signal.name] ?? signal.name;
  const { scope, service } = signal;
  switch (scope.kind) {
    case 'service':
      return `${noun} of ${service}`;
    case 'operation':
      return `${noun} of ${service} ${scope.operation}`;
    case 'edge':
      return `${noun} of ${service} -> ${scope.callee}`;
    case 'slice':
    case 'resource': {
      const parts = scope.kind === 'slice' ? scope.slice : scope.attributes;
      const listed = Object.keys(parts)
        .sort()
        .map((key) => `${key} ${parts[key]}`)
        .join(', ');
      return `${noun} of ${service} (${listed})`;
    }
  }
};

export interface DescribedDeviation {
  readonly observed: number;
  readonly lower: number;
  readonly upper: number;
  /** Whether the expectation rests on the time of day. */
  readonly seasonal: boolean;
  readonly lastedMs: number;
  /** How long its model has known the signal, while it knows no whole day of it. */
  readonly youngMs?: number;
}

export const describeDeviation = (signal: Signal, deviation: DescribedDeviation): string => {
  const show = (value: number): string => formatValue(value, signal.kind, signal.unit);
  const when = deviation.seasonal ? ' at this time of day' : '';
  const [low, high] = [show(deviation.lower), show(deviation.upper)];
  const unitOf = (text: string): string => text.slice(text.indexOf(' ') + 1);
  const shortLow = low.includes(' ') && unitOf(low) === unitOf(high) ? low.slice(0, low.indexOf(' ')) : low;
  const young =
    deviation.youngMs === undefined ? '' : `; known for ${formatSpan(deviation.youngMs)} only, so a larger departure was asked for`;
  return `${nameSignal(signal)} is ${show(deviation.observed)}, expected ${shortLow} to ${high}${when}, for ${formatSpan(deviation.lastedMs)}${young}`;
};
