import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gaussian, seededRandom } from '../../../core/random.ts';
import { planBacktest } from '../backtest/plan.ts';
import { backtestTask } from '../backtest/task.ts';
import { ENTRIES, entryOf, TIERS } from '../contenders/registry.ts';
import { type DataSet, discoverDataSets } from '../data/discover.ts';
import { figuresOf } from '../report/figures.ts';
import { renderJitter, renderSet } from '../report/text.ts';
import { drawConstants } from './constants.ts';
import { evaluateSets, jitterSets } from './evaluate.ts';
import { type EvaluateTask, evaluateTask } from './evaluate-task.ts';
import type { RunTasks } from './pool.ts';
import { smokeOf } from './smoke.ts';

/** One after another, without threads. */
const runHere: RunTasks = async <Task, Result>(
  _: unknown,
  tasks: readonly Task[],
  done: (finished: number, task: Task, result: Result) => void,
) => {
  const results: Result[] = [];
  for (const task of tasks) {
    const result = (await evaluateTask(task as EvaluateTask)) as Result;
    results.push(result);
    done(results.length, task, result);
  }
  return results;
};

const START = Date.UTC(2026, 0, 5);
const STEP_MS = 300_000;

const iso = (row: number): string => new Date(START + row * STEP_MS).toISOString().replace('.000Z', 'Z');

const values = (rows: number, seed: number, fault: readonly [number, number]): readonly number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: rows }, (_, row) => 100 + gaussian(random) + (row >= fault[0] && row <= fault[1] ? 60 : 0));
};

const csv = (rows: readonly number[], labels?: readonly [number, number]): string =>
  [
    labels === undefined ? 'timestamp,value' : 'timestamp,value,label',
    ...rows.map(
      (value, row) => `${iso(row)},${value.toFixed(3)}${labels === undefined ? '' : `,${row >= labels[0] && row <= labels[1] ? 1 : 0}`}`,
    ),
  ].join('\n');

const wide = (rows: number, seed: number, fault: readonly [number, number], labels: boolean): string => {
  const columns = ['a', 'b', 'c'].map((_, place) => values(rows, seed + place, place < 2 ? fault : [-1, -1]));
  return [
    `timestamp,a,b,c${labels ? ',label' : ''}`,
    ...Array.from(
      { length: rows },
      (_, row) =>
        `${row * 300},${columns.map((column) => (column[row] as number).toFixed(3)).join(',')}${labels ? `,${row >= fault[0] && row <= fault[1] ? 1 : 0}` : ''}`,
    ),
  ].join('\n');
};

let top: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'foreshock-evaluate-'));
});
afterEach(() => rm(top, { recursive: true, force: true }));

const put = async (path: string, text: string): Promise<string> => {
  const whole = join(top, path);
  await mkdir(join(whole, '..'), { recursive: true });
  await writeFile(whole, path.endsWith('.gz') ? gzipSync(text) : text);
  return whole;
};

const FAULT = [350, 370] as const;

const fillFolder = async (): Promise<void> => {
  await put('windowed/data/kind/one.csv.gz', csv(values(450, 1, FAULT)));
  await put('windowed/data/kind/two.csv', csv(values(450, 2, [-1, -1])));
  await put(
    'windowed/labels/combined_windows.json',
    JSON.stringify({
      'kind/one.csv': [[iso(340).replace('T', ' ').replace('Z', '.000000'), iso(390)]],
      'kind/two.csv': [],
      'kind/kept-back.csv': [],
    }),
  );
  await put('labeled/labels.json', '{}');
  await put('labeled/group/x.csv.gz', csv(values(450, 3, FAULT), FAULT));
  await put('labeled/group/y.csv', csv(values(450, 4, [-1, -1]), [-1, -1]));
  await put('wide/host/test.csv.gz', wide(330, 5, [250, 270], true));
  await put('wide/host/train.csv.gz', wide(600, 9, [-1, -1], false));
  await put('wide/labels.json', JSON.stringify({ host: { interpretation: [{ test_rows: [250, 271], metrics: ['a', 'b'], type: null }] } }));
  await put('unlabeled/load.csv', 'timestamp,requests\n0,1\n');
};

const discovered = async (): Promise<readonly DataSet[]> => {
  const found = await discoverDataSets(top);
  if (!found.ok) throw new Error(found.error.message);
  return found.value;
};

describe('a folder of labeled data', () => {
  it('is known by its layout: windows beside files, labeled rows, and a later part with an earlier one', async () => {
    await fillFolder();
    const sets = await discovered();
    expect(sets.map(({ name, kind, judgedBy, sources }) => [name, kind, judgedBy, sources.map((source) => source.name)])).toEqual([
      ['windowed', 'univariate', 'windows', ['kind/one.csv', 'kind/two.csv']],
      ['labeled', 'univariate', 'events', ['group/x', 'group/y']],
      ['wide', 'multivariate', 'events', ['host']],
    ]);
  });

  it('without one, or with labels that cannot be read, is refused by name', async () => {
    await put('a.csv', 'timestamp,value\n0,1\n');
    expect(await discoverDataSets(top)).toMatchObject({ ok: false, error: { code: 'NO_DATA' } });
    expect(await discoverDataSets(join(top, 'a.csv'))).toMatchObject({ ok: false, error: { code: 'NO_DATA' } });
    await put('windowed/labels/combined_windows.json', '{"a.csv": [["2026-01-02", "2026-01-01"]]}');
    await put('windowed/data/a.csv', 'timestamp,value\n0,1\n');
    expect(await discoverDataSets(top)).toMatchObject({
      ok: false,
      error: { code: 'LABELS_UNREADABLE', message: expect.stringContaining('a.csv') },
    });
  });

  it('is measured series by series, and every table names our detector, the baselines and the worst series', async () => {
    await fillFolder();
    const seen: string[] = [];
    const ran = await evaluateSets(await discovered(), runHere, (_, __, what) => seen.push(what));
    if (!ran.ok) throw new Error(ran.error.message);
    expect(seen).toHaveLength(5);
    const [windowed, labeled, several] = ran.value;
    const of = (report: typeof windowed, name: string, key: string): number | undefined =>
      report?.contenders.find((one) => one.name === name)?.figures.find((one) => one.key === key)?.estimate.value;
    // The fault stands in every file, 60 standard deviations high: whoever misses it is wired wrongly.
    for (const { name } of windowed?.contenders ?? []) expect(of(windowed, name, 'windowsHit')).toBe(1);
    for (const name of ['rolling robust z', 'seasonal median + MAD', 'isolation forest', 'PCA']) {
      expect(of(labeled, name, 'recall')).toBe(1);
      expect(of(several, name, 'recall')).toBe(1);
    }
    expect(of(several, 'rolling robust z', 'precisionAt3')).toBe(1);
    const text = ran.value.map(renderSet).join('\n');
    for (const name of ['NAB standard', 'event F1', 'blame P@3', 'tier 1', 'tier 2', 'subspace', 'PCA']) expect(text).toContain(name);
    expect(text).not.toContain('NaN');
  });

  it('may as well be made in memory', async () => {
    const series = {
      name: 'x',
      timestamps: Float64Array.from({ length: 450 }, (_, row) => row * 300),
      values: Float64Array.from(values(450, 3, FAULT)),
    };
    const events = [{ first: FAULT[0], last: FAULT[1] }];
    const held: DataSet = {
      name: 'made',
      kind: 'univariate',
      judgedBy: 'events',
      sources: [{ kind: 'held', name: 'x', held: { kind: 'univariate', name: 'x', series, events } }],
    };
    const ran = await evaluateSets([held], runHere, () => undefined);
    expect(ran.ok && ran.value[0]?.contenders.find(({ name }) => name === 'rolling robust z')?.counts).toEqual({
      events: 1,
      found: 1,
      falseAlarms: 0,
    });
  });

  it('is measured in part by a smoke run', async () => {
    await fillFolder();
    expect((await discovered()).map(smokeOf).map(({ sources }) => sources.length)).toEqual([2, 2, 1]);
  });

  it('with a file that is no table fails and says which', async () => {
    await fillFolder();
    await put('labeled/group/x.csv.gz', 'timestamp,value,label\n0,word,1\n');
    expect(await evaluateSets(await discovered(), runHere, () => undefined)).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('line 2') },
    });
  });
});

describe('constants drawn anew', () => {
  it('lie between x0.7 and x1.4, counts whole and at least one, shares below one, nothing else changed', () => {
    const random = seededRandom(1);
    for (let i = 0; i < 200; i += 1) {
      const drawn = drawConstants({ gain: 0.9, memory: 1_000, rows: 3, one: 1, zero: 0 }, ['rows', 'one'], random);
      expect(drawn.gain).toBeGreaterThanOrEqual(0.63);
      expect(drawn.gain).toBeLessThan(1);
      expect(drawn.memory).toBeGreaterThanOrEqual(700);
      expect(drawn.memory).toBeLessThanOrEqual(1_400);
      expect([2, 3, 4]).toContain(drawn.rows);
      expect(drawn.one).toBe(1);
      expect(drawn.zero).toBe(0);
    }
  });

  it('give a figure each, the shipped ones apart', async () => {
    await fillFolder();
    const entry = ENTRIES.find(({ name }) => name === 'tier 1');
    if (entry === undefined) throw new Error('no such entry');
    const ran = await jitterSets(await discovered(), [{ entry, draws: [{}, {}] }], figuresOf, runHere, () => undefined);
    if (!ran.ok) throw new Error(ran.error.message);
    expect(ran.value.map(({ set }) => set.name)).toEqual(['windowed', 'labeled']);
    expect(ran.value[0]?.figures[0]?.drawn).toHaveLength(2);
    expect(renderJitter(ran.value[0] as (typeof ran.value)[number])).toContain('median');
  });
});

describe('a backtest', () => {
  it('has a detector of single signals behind every tier that can be asked for', () => {
    for (const spec of Object.values(TIERS)) expect(entryOf(spec)).toMatchObject({ kind: 'univariate', baseline: false });
  });

  it('writes a row for every row, in order, with what was expected of it', async () => {
    const input = await put('in.csv', `${csv(values(400, 1, [300, 320]))}\n`);
    const out = join(top, 'out.csv');
    expect(await backtestTask({ input, out, tier: '1' })).toMatchObject({ ok: true, value: { rows: 400 } });
    const lines = (await readFile(out, 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toBe('timestamp,value,expected,lower,upper,score,evidence,alert');
    expect(lines).toHaveLength(401);
    expect(lines.slice(1).map((line) => line.split(',')[0])).toEqual(Array.from({ length: 400 }, (_, row) => iso(row)));
    expect(lines.join('\n')).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('says the same of each row whatever comes after it and whatever the labels are', async () => {
    const rows = values(400, 1, [300, 320]);
    const runs = [csv(rows), csv(rows.map((value, row) => (row < 250 ? value : -1e9))), csv(rows, [0, 399])];
    const outputs = await Promise.all(
      runs.map(async (text, place) => {
        const input = await put(`in${place}.csv`, text);
        const out = join(top, `out${place}.csv`);
        await backtestTask({ input, out, tier: '1' });
        return (await readFile(out, 'utf8')).split('\n').slice(0, 251);
      }),
    );
    expect(outputs[1]).toEqual(outputs[0]);
    expect(outputs[2]).toEqual(outputs[0]);
  });

  it('of a folder takes every table, an earlier part with its later one', async () => {
    await fillFolder();
    const planned = await planBacktest({ input: join(top, 'wide'), out: join(top, 'out'), tier: '1' });
    expect(planned).toEqual({
      ok: true,
      value: [
        {
          input: join(top, 'wide/host/test.csv.gz'),
          train: join(top, 'wide/host/train.csv.gz'),
          out: join(top, 'out/host/test.csv'),
          tier: '1',
        },
      ],
    });
  });

  it.each<[string, { input: string; out: string; train?: string }, RegExp]>([
    ['nothing to read', { input: 'missing.csv', out: 'o.csv' }, /neither a file nor a folder/],
    ['itself to write', { input: 'a.csv', out: 'a.csv' }, /is what is read/],
    ['a folder to write a file to', { input: 'a.csv', out: '.' }, /is a folder: name the file/],
    ['a folder to read and a file to write', { input: 'folder', out: 'a.csv' }, /name a folder to write to/],
    ['a place within what is read', { input: 'folder', out: 'folder/out' }, /lies within/],
    ['an empty folder', { input: 'empty', out: 'o' }, /no \.csv/],
    ['one earlier part for a folder', { input: 'folder', out: 'o', train: 'a.csv' }, /without --train/],
  ])('with %s is refused before anything is done', async (_, request, message) => {
    await put('a.csv', 'timestamp,value\n0,1\n');
    await put('folder/b.csv', 'timestamp,value\n0,1\n');
    await mkdir(join(top, 'empty'));
    const planned = await planBacktest({
      input: join(top, request.input),
      out: join(top, request.out),
      tier: '1',
      ...(request.train === undefined ? {} : { train: join(top, request.train) }),
    });
    expect(planned.ok ? '' : planned.error.message).toMatch(message);
  });

  it('of several columns names those it blames, and needs no earlier part', async () => {
    const input = await put('wide.csv', wide(900, 5, [700, 720], true));
    const out = join(top, 'out.csv');
    expect(await backtestTask({ input, out, tier: '2' })).toMatchObject({ ok: true, value: { rows: 900 } });
    const lines = (await readFile(out, 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toBe('timestamp,score,evidence,alert,top');
    expect(lines).toHaveLength(901);
    expect(lines.slice(1).every((line) => /^\d+,[\d.e-]+,[\d.e-]+,(0,|1,[abc](;[abc])*)$/.test(line))).toBe(true);
  });

  it('of a table that is none writes nothing', async () => {
    const input = await put('in.csv', 'timestamp,value\nnow,1\n');
    const out = join(top, 'out.csv');
    expect(await backtestTask({ input, out, tier: '1' })).toMatchObject({ ok: false, error: { code: 'BAD_ROW' } });
    await expect(readFile(out, 'utf8')).rejects.toThrow();
  });
});
