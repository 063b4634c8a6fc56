import type { ChangeEvent } from '../core/change.ts';
import type { Clock } from '../core/clock.ts';
import type { ClosedStep } from '../core/signal.ts';
import type { DurationMs } from '../core/time.ts';
import type { Finding } from '../detectors/finding.ts';
import type { ScaleTarget } from '../scaler/targets/target.ts';
import type { DecisionEntry, DecisionRecord } from './audit/decision-record.ts';
import type { NotificationMessage } from './notify/notifier.ts';
import type { OperableStore } from './store/store.ts';

/** What the agent writes to, each a port: real in production, in memory in a simulation. */
export interface AgentPorts {
  readonly clock: Clock;
  readonly store: OperableStore;
  readonly decisions: { append(entry: DecisionEntry): Promise<DecisionRecord> };
  readonly changes: { append(change: ChangeEvent): Promise<void> };
  readonly notify: (message: NotificationMessage) => Promise<void>;
  /** By policy target. */
  readonly targets: ReadonlyMap<string, ScaleTarget>;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  readonly observe: AgentObserver;
}

/** Counts for telemetry. */
export interface AgentObserver {
  stepClosed(step: ClosedStep, lateTotal: number): void;
  findings(step: ClosedStep, findings: readonly Finding[]): void;
  paged(): void;
  suppressed(reason: string): void;
}

export interface AgentOptions {
  readonly tenant: string;
  readonly stepMs: DurationMs;
  readonly graceMs: DurationMs;
  readonly quietMs: DurationMs;
  /** How long batches are kept as they came, at least; what no kept snapshot covers is always kept. */
  readonly rawRetentionMs: DurationMs;
  readonly publicUrl: string | undefined;
}
