import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { MonotonicClock } from '../../core/clock.ts';
import { seededRandom } from '../../core/random.ts';
import { ENTRIES } from '../evaluate/contenders/registry.ts';
import { discoverDataSets } from '../evaluate/data/discover.ts';
import { figuresOf } from '../evaluate/report/figures.ts';
import { renderJitter, renderSet } from '../evaluate/report/text.ts';
import { drawConstants } from '../evaluate/run/constants.ts';
import { evaluateSets, jitterSets, type ShowProgress } from '../evaluate/run/evaluate.ts';
import { runInThreads } from '../evaluate/run/pool.ts';
import { smokeOf } from '../evaluate/run/smoke.ts';
import { type StressResult, type StressTask, stressTasks } from '../evaluate/stress/stress-task.ts';
import { stressReport, stressTables } from '../evaluate/stress/table.ts';
import { printableLines } from '../report/report-text.ts';
import { createTally, type Tally } from './tally.ts';
import { whole } from './whole-number.ts';

interface EvaluateOptions {
  readonly data?: string;
  readonly stress?: boolean;
  readonly json?: string;
  readonly smoke?: boolean;
  readonly jitter?: number;
  readonly seed: number;
}

/** sysexits.h: used wrongly, wrong data, and what was computed cannot be right. */
const EXIT_USAGE = 64;
const EXIT_DATA = 65;
const EXIT_SOFTWARE = 70;

const DRAWS_AT_MOST = 1_000;

const leave = (message: string, code: number): void => {
  process.stderr.write(`${printableLines(message)}\n`);
  process.exitCode = code;
};

/** How much is drawn of each shape; `--smoke` draws as little as shows that it runs. */
const STRESS_SIZE = { faulty: 6, clean: 3, fallSeries: 40 };
const STRESS_SMOKE = { faulty: 1, clean: 1, fallSeries: 2 };

const stress = async (options: EvaluateOptions, clock: MonotonicClock): Promise<void> => {
  const { faulty, clean, fallSeries } = options.smoke === true ? STRESS_SMOKE : STRESS_SIZE;
  const tasks = stressTasks({ draws: { seed: options.seed, faulty, clean }, fallSeries });
  const tally = createTally(process.stderr, clock, tasks.length, 'shapes');
  const results = await runInThreads<StressTask, StressResult>('stress', tasks, (finished, task) => tally.show(finished, task.name));
  tally.end();
  const report = stressReport(results);
  process.stdout.write(`${stressTables(report)}\n`);
  await writeJson(options.json, report);
};

/** Whether all went well. */
const writeJson = async (file: string | undefined, content: unknown): Promise<boolean> => {
  if (file === undefined) return true;
  try {
    await writeFile(file, `${JSON.stringify(content, null, 1)}\n`);
    return true;
  } catch (error) {
    leave(`${file} cannot be written: ${(error as Error).message}`, EXIT_DATA);
    return false;
  }
};

const evaluate = async (options: EvaluateOptions, clock: MonotonicClock): Promise<void> => {
  if (options.stress === true) return stress(options, clock);
  if (options.data === undefined) return leave('--data FOLDER names the labeled data; only --stress needs none', EXIT_USAGE);
  const discovered = await discoverDataSets(options.data);
  if (!discovered.ok) return leave(discovered.error.message, EXIT_DATA);
  const sets = options.smoke === true ? discovered.value.map(smokeOf) : discovered.value;
  let tally: Tally | undefined;
  const show: ShowProgress = (finished, of, what) => {
    tally ??= createTally(process.stderr, clock, of, 'series');
    tally.show(finished, what);
  };
  const random = seededRandom(options.seed);
  const drawn = ENTRIES.flatMap((entry) =>
    entry.constants === undefined
      ? []
      : [
          {
            entry,
            draws: Array.from({ length: options.jitter ?? 0 }, () => drawConstants(entry.constants ?? {}, entry.counts ?? [], random)),
          },
        ],
  );
  const ran =
    options.jitter === undefined
      ? await evaluateSets(sets, runInThreads, show)
      : await jitterSets(sets, drawn, figuresOf, runInThreads, show);
  tally?.end();
  if (!ran.ok) return leave(ran.error.message, EXIT_DATA);
  for (const report of ran.value) process.stdout.write(`${'contenders' in report ? renderSet(report) : renderJitter(report)}\n`);
  if (!(await writeJson(options.json, ran.value))) return;
  if (ran.value.some((report) => 'selfCheck' in report && report.selfCheck?.ok === false))
    leave('the scorer does not reproduce published scores: none of these figures can be relied on', EXIT_SOFTWARE);
};

/** `foreshock evaluate detection`: what the shipped configuration does on labeled data, beside baselines and published scores. */
export const addEvaluateDetection = (evaluations: Command, clock: MonotonicClock): void => {
  evaluations
    .command('detection')
    .description(
      'detectors on every labeled series below a folder: NAB, event F1 and delay, VUS-PR, false alarms, with intervals and baselines',
    )
    .option('--data <folder>', 'labeled data sets, found by their layout (docs/evaluate.md)')
    .option('--stress', 'instead of data, drawn series and services that break what detectors like to assume')
    .option('--json <file>', 'the same figures for machines, series by series')
    .option('--smoke', 'a few series of each set: does it run, not how good it is')
    .option(
      '--jitter <draws>',
      'all constants drawn from x0.7 to 1.4, so often: median and 10 % / 90 % of each figure',
      whole(1, DRAWS_AT_MOST),
    )
    .option('--seed <number>', 'of the draws', whole(0, 4_294_967_295), 1)
    .action((options: EvaluateOptions) => evaluate(options, clock));
};
