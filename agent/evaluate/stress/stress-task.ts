import type { MultivariateContender, UnivariateContender } from '../contender.ts';
import { ENTRIES, type Entry, TIERS } from '../contenders/registry.ts';
import type { Standing } from './contest.ts';
import { FALL_DEPTHS, type FallsFound, findFalls } from './falls.ts';
import { contestSeries, type Draws } from './series-contest.ts';
import { SERIES_SHAPES } from './series-shapes.ts';
import { contestServices, type ServiceStanding } from './service-contest.ts';
import { SERVICE_SHAPES } from './service-shapes.ts';

/** One shape, or one depth of falls, for one thread: plain data. */
export type StressTask =
  | { readonly kind: 'series'; readonly name: string; readonly draws: Draws }
  | { readonly kind: 'service'; readonly name: string; readonly draws: Draws }
  | { readonly kind: 'falls'; readonly name: string; readonly depth: number; readonly series: number; readonly seed: number };

export type StressResult =
  | { readonly kind: 'series'; readonly standing: Standing }
  | { readonly kind: 'service'; readonly standing: ServiceStanding }
  | { readonly kind: 'falls'; readonly falls: FallsFound };

/** How much is drawn of everything. */
export interface StressSize {
  readonly draws: Draws;
  readonly fallSeries: number;
}

export const stressTasks = ({ draws, fallSeries }: StressSize): readonly StressTask[] => [
  ...SERVICE_SHAPES.map(({ name }): StressTask => ({ kind: 'service', name, draws })),
  ...FALL_DEPTHS.map(
    (depth): StressTask => ({ kind: 'falls', name: `falls of ${100 * depth} %`, depth, series: fallSeries, seed: draws.seed }),
  ),
  ...SERIES_SHAPES.map(({ name }): StressTask => ({ kind: 'series', name, draws })),
];

type EntryFor<Kind extends Entry['kind']> = Extract<Entry, { readonly kind: Kind }>;

const entriesFor = <Kind extends Entry['kind']>(kind: Kind): readonly EntryFor<Kind>[] =>
  ENTRIES.filter((entry): entry is EntryFor<Kind> => entry.kind === kind);

/** The shipped detector for series that matter, and all baselines. */
const seriesContenders = (): readonly [UnivariateContender, readonly UnivariateContender[]] => {
  const entries = entriesFor('univariate');
  const ours = entries.find(({ name }) => name === TIERS[2].name);
  if (ours === undefined) throw new Error('no detector of tier 2 is registered');
  return [ours.create(ours.constants ?? {}), entries.filter(({ baseline }) => baseline).map((rival) => rival.create({}))];
};

const serviceContenders = (): readonly [MultivariateContender, readonly MultivariateContender[]] => {
  const entries = entriesFor('multivariate');
  const ours = entries.find(({ baseline }) => !baseline);
  if (ours === undefined) throw new Error('no detector of whole services is registered');
  return [ours.create(ours.constants ?? {}), entries.filter(({ baseline }) => baseline).map((rival) => rival.create({}))];
};

const named = <Shape extends { readonly name: string }>(shapes: readonly Shape[], name: string): Shape => {
  const found = shapes.find((shape) => shape.name === name);
  if (found === undefined) throw new RangeError(`there is no shape "${name}"`);
  return found;
};

export const stressTask = (task: StressTask): StressResult => {
  switch (task.kind) {
    case 'series': {
      const [ours, rivals] = seriesContenders();
      return { kind: 'series', standing: contestSeries(named(SERIES_SHAPES, task.name), ours, rivals, task.draws) };
    }
    case 'service': {
      const [ours, rivals] = serviceContenders();
      return { kind: 'service', standing: contestServices(named(SERVICE_SHAPES, task.name), ours, rivals, task.draws) };
    }
    case 'falls':
      return { kind: 'falls', falls: findFalls(seriesContenders()[0], task.depth, task.series, task.seed) };
  }
};
