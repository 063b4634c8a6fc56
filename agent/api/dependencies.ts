import type { Failure, Outcome } from '../../core/outcome.ts';
import type { AgentView, HealthState, ReportedChange } from './agent-view.ts';
import type { Archive } from './archive.ts';
import type { ChangeReceipt } from './contract.ts';

export interface ApiDependencies {
  readonly view: AgentView;
  readonly archive: Archive;
  /** Prometheus text exposition of the agent's own metrics. */
  metrics(): Promise<string>;
  health(): HealthState;
  /** All of them or, where an id is taken by another change, none. A refusal of the disk may leave the first ones stored. */
  postChanges(
    changes: readonly ReportedChange[],
  ): Promise<Outcome<readonly ChangeReceipt[], Failure<'CHANGE_NOT_STORED' | 'CHANGE_ID_TAKEN' | 'INVALID_CHANGE'>>>;
  /** Hears of bugs: what answered 500. */
  reportError?(error: unknown): void;
  /** Present only while the agent runs its demo. Unknown ids fail with UNKNOWN_FAULT. */
  demoFault?(id: string): Promise<Outcome<unknown, Failure<'UNKNOWN_FAULT' | 'DEMO_UNAVAILABLE'>>>;
}
