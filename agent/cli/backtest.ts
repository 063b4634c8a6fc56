import { type Command, Option } from 'commander';
import type { MonotonicClock } from '../../core/clock.ts';
import type { Failure, Outcome } from '../../core/outcome.ts';
import { planBacktest } from '../evaluate/backtest/plan.ts';
import type { BacktestDone, BacktestTask } from '../evaluate/backtest/task.ts';
import { TIERS, type Tier } from '../evaluate/contenders/registry.ts';
import { runInThreads } from '../evaluate/run/pool.ts';
import { printable } from '../report/report-text.ts';
import { createTally } from './tally.ts';

interface BacktestOptions {
  readonly train?: string;
  readonly out: string;
  readonly tier: Tier;
}

/** sysexits.h: wrong use, wrong data. */
const EXIT_USAGE = 64;
const EXIT_DATA = 65;

const say = (text: string): void => {
  process.stderr.write(`${printable(text)}\n`);
};

const run = async (input: string, options: BacktestOptions, clock: MonotonicClock): Promise<void> => {
  const planned = await planBacktest({ input, ...options });
  if (!planned.ok) {
    say(planned.error.message);
    process.exitCode = EXIT_USAGE;
    return;
  }
  const tasks = planned.value;
  const tally = createTally(process.stderr, clock, tasks.length, 'series');
  const results = await runInThreads<BacktestTask, Outcome<BacktestDone, Failure>>('backtest', tasks, (finished, task) =>
    tally.show(finished, task.input),
  );
  tally.end();
  let rows = 0;
  let alerts = 0;
  let failed = 0;
  for (const result of results) {
    if (!result.ok) {
      say(result.error.message);
      failed += 1;
      continue;
    }
    rows += result.value.rows;
    alerts += result.value.alerts;
    if (result.value.outOfOrder > 0)
      say(
        `${result.value.input}: ${result.value.outOfOrder} rows are not later than the row before them; they are taken in the order of the file`,
      );
  }
  if (failed < results.length) say(`${results.length - failed} series, ${rows} rows, ${alerts} alerts: ${options.out}`);
  if (failed > 0) process.exitCode = EXIT_DATA;
};

/** `foreshock backtest FILE`: what the shipped detectors would have said of a history, row by row. */
export const addBacktestCommand = (program: Command, clock: MonotonicClock): void => {
  program
    .command('backtest')
    .description('run the shipped detectors over a history in a file, in one causal pass, and write what they said of each row')
    .argument('<file>', '`timestamp,value[,label]` or `timestamp,<column>...[,label]`, .csv or .csv.gz; or a folder of such files')
    .option('--train <file>', 'the time before it, for a table of several columns')
    .requiredOption('--out <file>', 'where to write: a file, or a folder for a folder')
    .addOption(
      new Option('--tier <tier>', 'of detectors of single signals: 1 for every series, 2 for those that matter')
        .choices(Object.keys(TIERS))
        .default(Object.keys(TIERS).at(-1)),
    )
    .action((input: string, options: BacktestOptions) => run(input, options, clock));
};
