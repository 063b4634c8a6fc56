import type { Failure, Outcome } from '../../core/outcome.ts';

/** Who of several agents may act. */
export interface Leadership {
  /** Who we are, as long as a write that begins now ends before anybody else may write; else why not. Asked right before each write. */
  permit(): Outcome<{ readonly holder: string }, Failure<'NOT_LEADER'>>;
}
