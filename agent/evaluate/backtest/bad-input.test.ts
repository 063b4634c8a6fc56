import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaussian, seededRandom } from '../../../core/random.ts';
import type { Tier } from '../contenders/registry.ts';
import { backtestTask } from './task.ts';

const ROWS = 620;
const STEP = 300;
const START = 1_600_041_600;

interface Hostile {
  /** Seconds, or text in place of them. */
  readonly time?: (row: number) => number | string;
  /** Cell of a row; undefined leaves the row out. */
  readonly cell: (row: number) => number | string | undefined;
  readonly rows?: number;
}

const wave = (row: number): number => 100 + 20 * Math.sin((2 * Math.PI * row) / 288);

const HOSTILE: Readonly<Record<string, Hostile>> = {
  'one value for ever': { cell: () => 7 },
  zeros: { cell: () => 0 },
  'one value': { cell: () => 7, rows: 1 },
  'two values at one time': { cell: wave, time: () => START, rows: 2 },
  'no number at all': { cell: () => 'NaN' },
  'nothing at all': { cell: () => '' },
  'one value, then nothing': { cell: (row) => (row === 0 ? 3 : '') },
  'nothing, then values': { cell: (row) => (row < 500 ? '' : wave(row)) },
  '1e308': { cell: () => 1e308 },
  '1e308 with a sign that alternates': { cell: (row) => (row % 2 === 0 ? 1e308 : -1e308) },
  '1e308 after a calm day': { cell: (row) => (row > 400 ? 1e308 : wave(row)) },
  'a sign that alternates': { cell: (row) => (row % 2 === 0 ? 5 : -5) },
  'the smallest number there is': { cell: (row) => (row % 3) * Number.MIN_VALUE },
  'zeros below zero': { cell: (row) => (row % 2 === 0 ? '-0' : '0') },
  'one huge spike': { cell: (row) => (row === 400 ? 1e300 : wave(row)) },
  'nine of ten cells empty': { cell: (row) => (row % 10 === 0 ? wave(row) : '') },
  'nine of ten rows missing': { cell: (row) => ((row * 7) % 10 === 0 ? wave(row) : undefined) },
  'a clock set back by a day': { cell: wave, time: (row) => START + row * STEP - (row > 400 ? 86_400 : 0) },
  'a clock that leaps a year': { cell: wave, time: (row) => START + row * STEP + (row > 400 ? 31_536_000 : 0) },
  'a clock that runs backwards': { cell: wave, time: (row) => START - row * STEP },
  'a clock that stands still': { cell: wave, time: () => START },
  'every time twice': { cell: wave, time: (row) => START + Math.floor(row / 2) * STEP },
  'the hour that winter time brings twice': { cell: wave, time: (row) => START + row * STEP - (row >= 312 ? 3_600 : 0) },
  'times from before 1970 to the last that is read': { cell: wave, time: (row) => -99_999_999_999 + row * 322_580_645 },
  'steps of a millisecond': { cell: wave, time: (row) => (START + row / 1_000).toFixed(3) },
  'steps of a year': { cell: wave, time: (row) => START + row * 31_536_000 },
  'a season of a prime number of rows': { cell: (row) => 100 + 60 * Math.sin((2 * Math.PI * row) / 97) },
  'a unit that changes': { cell: (row) => wave(row) * (row > 400 ? 1_000 : 1) },
  'a unit that changes to a thousandth': { cell: (row) => wave(row) / (row > 400 ? 1_000 : 1) },
};

const NO_TABLE: Readonly<Record<string, readonly [content: string | Buffer, says: RegExp]>> = {
  'an empty file': ['', /the file is empty/],
  'empty lines': ['\n\n\r\n', /the file is empty/],
  'a header alone': ['timestamp,value\n', /a header and no row/],
  'no header': ['1600041600,3\n', /line 1: expected a header/],
  'a page of HTML': ['<!doctype html><html><body>502</body></html>', /line 1: expected a header/],
  JSON: ['{"timestamp": 1, "value": 2}', /line 1: expected a header/],
  'a picture': [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13]), /no CSV/],
  'semicolons in place of commas': ['timestamp;value\n1;2\n', /line 1: expected a header/],
  'a number beyond all numbers': ['timestamp,value\n0,1\n300,1e400\n', /line 3: expected a number or nothing/],
  'a decimal comma': ['timestamp,value\n0,1\n300,1,5\n', /line 3: expected 2 cells/],
  milliseconds: ['timestamp,value\n1600041600000,1\n', /line 2: expected a time/],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foreshock-bad-input-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const linesOf = ({ cell, time = (row) => START + row * STEP, rows = ROWS }: Hostile, more: (row: number) => string): readonly string[] =>
  Array.from({ length: rows }, (_, row) => {
    const value = cell(row);
    return value === undefined ? [] : [`${time(row)},${value}${more(row)}`];
  }).flat();

const single = (hostile: Hostile): string => ['timestamp,value', ...linesOf(hostile, () => '')].join('\n');

/** The hostile column between two that behave. */
const beside = (hostile: Hostile): string => {
  const random = seededRandom(3);
  const calm = (row: number): string => (wave(row) + gaussian(random)).toFixed(3);
  return ['timestamp,hostile,calm,calmer', ...linesOf(hostile, (row) => `,${calm(row)},${calm(row)}`)].join('\n');
};

/** Three columns, each as hostile as the others. */
const together = (hostile: Hostile): string =>
  ['timestamp,a,b,c', ...linesOf(hostile, (row) => `,${hostile.cell(row) ?? ''},${hostile.cell(row) ?? ''}`)].join('\n');

const TRAINING = together({ cell: (row) => wave(row) + (row % 7) });

interface Options {
  readonly tier?: Tier;
  readonly train?: string;
}

const run = async (content: string | Buffer, { tier = '2', train }: Options = {}, name = 'in.csv') => {
  const input = join(folder, name);
  const out = join(folder, 'out.csv');
  await rm(out, { force: true });
  await writeFile(input, content);
  if (train !== undefined) await writeFile(join(folder, 'train.csv'), train);
  const done = await backtestTask({ input, out, tier, ...(train === undefined ? {} : { train: join(folder, 'train.csv') }) });
  if (!done.ok) {
    expect(await readdir(folder), 'a refused file leaves nothing behind').not.toContain('out.csv');
    return { refused: done.error.message, written: '' };
  }
  return { refused: '', written: await readFile(out, 'utf8') };
};

const isNumberIn = (cell: string | undefined, low: number, high: number): boolean =>
  cell !== undefined && cell !== '' && Number(cell) >= low && Number(cell) <= high;

/** A score in [0, 1], evidence that is a number, a band around what is expected. */
const isSound = (names: readonly string[], row: string): boolean => {
  const cells = row.split(',');
  const cell = (name: string): string | undefined => cells[names.indexOf(name)];
  const isJudged =
    cells.length === names.length &&
    isNumberIn(cell('score'), 0, 1) &&
    isNumberIn(cell('evidence'), 0, Number.MAX_VALUE) &&
    isNumberIn(cell('alert'), 0, 1);
  if (!names.includes('expected') || cell('expected') === '') return isJudged;
  const [lower, expected, upper] = ['lower', 'expected', 'upper'].map(cell);
  const isBand = [lower, expected, upper].every((edge) => isNumberIn(edge, -Number.MAX_VALUE, Number.MAX_VALUE));
  return isJudged && isBand && Number(lower) <= Number(upper);
};

/** A row out for every row in, each of them sound, nowhere the word NaN. */
const expectSound = (input: string, written: string): void => {
  const [header, ...rows] = written.trimEnd().split('\n');
  const names = (header as string).split(',');
  expect(rows).toHaveLength(input.trimEnd().split('\n').length - 1);
  expect(written).not.toMatch(/NaN|Infinity/);
  expect(rows.filter((row) => !isSound(names, row))).toEqual([]);
};

describe.each(Object.entries(HOSTILE))('a history of %s', (_, hostile) => {
  it.each<[string, string, Options]>([
    ['a single signal, tier 1', single(hostile), { tier: '1' }],
    ['a single signal, tier 2', single(hostile), { tier: '2' }],
    ['one metric of a service', beside(hostile), {}],
    ['every metric of a service', together(hostile), {}],
    ['every metric of a service that was trained on better days', together(hostile), { train: TRAINING }],
    ['the days a service was trained on', TRAINING, { train: together(hostile) }],
  ])('is lived through or refused as %s, without a number that is none', async (__, content, options) => {
    const { refused, written } = await run(content, options);
    if (refused !== '') expect(refused).toMatch(/(in|train)\.csv: \S/);
    else expectSound(content, written);
  });
});

describe('a file that is no table', () => {
  it.each(Object.entries(NO_TABLE))('is refused, with the place: %s', async (_, [content, says]) => {
    expect((await run(content)).refused).toMatch(says);
    expect((await run(gzipSync(content), {}, 'in.csv.gz')).refused).toMatch(says);
  });

  it('is refused as training too, and where it says to be packed and is not', async () => {
    expect((await run(TRAINING, { train: 'no table' })).refused).toMatch(/train\.csv: line 1: expected a header/);
    expect((await run('timestamp,value\n0,1\n', {}, 'in.csv.gz')).refused).toMatch(/in\.csv\.gz: cannot be read/);
    expect((await run(gzipSync(single({ cell: wave })).subarray(0, 200), {}, 'in.csv.gz')).refused).toMatch(/cannot be read/);
  });
});

it('survives any numbers at any times', async () => {
  const row = fc.tuple(
    fc.oneof(
      fc.integer({ min: -1_000, max: 1_000 }),
      fc.double({ min: -1e10, max: 1e10, noNaN: true }).map((at) => Number(at.toFixed(3))),
    ),
    fc.option(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true })), { nil: '' }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 320 }),
      fc.constantFrom<Tier>('1', '2'),
      fc.boolean(),
      async (rows, tier, wide) => {
        const content = wide
          ? ['timestamp,a,b', ...rows.map(([at, value], place) => `${at},${value},${rows[rows.length - 1 - place]?.[1] ?? ''}`)].join('\n')
          : ['timestamp,value', ...rows.map(([at, value]) => `${at},${value}`)].join('\n');
        const { refused, written } = await run(content, { tier });
        if (refused !== '') expect(refused).toMatch(/in\.csv: line \d+: expected a time/);
        else expectSound(content, written);
      },
    ),
    { numRuns: 60, seed: 5, endOnFailure: true },
  );
});
