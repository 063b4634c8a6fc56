import type { TimeScale } from '../../core/time.ts';
import type { ScalingPolicy } from '../../scaler/recommendation.ts';
import type { NotifierConfig } from '../notify/schema.ts';
import type { ObjectiveConfig } from '../slo/schema.ts';
import { formatDuration } from './duration.ts';
import type { Config, ScalingConfig } from './schema.ts';

export const timeScaleOf = ({ time }: Config): TimeScale => ({ stepMs: time.step, dayLengthMs: time.dayLength });

/** One entry of `scaling` in the words of the planner. */
export const scalingPolicyOf = (entry: ScalingConfig): ScalingPolicy => ({
  target: entry.target,
  minReplicas: entry.minReplicas,
  maxReplicas: entry.maxReplicas,
  loadPerReplica: entry.loadPerReplica,
  risk: entry.risk,
  leadMs: entry.lead,
  stabilizationMs: entry.stabilization,
  up: { replicas: entry.up.replicas, percent: entry.up.percent, windowMs: entry.up.window },
  down: { replicas: entry.down.replicas, percent: entry.down.percent, windowMs: entry.down.window },
  mode: entry.mode,
});

/** Attribute keys the user asked for by name: slices, outcome and the extra allow-list, each once. */
export const configuredAttributes = ({ dimensions, redaction }: Config): readonly string[] => [
  ...new Set([...dimensions.slices.flat(), dimensions.outcome.attribute, ...redaction.allow]),
];

const percent = (share: number): string => `${Number((share * 100).toPrecision(6))} %`;

const budgetOf = ({ budgeting, calendar, window }: ObjectiveConfig): string => {
  const period = calendar === undefined ? `over ${formatDuration(window)}` : `in each ${calendar.duration} of ${calendar.timeZone}`;
  if (budgeting === undefined || budgeting.kind === 'occurrences') return period;
  const slice = formatDuration(budgeting.sliceMs);
  return budgeting.kind === 'timeslices'
    ? `${period}, counted in slices of ${slice} that are good from ${percent(budgeting.target)} on`
    : `${period}, every ${slice} weighing the same`;
};

const objectiveLine = (entry: ObjectiveConfig): string => {
  const { name, service, kind, objective, threshold } = entry;
  const good = kind === 'latency' ? `answer within ${formatDuration(threshold ?? 0)}` : 'do not fail';
  const rules = (entry.rules ?? []).map(({ severity, factor, longMs }) => `${severity} above ${factor} in ${formatDuration(longMs)}`);
  const own = rules.length === 0 ? '' : `; ${rules.join(', ')}`;
  return `  ${name}: ${percent(objective)} of the requests of ${service} ${good}, ${budgetOf(entry)}${own}`;
};

const MODES: Readonly<Record<ScalingConfig['mode'], string>> = {
  observe: 'only records what it would do',
  propose: 'only records; nobody can approve yet',
  act: 'scales by itself',
};

const scalingLine = (entry: ScalingConfig): string =>
  `  ${entry.target}: ${entry.minReplicas} to ${entry.maxReplicas} replicas, each for ${entry.loadPerReplica}/s of ${entry.service} ${entry.signal}; ${MODES[entry.mode]}`;

const list = (title: string, lines: readonly string[], none: string): readonly string[] => [
  title,
  ...(lines.length === 0 ? [`  ${none}`] : lines),
];

/** Addresses may carry a token in their path: only the host is shown, and nothing of those that stand in a file. */
const placeOf = (notifier: NotifierConfig): string => {
  if (notifier.kind === 'nats') return ` at subject ${notifier.subject} on ${notifier.servers.join(', ')}`;
  const urls = 'urls' in notifier ? notifier.urls : 'url' in notifier ? [notifier.url] : [];
  return urls.length === 0 ? '' : ` at ${urls.map((url) => new URL(url).host).join(', ')}`;
};

/** What will be watched and done, short, for `foreshock check`. */
export const describeConfig = (config: Config): string => {
  const { time, otlp, api, dimensions, budgets } = config;
  const day = time.dayLength === 86_400_000 ? '' : `, a day of ${formatDuration(time.dayLength)}`;
  const slices = dimensions.slices.map((group) => group.join(' + ')).join('; ');
  return [
    `Tenant ${config.tenant}: steps of ${formatDuration(time.step)}, closed ${formatDuration(time.grace)} after their end${day}`,
    `Receives OTLP on http://${otlp.host}:${otlp.port} and by gRPC on ${otlp.host}:${otlp.grpc.port}; API and web page on http://${api.host}:${api.port}${api.tokenFile === undefined ? '' : ' (with token)'}`,
    ...config.nats.map(
      ({ name, subject, stream, servers }) => `Reads business events (${name}): ${subject} of stream ${stream} on ${servers.join(', ')}`,
    ),
    `Keeps ${formatDuration(config.retention.samples)} of samples in ${config.dataDirectory}`,
    `Accepts ${budgets.falsePagesPerServiceWeek} false pages per service and week`,
    `Splits harm by ${slices === '' ? 'nothing (no `dimensions.slices`)' : slices}; business outcome in ${dimensions.outcome.attribute}`,
    ...list('Objectives:', config.objectives.map(objectiveLine), 'none: every service is watched, none against an objective'),
    ...list(
      'Tells:',
      config.notifiers.map((notifier) => `  ${notifier.name}: ${notifier.kind}${placeOf(notifier)}`),
      'nobody but the web page and the log (no `notifiers`)',
    ),
    ...list('Scales:', config.scaling.map(scalingLine), 'nothing (no `scaling`)'),
    '',
  ].join('\n');
};
