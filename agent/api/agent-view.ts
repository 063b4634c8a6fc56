import type { Incident } from '../incident/incident.ts';
import type { AgentState, ChangeInput, SignalSeries } from './contract.ts';

/** What the API may see of the agent: reads only. */
export interface AgentView {
  /** Full state with full windows; cheap enough to call on every page load. */
  state(): AgentState;
  /** Calls back with the full state after each closed step (about once a second); the returned function unsubscribes. */
  subscribe(listener: (state: AgentState) => void): () => void;
  incident(id: string): Incident | undefined;
  signal(key: string): SignalSeries | undefined;
}

export interface HealthState {
  /** False only when a restart would help. */
  readonly live: boolean;
  readonly ready: boolean;
  /** Why it is not live or not ready; empty when both. */
  readonly reasons: readonly string[];
}

/** A change as checked by the server: the agent gives it an id, a tenant and, where `at` is absent, a time. */
export type ReportedChange = ChangeInput;
