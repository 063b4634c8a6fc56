import type { ClosedStep, StepRevision } from '../core/signal.ts';
import type { Instant } from '../core/time.ts';
import type { Finding } from '../detectors/finding.ts';
import type { PlannedScale } from './act/plans.ts';
import type { DeskOutcome } from './incident/desk.ts';

/** The spine: collect -> normalize -> detect -> correlate -> plan -> act -> tell. */
export interface Spine {
  /** collect -> normalize: what collectors delivered, as steps that are over. */
  closeSteps(now: Instant): { readonly steps: readonly ClosedStep[]; readonly revisions: readonly StepRevision[] };
  detect(step: ClosedStep): readonly Finding[];
  correlate(step: ClosedStep, findings: readonly Finding[]): DeskOutcome;
  plan(step: ClosedStep): readonly PlannedScale[];
  act(plans: readonly PlannedScale[]): void;
  tell(outcome: DeskOutcome): void;
  remember(step: ClosedStep, findings: readonly Finding[]): void;
  amend(revisions: readonly StepRevision[]): void;
}

/**
 * Every step that is over, in order. Nothing here waits: writes, pages and the disk go on in the background, in the
 * order they were ordered. A bug in one step ends that step: it is reported, nothing is done for it, the next follows.
 */
export const runSpine = (spine: Spine, now: Instant, report: (step: ClosedStep, error: unknown) => void): number => {
  const { steps, revisions } = spine.closeSteps(now);
  if (revisions.length > 0) spine.amend(revisions);
  for (const step of steps) {
    try {
      const findings = spine.detect(step);
      const outcome = spine.correlate(step, findings);
      const plans = spine.plan(step);
      spine.act(plans);
      spine.tell(outcome);
      spine.remember(step, findings);
    } catch (error) {
      report(step, error);
    }
  }
  return steps.length;
};
