import type { Finding } from '../../detectors/finding.ts';
import { decideIncident, type IncidentDecision, type IncidentInput } from './decide.ts';

/** Inputs of a page's decision record: findings as what they were computed from, the rest as it was. */
export interface PageInputs<Captured> {
  readonly incident: Omit<IncidentInput, 'findings'>;
  readonly findings: readonly Captured[];
}

export interface PageOutput {
  readonly decision: IncidentDecision;
  readonly findings: readonly Finding[];
}

/** The strongest findings are recorded; a storm of hundreds would make the record unreadable and add nothing. */
export const RECORDED_FINDINGS = 12;

/** The decision as a function of its record. Both the live agent and replay call exactly this. */
export const decidePage = <Captured>(inputs: PageInputs<Captured>, recompute: (captured: Captured) => Finding): PageOutput => {
  const findings = inputs.findings.map(recompute);
  return { decision: decideIncident({ ...inputs.incident, findings }), findings };
};
