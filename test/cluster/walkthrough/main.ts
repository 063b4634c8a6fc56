import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../../core/system-clock.ts';
import { lackedCpu } from '../../../examples/fintech/demo/cpu-wait.ts';
import { createTerminal } from '../../../examples/fintech/demo/terminal.ts';
import { summary, type WalkthroughReport } from './report.ts';
import { runWalkthrough } from './walk.ts';

const EXIT_USAGE = 64;
/** Something is missing, and the machine was too busy to say that it is the product's doing. */
const EXIT_INCONCLUSIVE = 2;

const usage = `npm run demo:cluster -- [--directory DIR] [--seed N] [--keep]

  --directory  where it keeps its data (default cluster-demo-data); emptied at the start
  --seed       draws the payments; 1 unless given
  --keep       stays up after the summary until Ctrl-C`;

interface Flags {
  readonly directory: string;
  readonly seed: number;
  readonly keep: boolean;
}

const readFlags = (args: readonly string[]): Flags | string => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        directory: { type: 'string', default: 'cluster-demo-data' },
        seed: { type: 'string', default: '1' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return usage;
    const seed = Number(values.seed);
    if (!Number.isInteger(seed) || seed < 0) return `--seed ${values.seed}: a whole number from 0\n\n${usage}`;
    return { directory: resolve(values.directory), seed, keep: values.keep };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n\n${usage}`;
  }
};

const main = async ({ directory, seed, keep }: Flags): Promise<number> => {
  const terminal = createTerminal(process.stderr);
  const stop = new AbortController();
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupted = true;
      stop.abort();
    });
  }
  let report: WalkthroughReport | undefined;
  const onReport = (made: WalkthroughReport): void => {
    report = made;
    terminal.close();
    writeFileSync(join(directory, 'report.json'), `${JSON.stringify(made, null, 2)}\n`);
    process.stdout.write(`${summary(made)}\n`);
  };
  terminal.print(
    'Foreshock in a cluster: a real Kubernetes API and the real helm on this machine; no kubelet, so containers are processes.',
  );
  try {
    await runWalkthrough({ directory, seed, keep, clock: systemClock, terminal, stop, onReport });
  } catch (error) {
    terminal.close();
    terminal.print(
      interrupted ? 'stopped; every process has ended' : `it failed: ${error instanceof Error ? error.message : String(error)}`,
    );
    return interrupted && report === undefined ? 130 : 1;
  }
  if (report === undefined) return 1;
  if (report.missing.length === 0) return 0;
  return lackedCpu(report) ? EXIT_INCONCLUSIVE : 1;
};

const flags = readFlags(process.argv.slice(2));
if (typeof flags === 'string') {
  process.stderr.write(`${flags}\n`);
  process.exitCode = flags === usage ? 0 : EXIT_USAGE;
} else {
  process.exit(await main(flags));
}
