import colors from 'picocolors';

/** One progress bar at the bottom, events as they happen above it. Without a terminal: events only. */
export interface Terminal {
  event(atSeconds: number | undefined, kind: 'fault' | 'page' | 'scale' | 'info' | 'bad', text: string): void;
  progress(doneSeconds: number, totalSeconds: number, text: string): void;
  print(text: string): void;
  close(): void;
}

const BAR_WIDTH = 30;

const PAINT = { fault: colors.yellow, page: colors.red, scale: colors.cyan, info: (text: string) => text, bad: colors.red } as const;

/** Telemetry and configuration reach this terminal: escape sequences in them must not. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?');

export const createTerminal = (output: NodeJS.WriteStream): Terminal => {
  const live = output.isTTY === true;
  let bar = '';
  const clear = (): void => {
    if (live && bar !== '') output.write('\r\u001b[2K');
  };
  const redraw = (): void => {
    if (live && bar !== '') output.write(bar);
  };
  return {
    event(atSeconds, kind, text) {
      clear();
      const when = atSeconds === undefined ? '      ' : `${atSeconds.toFixed(0).padStart(4)} s`;
      output.write(`${colors.dim(when)}  ${PAINT[kind](printable(text))}\n`);
      redraw();
    },
    progress(doneSeconds, totalSeconds, text) {
      const share = Math.min(1, Math.max(0, doneSeconds / totalSeconds));
      const filled = Math.round(share * BAR_WIDTH);
      const width = (output.columns ?? 100) - BAR_WIDTH - 20;
      bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${Math.round(doneSeconds)}/${Math.round(totalSeconds)} s  ${printable(text).slice(0, Math.max(10, width))}`;
      clear();
      redraw();
    },
    print(text) {
      clear();
      output.write(`${text}\n`);
    },
    close() {
      clear();
      bar = '';
    },
  };
};
