import type { MonotonicClock } from '../../core/clock.ts';
import { printable } from '../report/report-text.ts';
import type { TrialPhase } from '../trial/trial.ts';

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Share of the whole at which a phase begins; reading and reliving take nearly all of the time. */
const PHASES: readonly (readonly [TrialPhase, number, string])[] = [
  ['looking', 0, 'looking what is there'],
  ['reading', 0.05, 'reading'],
  ['replicas', 0.5, 'reading replicas'],
  ['alerts', 0.52, 'reading their alerts'],
  ['reliving', 0.55, 'living through it'],
  ['scaling', 0.93, 'scaling beside it'],
];
const WIDTH = 28;
const REDRAW_MS = 100;

export interface Progress {
  show(phase: TrialPhase, share: number, what: string): void;
  end(): void;
}

/** One line that is drawn over on a terminal, one line a phase elsewhere. */
export const createProgress = (terminal: Terminal, clock: MonotonicClock): Progress => {
  const startedAt = clock.elapsedMs();
  let last: TrialPhase | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const seconds = (): string => `${Math.round((clock.elapsedMs() - startedAt) / 1_000)} s`;
  return {
    show(phase, share, what) {
      const place = PHASES.findIndex(([name]) => name === phase);
      const [, begins, title] = PHASES[place] as (typeof PHASES)[number];
      if (terminal.isTTY !== true) {
        if (phase !== last) terminal.write(`${title} (${seconds()})\n`);
        last = phase;
        return;
      }
      if (phase === last && clock.elapsedMs() - drawnAt < REDRAW_MS) return;
      last = phase;
      drawnAt = clock.elapsedMs();
      const whole = begins + Math.min(1, share) * ((PHASES[place + 1]?.[1] ?? 1) - begins);
      const filled = Math.round(whole * WIDTH);
      const line = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${String(Math.round(100 * whole)).padStart(3)} %  ${title}: ${printable(what)} (${seconds()})`;
      terminal.write(`\r\u001b[2K${line.slice(0, 110)}`);
    },
    end() {
      if (terminal.isTTY === true) terminal.write('\r\u001b[2K');
    },
  };
};
