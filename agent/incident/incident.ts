import type { ChangeEvent } from '../../core/change.ts';
import type { Instant } from '../../core/time.ts';
import type { Finding } from '../../detectors/finding.ts';

/** A candidate cause, most likely first. */
export interface Suspect {
  readonly kind: 'service' | 'slice' | 'edge';
  readonly service: string;
  /** For a slice: { provider: 'psp-north', issuer: 'birch' }; for an edge: { callee }. Empty for a service. */
  readonly parts: Readonly<Record<string, string>>;
  /** "ledger", "psp-north / birch", "router -> psp-north". */
  readonly label: string;
  readonly score: number;
  /** Share of the total score of all suspects, 0..1. */
  readonly share: number;
  /** For slices: share of the harmed events against share of the traffic. */
  readonly harmShare?: number;
  readonly trafficShare?: number;
  /** Sentences with numbers, strongest first. */
  readonly because: readonly string[];
  /** The change before the onset that best explains it, if any. */
  readonly change?: ChangeEvent;
}

export type Severity = 'warning' | 'critical';

export interface IncidentFacts {
  readonly id: string;
  readonly tenant: string;
  readonly severity: Severity;
  /** The service whose users are hurt. */
  readonly symptomService: string;
  readonly title: string;
  /** Onset of the earliest evidence. */
  readonly startedAt: Instant;
  readonly openedAt: Instant;
  readonly updatedAt: Instant;
  /** Latest finding of each signal, strongest first. */
  readonly findings: readonly Finding[];
  readonly suspects: readonly Suspect[];
  readonly changes: readonly ChangeEvent[];
  /** Services touched. */
  readonly services: readonly string[];
  /** Set once it was told to people; undefined while only watched. */
  readonly pagedAt?: Instant;
  /** Why it was not told, while it was not: 'below-evidence', 'no-harm', 'scaling-in-progress', 'explained-by-change', 'budget' ... */
  readonly suppressedBecause?: string;
  /** Id of the decision record of the page. */
  readonly decisionId?: string;
}

export type Incident = IncidentFacts &
  (
    | { readonly state: 'watching' }
    | { readonly state: 'open' }
    | { readonly state: 'resolved'; readonly resolvedAt: Instant; readonly because: string }
  );
