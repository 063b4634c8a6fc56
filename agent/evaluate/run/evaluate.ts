import { type Failure, type Outcome, succeed } from '../../../core/outcome.ts';
import { type Constants, type ContenderSpec, ENTRIES, type Entry } from '../contenders/registry.ts';
import { loadCase } from '../data/case.ts';
import type { DataSet } from '../data/discover.ts';
import { checkAgainstPublished, type Published, readPublished, type SelfCheck } from '../report/published.ts';
import { type ContenderSummary, shapeOf, summarize } from '../report/summary.ts';
import { type NabRows, nabRows } from '../score/nab.ts';
import type { EvaluateTask } from './evaluate-task.ts';
import type { CaseFigures } from './judge.ts';
import type { RunTasks } from './pool.ts';

export interface SetReport {
  readonly set: Pick<DataSet, 'name' | 'kind' | 'judgedBy'>;
  readonly seriesCount: number;
  readonly weeks: number;
  readonly contenders: readonly ContenderSummary[];
  readonly published?: Published;
  readonly selfCheck?: SelfCheck;
}

export type ShowProgress = (finished: number, of: number, what: string) => void;

/** One of a detector's configurations on every series of the sets: what a run is made of. */
interface Plan {
  readonly set: DataSet;
  readonly specs: readonly ContenderSpec[];
}

/** Figures of each spec on each set, a series each. Large series first, so that no thread is left with one at the end. */
const figuresOf = async (
  plans: readonly Plan[],
  keepsSteps: boolean,
  runTasks: RunTasks,
  show: ShowProgress,
): Promise<Outcome<readonly (readonly CaseFigures[])[][], Failure>> => {
  const tasks = plans.flatMap(({ set, specs }, plan) =>
    set.sources.map((source, place) => ({ plan, place, task: { source, judgedBy: set.judgedBy, specs, keepsSteps } })),
  );
  tasks.sort((a, b) => Number(a.task.source.kind === 'univariate-file') - Number(b.task.source.kind === 'univariate-file'));
  const results = await runTasks<EvaluateTask, Outcome<readonly CaseFigures[], Failure>>(
    'evaluate',
    tasks.map(({ task }) => task),
    (finished, task) => show(finished, tasks.length, task.source.name),
  );
  const found = plans.map(({ specs, set }) => specs.map(() => new Array<CaseFigures>(set.sources.length)));
  for (const [index, result] of results.entries()) {
    if (!result.ok) return result;
    const { plan, place } = tasks[index] as (typeof tasks)[number];
    for (const [which, figures] of result.value.entries()) ((found[plan] as CaseFigures[][])[which] as CaseFigures[])[place] = figures;
  }
  return succeed(found);
};

const windowsOf = async (set: DataSet): Promise<Outcome<ReadonlyMap<string, NabRows>, Failure>> => {
  const files = new Map<string, NabRows>();
  for (const source of set.sources) {
    const loaded = await loadCase(source);
    if (!loaded.ok) return loaded;
    if (loaded.value.kind === 'univariate') files.set(source.name, nabRows(loaded.value.series.timestamps.length, loaded.value.events));
  }
  return succeed(files);
};

/** Ours first, baselines after them. */
const entriesFor = (kind: DataSet['kind']): readonly Entry[] =>
  ENTRIES.filter((entry) => entry.kind === kind).sort((a, b) => Number(a.baseline) - Number(b.baseline));

/** The shipped configuration and the baselines on each set. Sets may be read from files or held in memory (`kind: 'held'`). */
export const evaluateSets = async (
  sets: readonly DataSet[],
  runTasks: RunTasks,
  show: ShowProgress,
): Promise<Outcome<readonly SetReport[], Failure>> => {
  const plans = sets.map((set) => ({ set, specs: entriesFor(set.kind).map(({ kind, name }) => ({ kind, name })) }));
  const figures = await figuresOf(plans, true, runTasks, show);
  if (!figures.ok) return figures;
  const reports: SetReport[] = [];
  for (const [plan, set] of sets.entries()) {
    const bySpec = figures.value[plan] as (readonly CaseFigures[])[];
    const contenders = entriesFor(set.kind).map(({ name, baseline }, which) =>
      summarize(set, name, baseline, bySpec[which] as readonly CaseFigures[]),
    );
    const weeks = (bySpec[0] ?? []).reduce((sum, one) => sum + one.weeks, 0);
    const { name, kind, judgedBy } = set;
    const report = { set: { name, kind, judgedBy }, seriesCount: set.sources.length, weeks, contenders };
    if (set.published === undefined) {
      reports.push(report);
      continue;
    }
    const files = await windowsOf(set);
    if (!files.ok) return files;
    const published = await readPublished(
      set.published,
      [...files.value.values()].reduce((sum, { windows }) => sum + windows, 0),
    );
    if (!published.ok) return published;
    reports.push({ ...report, published: published.value, selfCheck: checkAgainstPublished(published.value, files.value) });
  }
  return succeed(reports);
};

export interface JitterReport {
  readonly set: Pick<DataSet, 'name' | 'kind' | 'judgedBy'>;
  readonly contender: string;
  /** Values of each figure, one a draw; the shipped configuration first. */
  readonly figures: readonly { readonly key: string; readonly shipped: number; readonly drawn: readonly number[] }[];
}

/** One of our detectors and the constants drawn for it. */
export interface Draws {
  readonly entry: Entry;
  readonly draws: readonly Constants[];
}

/** Each of our detectors with each of its drawn configurations on every set; the same draws on all of them. */
export const jitterSets = async (
  sets: readonly DataSet[],
  drawn: readonly Draws[],
  figuresFor: (shape: ReturnType<typeof shapeOf>) => readonly { readonly key: string; of(cases: readonly CaseFigures[]): number }[],
  runTasks: RunTasks,
  show: ShowProgress,
): Promise<Outcome<readonly JitterReport[], Failure>> => {
  const plans = sets.flatMap((set) =>
    drawn
      .filter(({ entry }) => entry.kind === set.kind)
      .map(({ entry, draws }) => ({
        set,
        entry,
        specs: [{ kind: entry.kind, name: entry.name }, ...draws.map((constants) => ({ kind: entry.kind, name: entry.name, constants }))],
      })),
  );
  const figures = await figuresOf(plans, false, runTasks, show);
  if (!figures.ok) return figures;
  return succeed(
    plans.map(({ set: { name, kind, judgedBy }, entry }, plan): JitterReport => {
      const bySpec = figures.value[plan] as (readonly CaseFigures[])[];
      return {
        set: { name, kind, judgedBy },
        contender: entry.name,
        figures: figuresFor(shapeOf({ kind, judgedBy })).map((figure) => {
          const [shipped, ...values] = bySpec.map((cases) => figure.of(cases));
          return { key: figure.key, shipped: shipped as number, drawn: values };
        }),
      };
    }),
  );
};
