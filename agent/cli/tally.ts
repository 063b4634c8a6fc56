import type { MonotonicClock } from '../../core/clock.ts';
import { printable } from '../report/report-text.ts';

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
const WIDTH = 110;
/** Where lines cannot be drawn over, every so often one more. */
const SPARSE_MS = 15_000;

export interface Tally {
  show(finished: number, what: string): void;
  end(): void;
}

/** One line that counts to a known number: drawn over on a terminal, a line now and then elsewhere. */
export const createTally = (terminal: Terminal, clock: MonotonicClock, total: number, noun: string): Tally => {
  const startedAt = clock.elapsedMs();
  const interactive = terminal.isTTY === true;
  let drawnAt = interactive ? Number.NEGATIVE_INFINITY : startedAt;
  return {
    show(finished, what) {
      const now = clock.elapsedMs();
      if (now - drawnAt < (interactive ? REDRAW_MS : SPARSE_MS)) return;
      drawnAt = now;
      const line = `${finished} of ${total} ${noun}, ${Math.round((now - startedAt) / 1_000)} s: ${printable(what)}`.slice(0, WIDTH);
      terminal.write(interactive ? `\r\u001b[2K${line}` : `${line}\n`);
    },
    end() {
      if (interactive) terminal.write('\r\u001b[2K');
    },
  };
};
