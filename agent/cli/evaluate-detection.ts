import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
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
import { printableLines } from '../report/report-text.ts';
import { createTally, type Tally } from './tally.ts';

interface EvaluateOptions {
  readonly data: string;
  readonly json?: string;
  readonly smoke?: boolean;
  readonly jitter?: number;
  readonly seed: number;
}

/** sysexits.h: wrong data, and what was computed cannot be right. */
const EXIT_DATA = 65;
const EXIT_SOFTWARE = 70;

const DRAWS_AT_MOST = 1_000;

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < least || count > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most}`);
    return count;
  };

const leave = (message: string, code: number): void => {
  process.stderr.write(`${printableLines(message)}\n`);
  process.exitCode = code;
};

const evaluate = async (options: EvaluateOptions, clock: MonotonicClock): Promise<void> => {
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
  if (options.json !== undefined) {
    const written = await writeFile(options.json, `${JSON.stringify(ran.value, null, 1)}\n`).then(
      () => undefined,
      (error: Error) => error,
    );
    if (written !== undefined) return leave(`${options.json} cannot be written: ${written.message}`, EXIT_DATA);
  }
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
    .requiredOption('--data <folder>', 'labeled data sets, found by their layout (docs/evaluate.md)')
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
