import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { MonotonicClock } from '../../core/clock.ts';
import { LEVELS, type SeriesScores } from '../evaluate/forecast/judge.ts';
import { readLoads } from '../evaluate/forecast/load-series.ts';
import { summarize } from '../evaluate/forecast/summary.ts';
import { forecastTable, RIVALS } from '../evaluate/forecast/table.ts';
import { type ForecastJudging, namesOfOurs } from '../evaluate/forecast/task.ts';
import { runInThreads } from '../evaluate/run/pool.ts';
import { printable, printableLines } from '../report/report-text.ts';
import { createTally } from './tally.ts';

/** sysexits.h: the data are not what they should be; the output cannot be written. */
const EXIT_DATA = 65;
const EXIT_CANNOT_CREATE = 73;

interface Options {
  readonly data: string;
  readonly json?: string;
  readonly scaler: boolean;
}

const run = async ({ data, json, scaler }: Options, clock: MonotonicClock): Promise<void> => {
  const stop = (message: string, code: number): void => {
    process.stderr.write(`${printable(message)}\n`);
    process.exitCode = code;
  };
  const read = await readLoads(data);
  if (!read.ok) return stop(read.error.message, EXIT_DATA);
  const tasks = read.value.map((series): ForecastJudging => ({ series, scaler }));
  const tally = createTally(process.stderr, clock, tasks.length, 'series');
  const all = await runInThreads<ForecastJudging, SeriesScores>('forecast', tasks, (finished, { series }) =>
    tally.show(finished, series.name),
  );
  tally.end();
  const ours = namesOfOurs(scaler);
  for (const name of ours) process.stdout.write(`${printableLines(forecastTable(all, name))}\n\n`);
  if (json === undefined) return;
  const minutes = [...new Set(all.flatMap((series) => series.horizons.map((horizon) => horizon.minutes)))];
  const summaries = Object.fromEntries(ours.map((name) => [name, summarize(all, name, RIVALS, minutes)]));
  try {
    await writeFile(json, `${JSON.stringify({ levels: LEVELS, summaries, series: all }, null, 2)}\n`);
  } catch (error) {
    stop(`${json} cannot be written: ${(error as Error).message}`, EXIT_CANNOT_CREATE);
  }
};

/** `foreshock evaluate forecast`. */
export const addEvaluateForecast = (evaluate: Command, clock: MonotonicClock): void => {
  evaluate
    .command('forecast')
    .description('judge forecasts of recorded loads at 15, 30 and 60 minutes: pinball loss, WAPE and coverage, beside baselines')
    .requiredOption('--data <dir>', 'folder of `timestamp,load` files (csv or csv.gz), or one with a folder load')
    .option('--json <file>', 'write every figure as JSON')
    .option('--scaler', 'judge the forecaster that the scaler plans with, too', false)
    .action((options: Options) => run(options, clock));
};
