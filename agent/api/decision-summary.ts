import type { DecisionRecord } from '../audit/decision-record.ts';
import type { DecisionSummary } from './contract.ts';

/** One line of the list of decisions. */
export const summaryOf = (record: DecisionRecord): DecisionSummary => {
  const output = record.output as {
    readonly decision?: { readonly title?: string; readonly action?: string; readonly reason?: string };
    readonly recommendation?: { readonly because?: string; readonly desired?: number };
    readonly because?: string;
  };
  return {
    sequence: record.sequence,
    id: record.id,
    at: record.at,
    kind: record.kind,
    subject: record.subject,
    summary: output.decision?.title ?? output.recommendation?.because ?? output.because ?? '',
    outcome:
      output.decision === undefined
        ? output.recommendation?.desired === undefined
          ? record.kind
          : `${output.recommendation.desired} replicas`
        : `${output.decision.action}: ${output.decision.reason}`,
  };
};
