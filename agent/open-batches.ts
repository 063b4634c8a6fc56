import type { Intake } from '../core/ports.ts';
import type { DurationMs, Instant } from '../core/time.ts';

/**
 * Batches that were received and not yet handed on, because the disk has them under its pen. A step must not close
 * over their heads: reading the log again would close it with them, and a restart would decide otherwise.
 */
export interface OpenBatches {
  readonly intake: Intake;
  /** The latest instant up to which steps may close now. */
  closableAt(now: Instant): Instant;
}

/** A disk that takes longer than this is an outage of its own, and steps go on. */
const PATIENCE_MS: DurationMs = 30_000;

export const trackOpenBatches = (intake: Intake): OpenBatches => {
  const open = new Set<{ readonly receivedAt: Instant }>();
  return {
    intake: {
      async accept(batch) {
        open.add(batch);
        try {
          return await intake.accept(batch);
        } finally {
          open.delete(batch);
        }
      },
    },
    closableAt(now) {
      let earliest = now;
      for (const { receivedAt } of open) earliest = Math.min(earliest, receivedAt);
      return Math.max(earliest, now - PATIENCE_MS);
    },
  };
};
