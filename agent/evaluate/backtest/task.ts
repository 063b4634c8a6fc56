import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import { ENTRIES, entryOf, TIERS, type Tier } from '../contenders/registry.ts';
import { readTable } from '../data/read.ts';
import { alignTrain, multivariateOf, univariateOf } from '../data/series.ts';
import type { Table } from '../data/table.ts';
import { risingEdges } from '../score/ranges.ts';
import { renderMultivariate, renderUnivariate } from './render.ts';

export interface BacktestTask {
  readonly input: string;
  readonly train?: string;
  readonly out: string;
  readonly tier: Tier;
}

export interface BacktestDone {
  readonly input: string;
  readonly rows: number;
  readonly alerts: number;
  readonly outOfOrder: number;
}

/** Whole or not at all: a reader never meets half a file. */
const writeWhole = async (path: string, content: string): Promise<Outcome<undefined, Failure<'NOT_WRITTEN'>>> => {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, content);
    await rename(draft, path);
    return succeed(undefined);
  } catch (cause) {
    await rm(draft, { force: true });
    return fail('NOT_WRITTEN', `${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
};

interface Ran {
  readonly content: string;
  readonly alert: Uint8Array;
}

const runUnivariate = (table: Table, task: BacktestTask): Ran => {
  const entry = entryOf(TIERS[task.tier]);
  if (entry.kind !== 'univariate') throw new TypeError(`${entry.name} watches no single signal`);
  // The labels stay behind: a detector that sees them is no detector.
  const { labels: _, ...series } = univariateOf(table, task.input);
  const verdicts = entry.create(entry.constants ?? {}).run(series);
  return { content: renderUnivariate(table, verdicts), alert: verdicts.alert };
};

const runMultivariate = async (table: Table, task: BacktestTask): Promise<Outcome<Ran, Failure>> => {
  const entry = ENTRIES.find(({ kind, baseline }) => kind === 'multivariate' && !baseline);
  if (entry?.kind !== 'multivariate')
    return fail('NO_DETECTOR', `${task.input}: no detector watches ${table.columns.length} columns at once`);
  const { labels: _, ...test } = multivariateOf(table, task.input);
  let train: typeof test | undefined;
  if (task.train !== undefined) {
    const before = await readTable(task.train);
    if (!before.ok) return before;
    const { labels: __, ...earlier } = multivariateOf(before.value, task.train);
    const aligned = alignTrain(earlier, test);
    if (!aligned.ok) return aligned;
    train = aligned.value;
  }
  const verdicts = entry.create(entry.constants ?? {}).run(train, test);
  return succeed({ content: renderMultivariate(table, verdicts), alert: verdicts.alert });
};

export const backtestTask = async (task: BacktestTask): Promise<Outcome<BacktestDone, Failure>> => {
  const table = await readTable(task.input);
  if (!table.ok) return table;
  const single = table.value.columns.length === 1;
  if (single && task.train !== undefined)
    return fail('NO_TRAINING', `${task.input}: a single signal is learned as it passes; --train is for tables of several columns`);
  const ran = single ? succeed(runUnivariate(table.value, task)) : await runMultivariate(table.value, task);
  if (!ran.ok) return ran;
  const written = await writeWhole(task.out, ran.value.content);
  if (!written.ok) return written;
  return succeed({
    input: task.input,
    rows: table.value.times.length,
    alerts: risingEdges(ran.value.alert).length,
    outOfOrder: table.value.outOfOrder,
  });
};
