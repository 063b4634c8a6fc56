import type { ModelKey, SignalKind, SignalScope } from '../../core/signal.ts';
import type { Instant } from '../../core/time.ts';

/**
 * What one signal says about the time since the onset, in the unit people read (seconds, ratio, events per
 * second). Sums run over the steps from the onset, so that a slice with two payments a second is judged on all
 * of them and not on the last step alone.
 */
export interface SignalEvidence {
  readonly key: ModelKey;
  readonly service: string;
  readonly name: string;
  readonly kind: SignalKind;
  readonly scope: SignalScope;
  readonly unit: string;
  readonly observed: number;
  readonly expected: number;
  /** Events behind `observed`, for ratios and durations; 0 where there are none to count. */
  readonly events: number;
  /** Seconds behind `observed`, where it is a rate of counted payments: how many are missing is a matter of both. */
  readonly seconds?: number;
  /** Accumulated -log10 p of the detector; 0 when nothing was odd. */
  readonly evidence: number;
  readonly direction: 'rise' | 'fall';
  readonly since: Instant;
}

/** ln(observed / expected), 0 when either is not positive: how far a signal moved, the same up and down. */
export const logRatio = (evidence: SignalEvidence): number =>
  evidence.observed > 0 && evidence.expected > 0 ? Math.log(evidence.observed / evidence.expected) : 0;

export const percent = (ratio: number): string => `${(100 * ratio).toFixed(ratio < 0.1 ? 1 : 0)} %`;

export const readable = (value: number, unit: string): string => {
  if (unit === 's') return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(2)} s`;
  if (unit === '1' || unit === 'ratio') return percent(value);
  if (unit === '1/s') return `${value.toFixed(1)}/s`;
  // Units in braces say what is counted (UCUM annotations); the name of the signal does too.
  if (/^\{[^}]*\}\/s$/.test(unit)) return `${value.toFixed(1)}/s`;
  return `${Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1)}${unit === '' ? '' : ` ${unit}`}`;
};
