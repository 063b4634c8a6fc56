import { SUBSPACE_CONSTANTS } from '../../../detectors/subspace/index.ts';
import { TAIL_EVIDENCE } from '../../../detectors/tail-evidence/index.ts';
import { MULTIVARIATE_BASELINES } from '../baselines/multivariate.ts';
import { UNIVARIATE_BASELINES } from '../baselines/univariate.ts';
import type { MultivariateContender, UnivariateContender } from '../contender.ts';
import { seasonalContender } from './seasonal.ts';
import { createSubspaceContender, SUBSPACE_COUNTS, SUBSPACE_NAME } from './subspace.ts';
import { tailEvidenceContender } from './tail-evidence.ts';

export type Constants = Readonly<Record<string, number>>;

interface EntryOf<Kind extends string, Contender> {
  readonly kind: Kind;
  readonly name: string;
  /** Shown beside ours, at the threshold that is best for it. */
  readonly baseline: boolean;
  /** Every number of the shipped configuration; absent where there is nothing to draw. */
  readonly constants?: Constants;
  /** Of these, those that count something: they stay whole. */
  readonly counts?: readonly string[];
  create(constants: Constants): Contender;
}

export type Entry = EntryOf<'univariate', UnivariateContender> | EntryOf<'multivariate', MultivariateContender>;

export const ENTRIES: readonly Entry[] = [
  {
    kind: 'multivariate',
    name: SUBSPACE_NAME,
    baseline: false,
    constants: SUBSPACE_CONSTANTS,
    counts: SUBSPACE_COUNTS,
    create: (constants) => createSubspaceContender({ ...SUBSPACE_CONSTANTS, ...constants }),
  },
  { kind: 'univariate', name: 'tier 2', baseline: false, constants: TAIL_EVIDENCE, create: tailEvidenceContender },
  { kind: 'univariate', name: seasonalContender.name, baseline: false, create: () => seasonalContender },
  ...UNIVARIATE_BASELINES.map((baseline): Entry => ({ kind: 'univariate', name: baseline.name, baseline: true, create: () => baseline })),
  ...MULTIVARIATE_BASELINES.map(
    (baseline): Entry => ({ kind: 'multivariate', name: baseline.name, baseline: true, create: () => baseline }),
  ),
];

/** What runs where: plain data, so that it travels to the thread that runs it. */
export interface ContenderSpec {
  readonly name: string;
  readonly kind: Entry['kind'];
  /** In place of the shipped ones. */
  readonly constants?: Constants;
}

export const entryOf = (spec: ContenderSpec): Entry => {
  const found = ENTRIES.find(({ kind, name }) => kind === spec.kind && name === spec.name);
  if (found === undefined) throw new RangeError(`there is no ${spec.kind} contender "${spec.name}"`);
  return found;
};

/** What `--tier` chooses for a single signal. */
export type Tier = '1' | '2';

export const TIERS: Readonly<Record<Tier, ContenderSpec>> = {
  1: { kind: 'univariate', name: 'tier 1' },
  2: { kind: 'univariate', name: 'tier 2' },
};
