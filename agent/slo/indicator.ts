import { parseDuration } from '../../core/duration.ts';

import type { IndicatorSpec, Metadata, Metric, SloObjective } from './open-slo-schema.ts';

/** What of a service's own requests is good. */
export interface Indicator {
  readonly service: string;
  readonly kind: 'availability' | 'latency';
  /** As durations are written in the configuration. */
  readonly threshold?: string | number;
}

export interface Refusal {
  readonly path: readonly (string | number)[];
  readonly what: string;
}

export const SERVICE_ANNOTATION = 'foreshock.dev/service';
export const INDICATOR_ANNOTATION = 'foreshock.dev/indicator';
const THRESHOLD_ANNOTATION = 'foreshock.dev/threshold';
const SOURCE = 'foreshock';

const WHAT_TO_WRITE =
  'give the metricSource `type: foreshock` with `spec: { service, events }`, or annotate the SLO with ' +
  `\`${INDICATOR_ANNOTATION}: availability\` (or \`latency\` and \`${THRESHOLD_ANNOTATION}: 400ms\`): then it is measured from telemetry`;

const refuse = (path: readonly (string | number)[], what: string): Refusal => ({ path, what });

const isRefusal = (value: object): value is Refusal => 'what' in value;

interface Source {
  readonly service: string | undefined;
  readonly events: string;
  readonly threshold: string | number | undefined;
}

const EVENTS = ['requests', 'errors', 'successes', 'fast', 'slow'];
const KEYS = ['service', 'events', 'threshold'];

/** The type of the source itself, or of the DataSource it refers to. */
const typeOf = ({ metricSource }: Metric, dataSources: ReadonlyMap<string, string>): string | undefined =>
  metricSource.type ?? (metricSource.metricSourceRef === undefined ? undefined : dataSources.get(metricSource.metricSourceRef));

const sourceOf = (metric: Metric, path: readonly (string | number)[], dataSources: ReadonlyMap<string, string>): Source | Refusal => {
  const { metricSource } = metric;
  const at = [...path, 'metricSource'];
  const reference = metricSource.metricSourceRef;
  if (metricSource.type === undefined && reference !== undefined && !dataSources.has(reference))
    return refuse([...at, 'metricSourceRef'], `there is no DataSource \`${reference}\` in the files`);
  const type = typeOf(metric, dataSources);
  if (type?.toLowerCase() !== SOURCE)
    return refuse(at, `the agent does not query ${type === undefined ? 'a source without a type' : type} while it runs; ${WHAT_TO_WRITE}`);
  const spec = metricSource.spec;
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec))
    return refuse([...at, 'spec'], 'expected `service`, `events` and perhaps `threshold`');
  const fields = spec as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return refuse([...at, 'spec', unknown], `unknown; known are ${KEYS.join(', ')}`);
  const { service, events, threshold } = fields;
  if (service !== undefined && (typeof service !== 'string' || service === ''))
    return refuse([...at, 'spec', 'service'], 'expected service.name, or namespace/service.name');
  if (typeof events !== 'string' || !EVENTS.includes(events))
    return refuse([...at, 'spec', 'events'], `expected one of ${EVENTS.join(', ')}`);
  const isTime = typeof threshold === 'string' || typeof threshold === 'number';
  if (threshold !== undefined && (!isTime || !((parseDuration(threshold) ?? 0) > 0)))
    return refuse([...at, 'spec', 'threshold'], 'expected a duration like 400ms');
  const needsThreshold = events === 'fast' || events === 'slow';
  if (needsThreshold && threshold === undefined)
    return refuse([...at, 'spec', 'events'], `\`${events}\` needs \`threshold\`, for example 400ms`);
  if (!needsThreshold && threshold !== undefined)
    return refuse([...at, 'spec', 'threshold'], `only \`fast\` and \`slow\` have one; \`${events}\` does not`);
  return { service, events, threshold: isTime ? threshold : undefined };
};

const ratioOf = (
  spec: IndicatorSpec,
  path: readonly (string | number)[],
  dataSources: ReadonlyMap<string, string>,
): Partial<Indicator> | Refusal => {
  const ratio = spec.ratioMetric as NonNullable<IndicatorSpec['ratioMetric']>;
  const at = [...path, 'ratioMetric'];
  if (ratio.raw !== undefined || ratio.rawType !== undefined)
    return refuse(
      [...at, ratio.raw === undefined ? 'rawType' : 'raw'],
      `a ratio computed elsewhere has no counts, and burn rates need counts; ${WHAT_TO_WRITE}`,
    );
  if (ratio.good !== undefined && ratio.bad !== undefined) return refuse([...at, 'bad'], 'either `good` or `bad`, not both');
  const side = ratio.good === undefined ? 'bad' : 'good';
  const part = ratio[side];
  if (part === undefined) return refuse(at, 'expected `good` or `bad` beside `total`');
  if (ratio.total === undefined) return refuse(at, 'expected `total`');
  if (ratio.counter === false) return refuse([...at, 'counter'], 'requests are counted, so this is `true`');
  const numerator = sourceOf(part, [...at, side], dataSources);
  if (isRefusal(numerator)) return numerator;
  const total = sourceOf(ratio.total, [...at, 'total'], dataSources);
  if (isRefusal(total)) return total;
  if (total.events !== 'requests') return refuse([...at, 'total', 'metricSource', 'spec', 'events'], 'the whole of a ratio is `requests`');
  if (total.service !== numerator.service)
    return refuse(
      [...at, 'total', 'metricSource', 'spec', 'service'],
      `both parts of a ratio are of one service, and \`${side}\` has another`,
    );
  const fitting = side === 'good' ? ['successes', 'fast'] : ['errors', 'slow'];
  if (!fitting.includes(numerator.events))
    return refuse([...at, side, 'metricSource', 'spec', 'events'], `\`${side}\` is ${fitting.map((word) => `\`${word}\``).join(' or ')}`);
  const service = numerator.service === undefined ? {} : { service: numerator.service };
  if (numerator.threshold === undefined) return { ...service, kind: 'availability' };
  return { ...service, kind: 'latency', threshold: numerator.threshold };
};

const thresholdOf = (
  spec: IndicatorSpec,
  path: readonly (string | number)[],
  objective: SloObjective,
  dataSources: ReadonlyMap<string, string>,
): Partial<Indicator> | Refusal => {
  const at = [...path, 'thresholdMetric'];
  const source = sourceOf(spec.thresholdMetric as Metric, at, dataSources);
  if (isRefusal(source)) return source;
  if (source.events !== 'requests')
    return refuse([...at, 'metricSource', 'spec', 'events'], 'with a threshold the duration of each of the `requests` is compared');
  if (objective.op !== 'lte' && objective.op !== 'lt')
    return refuse(at, 'a duration is good below its threshold: give the objective `op: lte` and `value` in seconds');
  if (objective.value === undefined || !(objective.value > 0))
    return refuse(at, 'give the objective a `value` in seconds, for example 0.4');
  return { ...(source.service === undefined ? {} : { service: source.service }), kind: 'latency', threshold: objective.value };
};

const annotated = (annotations: Readonly<Record<string, string>>): Partial<Indicator> | Refusal | undefined => {
  const kind = annotations[INDICATOR_ANNOTATION];
  const threshold = annotations[THRESHOLD_ANNOTATION];
  const at = (name: string) => ['metadata', 'annotations', name];
  if (kind === undefined)
    return threshold === undefined
      ? undefined
      : refuse(at(THRESHOLD_ANNOTATION), `without \`${INDICATOR_ANNOTATION}: latency\` it says nothing`);
  if (kind !== 'availability' && kind !== 'latency') return refuse(at(INDICATOR_ANNOTATION), 'expected availability or latency');
  if (kind === 'availability') return threshold === undefined ? { kind } : refuse(at(THRESHOLD_ANNOTATION), 'only for latency; remove it');
  if (threshold === undefined || !((parseDuration(threshold) ?? 0) > 0))
    return refuse(at(INDICATOR_ANNOTATION), `latency needs \`${THRESHOLD_ANNOTATION}\`, a duration like 400ms`);
  return { kind, threshold };
};

/**
 * What an SLI asks for, in requests of one service: said by annotations of the SLO, whatever its queries are, or by
 * metric sources of type foreshock. `path` leads to the spec of the SLI in its document.
 */
export const indicatorOf = (
  spec: IndicatorSpec,
  path: readonly (string | number)[],
  slo: { readonly metadata: Metadata; readonly service: string },
  objective: SloObjective,
  dataSources: ReadonlyMap<string, string>,
): Indicator | (Refusal & { readonly of: 'slo' | 'indicator' }) => {
  const said = annotated(slo.metadata.annotations ?? {});
  if (said !== undefined) return isRefusal(said) ? { ...said, of: 'slo' } : ({ service: slo.service, ...said } as Indicator);
  if ((spec.ratioMetric === undefined) === (spec.thresholdMetric === undefined))
    return { ...refuse(path, 'expected either `ratioMetric` or `thresholdMetric`'), of: 'indicator' };
  const found = spec.ratioMetric === undefined ? thresholdOf(spec, path, objective, dataSources) : ratioOf(spec, path, dataSources);
  return isRefusal(found) ? { ...found, of: 'indicator' } : ({ service: slo.service, ...found } as Indicator);
};
