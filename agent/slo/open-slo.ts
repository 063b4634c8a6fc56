import { type AlertRule, alertRule, policyRefusal } from './alert-rules.ts';
import { calendarDuration, rollingLength } from './calendar.ts';
import { indicatorOf, type Refusal, SERVICE_ANNOTATION } from './indicator.ts';
import type { OpenSloDocument, OpenSloPlace, OpenSloProblem } from './open-slo-files.ts';
import type { ConditionSpec, IndicatorSpec, Metadata, PolicySpec, SloObjective, SloSpec } from './open-slo-schema.ts';
import { type ObjectiveConfig, type ObjectiveInput, objectiveSchema } from './schema.ts';

export interface OpenSloObjectives {
  readonly objectives: readonly ObjectiveConfig[];
  readonly problems: readonly OpenSloProblem[];
}

interface Known {
  readonly documents: ReadonlyMap<string, OpenSloDocument>;
  readonly dataSources: ReadonlyMap<string, string>;
}

type Path = readonly (string | number)[];
interface SloDocument {
  readonly metadata: Metadata;
  readonly spec: SloSpec;
}

/** A refusal together with the document it is of. */
class Refused extends Error {
  readonly problem: OpenSloProblem;
  constructor(place: OpenSloPlace, { path, what }: Refusal) {
    super(what);
    this.problem = place.problem(path, what);
  }
}

const find = (known: Known, kind: string, name: string): OpenSloDocument | undefined => known.documents.get(`${kind} ${name}`);

const specOf = <Spec>(document: OpenSloDocument): { readonly metadata: Metadata; readonly spec: Spec } =>
  document.value as unknown as { readonly metadata: Metadata; readonly spec: Spec };

const conditionRule = (entry: PolicySpec['conditions'][number], path: Path, place: OpenSloPlace, known: Known): AlertRule => {
  let found: AlertRule | Refusal;
  let of = place;
  if ('conditionRef' in entry) {
    const document = find(known, 'AlertCondition', entry.conditionRef);
    if (document === undefined)
      throw new Refused(place, {
        path: [...path, 'conditionRef'],
        what: `there is no AlertCondition \`${entry.conditionRef}\` in the files`,
      });
    const { spec, metadata } = specOf<ConditionSpec>(document);
    of = document.place;
    found = alertRule(spec, metadata, ['spec'], []);
  } else found = alertRule(entry.spec, entry.metadata, [...path, 'spec'], path);
  if ('what' in found) throw new Refused(of, found);
  return found;
};

const policyRules = (spec: PolicySpec, path: Path, place: OpenSloPlace, known: Known): readonly AlertRule[] => {
  const refusal = policyRefusal(spec, path);
  if (refusal !== undefined) throw new Refused(place, refusal);
  return spec.conditions.map((entry, i) => conditionRule(entry, [...path, 'conditions', i], place, known));
};

const rulesOf = ({ spec }: SloDocument, place: OpenSloPlace, known: Known): readonly AlertRule[] =>
  (spec.alertPolicies ?? []).flatMap((entry, i) => {
    const path = ['spec', 'alertPolicies', i];
    if (typeof entry !== 'string' && 'spec' in entry) return policyRules(entry.spec, [...path, 'spec'], place, known);
    const name = typeof entry === 'string' ? entry : entry.alertPolicyRef;
    const document = find(known, 'AlertPolicy', name);
    if (document === undefined) throw new Refused(place, { path, what: `there is no AlertPolicy \`${name}\` in the files` });
    return policyRules(specOf<PolicySpec>(document).spec, ['spec'], document.place, known);
  });

const targetOf = ({ target, targetPercent }: SloObjective, path: Path, place: OpenSloPlace): number => {
  if ((target === undefined) === (targetPercent === undefined))
    throw new Refused(place, { path, what: 'expected either `target` or `targetPercent`' });
  // In decimals: 99.95 / 100 is not 0.9995 in binary.
  return target ?? Number(((targetPercent as number) / 100).toPrecision(14));
};

const windowOf = ({ spec }: SloDocument, place: OpenSloPlace): Pick<ObjectiveInput, 'window' | 'calendar'> => {
  const written = spec.timeWindow?.[0];
  if (written === undefined) return {};
  const { duration, calendar, isRolling } = written;
  const path = ['spec', 'timeWindow', 0];
  const length = rollingLength(calendarDuration(duration) as NonNullable<ReturnType<typeof calendarDuration>>);
  if (calendar === undefined) {
    if (isRolling === true) return { window: length / 1_000 };
    throw new Refused(place, { path, what: 'write `isRolling: true`, or give `calendar` with `startTime` and `timeZone`' });
  }
  if (isRolling === true)
    throw new Refused(place, {
      path: [...path, 'isRolling'],
      what: 'a window with `calendar` does not roll: write `false`, or remove `calendar`',
    });
  return { window: length / 1_000, calendar: { duration, ...calendar } };
};

const budgetingOf = (
  { spec }: SloDocument,
  objective: SloObjective,
  path: Path,
  place: OpenSloPlace,
): Pick<ObjectiveInput, 'budgeting'> => {
  const { timeSliceTarget, timeSliceWindow } = objective;
  const { budgetingMethod } = spec;
  if (budgetingMethod === 'Occurrences') {
    const field = timeSliceTarget === undefined ? (timeSliceWindow === undefined ? undefined : 'timeSliceWindow') : 'timeSliceTarget';
    if (field !== undefined)
      throw new Refused(place, {
        path: [...path, field],
        what: 'only with `budgetingMethod: Timeslices`; remove it, or change the method',
      });
    return {};
  }
  if (timeSliceWindow === undefined)
    throw new Refused(place, { path, what: `\`${budgetingMethod}\` needs \`timeSliceWindow\`, for example 5m` });
  const length = typeof timeSliceWindow === 'number' ? undefined : calendarDuration(timeSliceWindow);
  // A bare number is minutes.
  const slice = length === undefined ? Number(timeSliceWindow) * 60 : rollingLength(length) / 1_000;
  if (budgetingMethod === 'RatioTimeslices') {
    if (timeSliceTarget !== undefined)
      throw new Refused(place, { path: [...path, 'timeSliceTarget'], what: 'slices weighed by their ratio have no target; remove it' });
    return { budgeting: { kind: 'ratio-timeslices', slice } };
  }
  if (timeSliceTarget === undefined) throw new Refused(place, { path, what: '`Timeslices` needs `timeSliceTarget`, for example 0.99' });
  return { budgeting: { kind: 'timeslices', slice, target: timeSliceTarget } };
};

const sliOf = (
  { spec }: SloDocument,
  place: OpenSloPlace,
  known: Known,
): { readonly spec: IndicatorSpec; readonly path: Path; readonly place: OpenSloPlace } => {
  if ((spec.indicator === undefined) === (spec.indicatorRef === undefined))
    throw new Refused(place, { path: ['spec'], what: 'expected either `indicator` or `indicatorRef`' });
  if (spec.indicator !== undefined) return { spec: spec.indicator.spec, path: ['spec', 'indicator', 'spec'], place };
  const document = find(known, 'SLI', spec.indicatorRef as string);
  if (document === undefined)
    throw new Refused(place, { path: ['spec', 'indicatorRef'], what: `there is no SLI \`${spec.indicatorRef}\` in the files` });
  return { spec: specOf<IndicatorSpec>(document).spec, path: ['spec'], place: document.place };
};

/** service.name: by annotation of the SLO or of its Service, else the name of the service as it is. */
const serviceOf = ({ metadata, spec }: SloDocument, known: Known): string => {
  const document = find(known, 'Service', spec.service);
  const ofService = document === undefined ? undefined : specOf<unknown>(document).metadata.annotations?.[SERVICE_ANNOTATION];
  return metadata.annotations?.[SERVICE_ANNOTATION] ?? ofService ?? spec.service;
};

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

const objectiveOf = (slo: SloDocument, i: number, place: OpenSloPlace, known: Known): ObjectiveConfig => {
  const { metadata, spec } = slo;
  const objective = spec.objectives[i] as SloObjective;
  const path = ['spec', 'objectives', i];
  const sli = sliOf(slo, place, known);
  const indicator = indicatorOf(sli.spec, sli.path, { metadata, service: serviceOf(slo, known) }, objective, known.dataSources);
  if ('what' in indicator) throw new Refused(indicator.of === 'slo' ? place : sli.place, indicator);
  if (sli.spec.thresholdMetric === undefined && (objective.op ?? objective.value) !== undefined)
    throw new Refused(place, {
      path: [...path, objective.op === undefined ? 'value' : 'op'],
      what: 'only with a `thresholdMetric`; remove it',
    });
  const rules = rulesOf(slo, place, known);
  const input: ObjectiveInput = {
    name: spec.objectives.length === 1 ? metadata.name : `${metadata.name}-${slug(objective.displayName ?? '') || i + 1}`,
    ...indicator,
    objective: targetOf(objective, path, place),
    ...windowOf(slo, place),
    ...budgetingOf(slo, objective, path, place),
    ...(rules.length === 0
      ? {}
      : {
          alerts: rules.map(({ window, shortWindow, after, ...rule }) => ({
            ...rule,
            window: window / 1_000,
            shortWindow: shortWindow / 1_000,
            after: after / 1_000,
          })),
        }),
  };
  const checked = objectiveSchema.safeParse(input);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const field = issue?.path[0] === 'name' ? ['metadata', 'name'] : path;
  throw new Refused(place, { path: field, what: `as an objective named \`${input.name}\`: ${issue?.message ?? 'it is none'}` });
};

/** The objectives of all documents together: references reach over files. What cannot be kept as it is written is a problem. */
export const objectivesOf = (documents: readonly OpenSloDocument[]): OpenSloObjectives => {
  const problems: OpenSloProblem[] = [];
  const byName = new Map<string, OpenSloDocument>();
  const dataSources = new Map<string, string>();
  for (const document of documents) {
    const { kind, name, place } = document;
    const same = byName.get(`${kind} ${name}`);
    if (same !== undefined)
      problems.push(
        place.problem(
          ['metadata', 'name'],
          `there is another ${kind} \`${name}\` in ${same.place.file}, document ${same.place.number}; give each its own`,
        ),
      );
    byName.set(`${kind} ${name}`, document);
    if (kind === 'DataSource') dataSources.set(name, specOf<{ readonly type: string }>(document).spec.type);
  }
  const known: Known = { documents: byName, dataSources };
  const objectives: ObjectiveConfig[] = [];
  for (const document of documents) {
    if (document.kind !== 'SLO') continue;
    const slo = specOf<SloSpec>(document);
    slo.spec.objectives.forEach((_objective, i) => {
      try {
        objectives.push(objectiveOf(slo, i, document.place, known));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        // A shared SLI or policy is told once, however many objectives use it.
        const { problem } = error;
        const isTold = problems.some(
          ({ file, line, message }) => file === problem.file && line === problem.line && message === problem.message,
        );
        if (!isTold) problems.push(problem);
      }
    });
  }
  return { objectives, problems };
};
