import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { Tier } from '../contenders/registry.ts';
import { isTableFile } from '../data/read.ts';
import type { BacktestTask } from './task.ts';

export interface BacktestRequest {
  readonly input: string;
  readonly train?: string;
  readonly out: string;
  readonly tier: Tier;
}

const kindOf = async (path: string): Promise<'file' | 'folder' | 'nothing'> =>
  stat(path).then(
    (found) => (found.isDirectory() ? 'folder' : 'file'),
    () => 'nothing',
  );

const stem = (path: string): string => path.replace(/\.csv(\.gz)?$/i, '');

/** A file is one task; a folder one for each table below it, `train.csv` going with the `test.csv` beside it. */
export const planBacktest = async (
  request: BacktestRequest,
): Promise<Outcome<readonly BacktestTask[], Failure<'NO_INPUT' | 'BAD_OUTPUT'>>> => {
  const { input, train, out, tier } = request;
  const kind = await kindOf(input);
  if (kind === 'nothing') return fail('NO_INPUT', `${input} is neither a file nor a folder`);
  const existing = await kindOf(out);
  if (kind === 'file') {
    if (existing === 'folder') return fail('BAD_OUTPUT', `${out} is a folder: name the file to write`);
    if ([input, train].some((path) => path !== undefined && resolve(path) === resolve(out)))
      return fail('BAD_OUTPUT', `${out} is what is read: name another file to write`);
    return succeed([{ input, out, tier, ...(train === undefined ? {} : { train }) }]);
  }
  if (train !== undefined)
    return fail('NO_INPUT', `${input} is a folder: in it train.csv goes with the test.csv beside it, without --train`);
  if (existing === 'file') return fail('BAD_OUTPUT', `${out} is a file: for a folder of series name a folder to write to`);
  if (`${resolve(out)}${sep}`.startsWith(`${resolve(input)}${sep}`))
    return fail('BAD_OUTPUT', `${out} lies within ${input}: what is written would be read the next time`);
  const names = await readdir(input, { recursive: true });
  const tables = names.filter((name) => isTableFile(basename(name))).sort();
  if (tables.length === 0) return fail('NO_INPUT', `${input}: there is no .csv or .csv.gz below it`);
  const tests = new Set(tables.filter((name) => basename(stem(name)) === 'test').map((name) => dirname(name)));
  const tasks = tables
    .filter((name) => !(basename(stem(name)) === 'train' && tests.has(dirname(name))))
    .map((name): BacktestTask => {
      const beside =
        basename(stem(name)) === 'test'
          ? tables.find((one) => dirname(one) === dirname(name) && basename(stem(one)) === 'train')
          : undefined;
      const place = relative('.', `${stem(name)}.csv`);
      return { input: join(input, name), out: join(out, place), tier, ...(beside === undefined ? {} : { train: join(input, beside) }) };
    });
  const twice = tasks.find(({ out: path }, index) => tasks.findIndex((other) => other.out === path) !== index);
  return twice === undefined
    ? succeed(tasks)
    : fail('BAD_OUTPUT', `${twice.input}: there is this series with and without .gz; both would become ${twice.out}`);
};
