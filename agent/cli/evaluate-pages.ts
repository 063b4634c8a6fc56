import { readFile, writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { MonotonicClock } from '../../core/clock.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { planPages } from '../evaluate/pages/plan.ts';
import { compareWith } from '../evaluate/pages/realism.ts';
import { breakRecording } from '../evaluate/pages/recorded-faults.ts';
import { summarizePages } from '../evaluate/pages/summary.ts';
import { likenessTable, pageLine, pagesTable, recordedTable } from '../evaluate/pages/table.ts';
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

const weeks = (text: string): number => {
  const value = Number(text);
  if (!(value >= 1 && value <= 52)) throw new InvalidArgumentError('a number from 1 to 52');
  return value;
};

/** Faults on a recording, so many of each kind: with two kinds of ramps and six others. */
const RECORDED_RAMPS_OF_EACH = 200;
const RECORDED_SUDDEN_OF_EACH = 50;

/** Statistics of a recording of real services beside those of the fleets, and faults on top of it, or why it cannot be read. */
const ofRecording = async (path: string, { seed, draws, budget: pages, smoke = false }: Options): Promise<Outcome<string, Failure>> => {
  const bytes = await readFile(path).catch((error: Error) => error);
  if (bytes instanceof Error) return fail('RECORDING_INVALID', `${path} cannot be read: ${bytes.message}`);
  const decoded = decodeRecording(bytes);
  if (!decoded.ok) return decoded;
  const broken = breakRecording(decoded.value, {
    seed,
    rampsOfEach: smoke ? 2 : RECORDED_RAMPS_OF_EACH,
    suddenOfEach: smoke ? 1 : RECORDED_SUDDEN_OF_EACH,
    falsePagesPerServiceWeek: pages,
  });
  const likeness = likenessTable(compareWith(decoded.value, seed, draws));
  return succeed([likeness, ...(broken === undefined ? [] : ['', recordedTable(broken)])].join('\n'));
};

/** One line a finished task and one a page: whoever ends a long run early has seen what it found so far. */
const progressOf = (latest: PagesResult, results: readonly PagesResult[], tasks: number, elapsedMs: number): string => {
  const head = `${results.length} of ${tasks}, ${Math.round(elapsedMs / 1_000)} s: `;
  if (latest.kind === 'p-values') return `${head}p-values\n`;
  const { life, task } = latest;
  const fleet = `${head}fleet ${life.draw} at steps of ${task.stepMs / 1_000} s`;
  if (!task.countsPages) return `${fleet}\n`;
  const quiet = results.flatMap((result) => (result.kind === 'life' && result.task.countsPages ? [result.life] : []));
  const pages = quiet.reduce((sum, one) => sum + one.pages.length, 0);
  const serviceWeeks = quiet.reduce((sum, one) => sum + one.serviceWeeks, 0);
  return [`${fleet}; so far ${pages} false pages in ${Math.round(serviceWeeks)} service-weeks`, ...life.pages.map(pageLine), ''].join('\n');
};

/** `foreshock evaluate pages`. */
export const addEvaluatePages = (evaluate: Command, clock: MonotonicClock): void => {
  evaluate
    .command('pages')
    .description('live through weeks of simulated payment services with and without faults: false pages, delays, realized p-values')
    .option('--draws <count>', 'fleets, each with traffic, noise, seasons and errors of its own', whole(1, 1_000), 40)
    .option('--weeks <count>', 'weeks of each', weeks, 4)
    .option('--seed <number>', 'of everything that is drawn', whole(0, 4_294_967_295), 1)
    .option('--budget <pages>', 'false pages accepted, per service and week', budget, 0.05)
    .option('--json <file>', 'write every page and every fault as JSON')
    .option(
      '--recording <file>',
      'instead, compare the chance in the fleets with that in a recording, such as examples/fintech/recording/days.json.gz, and break that',
    )
    .option('--smoke', 'two short fleets, to see that it runs')
    .action(async (options: Options) => {
      const { seed, draws, smoke = false } = options;
      if (options.recording !== undefined) {
        const told = await ofRecording(options.recording, options);
        if (told.ok) process.stdout.write(`${printableLines(told.value)}\n`);
        else {
          process.stderr.write(`${printable(told.error.message)}\n`);
          process.exitCode = EXIT_DATA;
        }
        return;
      }
      const tasks = planPages({ seed, draws, weeks: options.weeks, falsePagesPerServiceWeek: options.budget, smoke });
      const seen: PagesResult[] = [];
      const began = clock.elapsedMs();
      const results = await runInThreads<PagesTask, PagesResult>('pages', tasks, (_finished, _task, result) => {
        seen.push(result);
        process.stderr.write(printableLines(progressOf(result, seen, tasks.length, clock.elapsedMs() - began)));
      });
      process.stdout.write(`${printableLines(pagesTable(summarizePages(results)))}\n`);
      if (options.json === undefined) return;
      try {
        await writeFile(options.json, `${JSON.stringify({ seed, draws, weeks: options.weeks, results }, null, 1)}\n`);
      } catch (error) {
        process.stderr.write(`${printable(`${options.json} cannot be written: ${(error as Error).message}`)}\n`);
        process.exitCode = EXIT_CANNOT_CREATE;
      }
    });
};
