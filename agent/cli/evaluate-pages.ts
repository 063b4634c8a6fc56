import { readFile, writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { MonotonicClock } from '../../core/clock.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { planPages } from '../evaluate/pages/plan.ts';
import { compareWith } from '../evaluate/pages/realism.ts';
import { summarizePages } from '../evaluate/pages/summary.ts';
import { likenessTable, pagesTable } from '../evaluate/pages/table.ts';
import type { PagesResult, PagesTask } from '../evaluate/pages/task.ts';
import { runInThreads } from '../evaluate/run/pool.ts';
import { decodeRecording } from '../models/recording.ts';
import { printable, printableLines } from '../report/report-text.ts';
import { whole } from './whole-number.ts';

interface Options {
  readonly draws: number;
  readonly weeks: number;
  readonly seed: number;
  readonly budget: number;
  readonly json?: string;
  readonly smoke?: boolean;
  readonly recording?: string;
}

/** sysexits.h: the recording is none, the output cannot be written. */
const EXIT_DATA = 65;
const EXIT_CANNOT_CREATE = 73;

const budget = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value <= 100)) throw new InvalidArgumentError('a number above 0, at most 100');
  return value;
};

/** Statistics of a recording of real services beside those of the fleets, or why it cannot be read. */
const likenessOf = async (path: string, seed: number, draws: number): Promise<Outcome<string, Failure>> => {
  const bytes = await readFile(path).catch((error: Error) => error);
  if (bytes instanceof Error) return fail('RECORDING_INVALID', `${path} cannot be read: ${bytes.message}`);
  const decoded = decodeRecording(bytes);
  if (!decoded.ok) return decoded;
  return succeed(likenessTable(compareWith(decoded.value, seed, draws)));
};

/** `foreshock evaluate pages`. */
export const addEvaluatePages = (evaluate: Command, clock: MonotonicClock): void => {
  evaluate
    .command('pages')
    .description('live through weeks of simulated payment services with and without faults: false pages, delays, realized p-values')
    .option('--draws <count>', 'fleets, each with traffic, noise, seasons and errors of its own', whole(1, 1_000), 40)
    .option('--weeks <count>', 'weeks of each', whole(1, 52), 4)
    .option('--seed <number>', 'of everything that is drawn', whole(0, 4_294_967_295), 1)
    .option('--budget <pages>', 'false pages accepted, per service and week', budget, 0.05)
    .option('--json <file>', 'write every page and every fault as JSON')
    .option(
      '--recording <file>',
      'instead, compare the chance in the fleets with that in a recording, such as examples/fintech/recording/days.json.gz',
    )
    .option('--smoke', 'two short fleets, to see that it runs')
    .action(async (options: Options) => {
      const { seed, draws, weeks, smoke = false } = options;
      if (options.recording !== undefined) {
        const likeness = await likenessOf(options.recording, seed, draws);
        if (likeness.ok) process.stdout.write(`${printableLines(likeness.value)}\n`);
        else {
          process.stderr.write(`${printable(likeness.error.message)}\n`);
          process.exitCode = EXIT_DATA;
        }
        return;
      }
      const tasks = planPages({ seed, draws, weeks, falsePagesPerServiceWeek: options.budget, smoke });
      const results: PagesResult[] = [];
      const began = clock.elapsedMs();
      await runInThreads<PagesTask, PagesResult>('pages', tasks, (_finished, _task, result) => {
        results.push(result);
        const what = result.kind === 'life' ? `fleet ${result.life.draw}, ${result.life.pages.length} pages` : 'p-values';
        process.stderr.write(`${results.length} of ${tasks.length} (${what}), ${Math.round((clock.elapsedMs() - began) / 1_000)} s\n`);
      });
      process.stdout.write(`${printableLines(pagesTable(summarizePages(results)))}\n`);
      if (options.json === undefined) return;
      try {
        await writeFile(options.json, `${JSON.stringify({ seed, draws, weeks, results }, null, 1)}\n`);
      } catch (error) {
        process.stderr.write(`${printable(`${options.json} cannot be written: ${(error as Error).message}`)}\n`);
        process.exitCode = EXIT_CANNOT_CREATE;
      }
    });
};
