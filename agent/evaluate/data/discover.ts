import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { Blame, CaseSource } from './case.ts';
import { isTableFile, readHeaderLine } from './read.ts';
import { parseTimestamp } from './timestamp.ts';

export interface DataSet {
  readonly name: string;
  readonly kind: 'univariate' | 'multivariate';
  /** By wide windows around each anomaly, as the Numenta benchmark does; or by labeled rows. */
  readonly judgedBy: 'windows' | 'events';
  readonly sources: readonly CaseSource[];
  /** Scores of other detectors on the same files. */
  readonly published?: string;
}

export type DiscoverFailure = Failure<'NO_DATA' | 'LABELS_UNREADABLE'>;

const WINDOWS_FILE = join('labels', 'combined_windows.json');
const LABELS_FILE = 'labels.json';
const PUBLISHED_FILE = 'published_results.json';
const DEPTH_AT_MOST = 8;

const windowsSchema = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])));
const labelsSchema = z.record(
  z.string(),
  z.looseObject({
    interpretation: z.array(z.looseObject({ test_rows: z.tuple([z.number(), z.number()]), metrics: z.array(z.string()) })).optional(),
  }),
);

const filesUnder = async (folder: string, depth = 0): Promise<readonly string[]> => {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter(({ name }) => !name.startsWith('.'))
      .map(async (entry): Promise<readonly string[]> => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return depth < DEPTH_AT_MOST ? filesUnder(path, depth + 1) : [];
        return entry.isFile() ? [path] : [];
      }),
  );
  return found.flat().sort();
};

const readLabels = async <Value>(path: string, schema: z.ZodType<Value>): Promise<Outcome<Value, DiscoverFailure>> => {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    if (parsed.success) return succeed(parsed.data);
    const [issue] = parsed.error.issues;
    return fail('LABELS_UNREADABLE', `${path}: ${issue?.path.join('.')}: ${issue?.message}`);
  } catch (cause) {
    return fail('LABELS_UNREADABLE', `${path}: ${(cause as Error).message}`, { cause });
  }
};

const nameOfFile = (path: string): string => basename(path).replace(/\.csv(\.gz)?$/i, '');

/** The layout of NAB: `labels/combined_windows.json` names the files below `data/`. */
const windowedSet = async (root: string, files: readonly string[]): Promise<Outcome<DataSet, DiscoverFailure>> => {
  const labels = await readLabels(join(root, WINDOWS_FILE), windowsSchema);
  if (!labels.ok) return labels;
  const data = join(root, 'data');
  const sources: CaseSource[] = [];
  for (const [name, windows] of Object.entries(labels.value)) {
    const path = [join(data, name), join(data, `${name}.gz`)].find((one) => files.includes(one));
    if (path === undefined) continue;
    const seconds = windows.map(([from, to]) => [parseTimestamp(from), parseTimestamp(to)] as const);
    if (seconds.some(([from, to]) => !(from <= to)))
      return fail('LABELS_UNREADABLE', `${join(root, WINDOWS_FILE)}: ${name}: a window must be two times, the first before the second`);
    sources.push({ kind: 'univariate-file', name, path, windows: seconds });
  }
  const published = join(root, PUBLISHED_FILE);
  return succeed({
    name: basename(root),
    kind: 'univariate',
    judgedBy: 'windows',
    sources,
    ...(files.includes(published) ? { published } : {}),
  });
};

const blameOf = (entry: z.infer<typeof labelsSchema>[string] | undefined): readonly Blame[] =>
  (entry?.interpretation ?? []).map(({ test_rows: [first, last], metrics }) => ({ rows: { first, last }, metrics }));

/** `SERIES/test.csv[.gz]`, where there is one with `train.csv[.gz]` beside it, and `labels.json` beside the series. */
const multivariateSets = async (
  tests: readonly string[],
  files: readonly string[],
): Promise<Outcome<readonly DataSet[], DiscoverFailure>> => {
  const sets: DataSet[] = [];
  for (const root of new Set(tests.map((path) => dirname(dirname(path))))) {
    const labelsPath = join(root, LABELS_FILE);
    const labels = files.includes(labelsPath) ? await readLabels(labelsPath, labelsSchema) : succeed({} as z.infer<typeof labelsSchema>);
    if (!labels.ok) return labels;
    const sources = tests
      .filter((path) => dirname(dirname(path)) === root)
      .map((test): CaseSource => {
        const folder = dirname(test);
        const name = basename(folder);
        const train = files.find((path) => dirname(path) === folder && nameOfFile(path) === 'train' && isTableFile(basename(path)));
        return { kind: 'multivariate-files', name, test, blamed: blameOf(labels.value[name]), ...(train === undefined ? {} : { train }) };
      });
    sets.push({ name: basename(root), kind: 'multivariate', judgedBy: 'events', sources });
  }
  return succeed(sets);
};

const nearestWithLabels = (folder: string, files: ReadonlySet<string>, top: string): string | undefined => {
  if (files.has(join(folder, LABELS_FILE))) return folder;
  return folder === top || dirname(folder) === folder ? undefined : nearestWithLabels(dirname(folder), files, top);
};

/** `timestamp,value,label`; a set is what stands below the nearest folder with `labels.json`, else one folder. */
const labeledSets = async (candidates: readonly string[], files: ReadonlySet<string>, top: string): Promise<readonly DataSet[]> => {
  const bySet = new Map<string, CaseSource[]>();
  for (const path of candidates) {
    const header = await readHeaderLine(path);
    if (header === undefined || !/^timestamp,[^,]+,label$/i.test(header.trim())) continue;
    const root = nearestWithLabels(dirname(path), files, top) ?? dirname(path);
    const name = relative(root, path).replace(/\.csv(\.gz)?$/i, '');
    bySet.set(root, [...(bySet.get(root) ?? []), { kind: 'univariate-file', name, path }]);
  }
  return [...bySet].map(([root, sources]) => ({ name: basename(root), kind: 'univariate', judgedBy: 'events', sources }));
};

/** Every labeled data set below a folder, by its layout alone: nothing here knows the names of data sets. */
export const discoverDataSets = async (top: string): Promise<Outcome<readonly DataSet[], DiscoverFailure>> => {
  const isFolder = await stat(top).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return fail('NO_DATA', `${top} is no folder`);
  const files = await filesUnder(top);
  const known = new Set(files);
  const windowedRoots = files.filter((path) => path.endsWith(`/${WINDOWS_FILE}`)).map((path) => dirname(dirname(path)));
  const sets: DataSet[] = [];
  for (const root of windowedRoots) {
    const set = await windowedSet(root, files);
    if (!set.ok) return set;
    sets.push(set.value);
  }
  const rest = files.filter((path) => isTableFile(basename(path)) && !windowedRoots.some((root) => path.startsWith(`${root}/`)));
  const tests = rest.filter((path) => nameOfFile(path) === 'test');
  const inPairs = new Set(tests.map(dirname));
  sets.push(
    ...(await labeledSets(
      rest.filter((path) => !inPairs.has(dirname(path))),
      known,
      top,
    )),
  );
  const pairs = await multivariateSets(tests, files);
  if (!pairs.ok) return pairs;
  sets.push(...pairs.value);
  const found = sets.filter(({ sources }) => sources.length > 0);
  if (found.length === 0)
    return fail(
      'NO_DATA',
      `${top}: no labeled series: expected NAME/labels/combined_windows.json, SERIES/test.csv, or csv files with timestamp,value,label`,
    );
  return succeed(found);
};
