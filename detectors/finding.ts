import type { HarmDirection, ModelKey } from '../core/signal.ts';
import type { Instant } from '../core/time.ts';

/** What a detector says of one signal (or of one service, for multivariate detectors) while its evidence is open. */
export interface Finding {
  /** 'seasonal', 'isolation-forest', 'burn-rate' ... */
  readonly detector: string;
  readonly signal: ModelKey;
  readonly tenant: string;
  readonly service: string;
  /** Signal.name */
  readonly name: string;
  /** End of the step it speaks of. */
  readonly at: Instant;
  /** End of the step in which the evidence began to grow: the onset, not the alarm. */
  readonly since: Instant;
  readonly direction: 'rise' | 'fall';
  /** Whether that direction hurts users. */
  readonly harmful: boolean;
  readonly harm: HarmDirection;
  /** In the unit of the signal: seconds, ratio, events per second. */
  readonly observed: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  readonly unit: string;
  /** Of the latest step alone, if nothing were wrong. */
  readonly pValue: number;
  /** Accumulated -log10 p above reference: comparable between signals. */
  readonly evidence: number;
  /** Signed terms that sum to `evidence` (steps, or dimensions for multivariate detectors). */
  readonly contributions: readonly { readonly name: string; readonly value: number }[];
  /** One sentence for a person, with the numbers in it. */
  readonly because: string;
  /** Why it may wake nobody: what calls this rare is itself out of calibration. Left out while it is believed. */
  readonly distrust?: string;
}
