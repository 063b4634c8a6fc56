import type { ChangeEvent } from '../../core/change.ts';
import type { Finding } from '../../detectors/finding.ts';
import type { Incident, Suspect } from '../incident/incident.ts';
import type { NotificationMessage } from './notifier.ts';

/** Enough for a person who has just been woken; the page behind the link has the rest. */
const FINDINGS_TOLD = 4;
const SUSPECTS_TOLD = 3;
const REASONS_TOLD = 2;
const CHANGES_TOLD = 3;
const LINE_CHARACTERS = 300;

/** Names come from telemetry: no control character, no direction override, no line of its own, nothing endless. */
const line = (text: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const flat = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, ' ').trim();
  return flat.length <= LINE_CHARACTERS ? flat : `${flat.slice(0, LINE_CHARACTERS - 3)}...`;
};

const rounded = (value: number, digits = 3): string => String(Number(value.toPrecision(digits)));

/** A value as a person says it: 412 ms, 12.4 %, 118/s. */
export const formatValue = (value: number, unit: string): string => {
  if (!Number.isFinite(value)) return 'unknown';
  switch (unit) {
    case 's':
      return Math.abs(value) < 1 ? `${rounded(value * 1_000)} ms` : `${rounded(value)} s`;
    case 'ms':
      return `${rounded(value)} ms`;
    case '1':
    case 'ratio':
      return `${rounded(value * 100)} %`;
    case '':
      return rounded(value, 4);
    default:
      // UCUM annotations, for example {request}/s, name what is counted.
      return unit.endsWith('/s') ? `${rounded(value, 4)}/s` : `${rounded(value, 4)} ${line(unit)}`;
  }
};

const instant = (at: number): string => {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? 'an unknown time' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
};

const HEADS: Readonly<Record<NotificationMessage['reason'], string>> = {
  first: '',
  resolved: 'RESOLVED: ',
  repeat: 'STILL OPEN: ',
};

/** One line: for a subject, a lock screen, a channel. */
export const notificationTitle = ({ reason, incident }: NotificationMessage): string =>
  line(`${HEADS[reason]}[${incident.severity}] ${incident.title}`);

const findingLine = ({ service, name, observed, expected, lower, upper, unit, since }: Finding): string => {
  const value = (number: number): string => formatValue(number, unit);
  const band = Number.isFinite(lower) && Number.isFinite(upper) ? ` (${value(lower)} to ${value(upper)})` : '';
  return line(`${service} ${name}: seen ${value(observed)}, expected ${value(expected)}${band}, since ${instant(since)}`);
};

const changeLine = ({ at, kind, service, summary, source }: ChangeEvent): string =>
  line(`${instant(at)} ${kind}${service === undefined ? '' : ` of ${service}`}: ${summary} (from ${source})`);

const suspectLines = ({ label, share, because, harmShare, trafficShare, change }: Suspect): readonly string[] => {
  const slice =
    harmShare === undefined || trafficShare === undefined
      ? ''
      : `; ${formatValue(harmShare, '1')} of the harm on ${formatValue(trafficShare, '1')} of the traffic`;
  return [
    `  ${line(`${label} (${formatValue(share, '1')}${slice})`)}`,
    ...because.slice(0, REASONS_TOLD).map((reason) => `    - ${line(reason)}`),
    ...(change === undefined ? [] : [`    - change before it: ${changeLine(change)}`]),
  ];
};

const section = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', title, ...lines]);

const more = (count: number, shown: number): readonly string[] => (count > shown ? [`  ... and ${count - shown} more`] : []);

const hurt = (incident: Incident): string => {
  const others = incident.services.filter((service) => service !== incident.symptomService);
  const also =
    others.length === 0 ? '' : `; touches ${others.slice(0, 6).join(', ')}${others.length > 6 ? ` and ${others.length - 6} more` : ''}`;
  return line(`Hurt: users of ${incident.symptomService}${also}`);
};

/** Likely causes in one line: "ledger (81 %), psp-north / birch (12 %)"; empty while there are none. */
export const notificationSuspects = ({ suspects }: Incident): string =>
  suspects
    .slice(0, SUSPECTS_TOLD)
    .map(({ label, share }) => line(`${label} (${formatValue(share, '1')})`))
    .join(', ');

/** The message in words: what, who is hurt, since when, seen against expected, likely causes with reasons, changes before it, where to look. */
export const notificationText = (message: NotificationMessage): string => {
  const { incident, url } = message;
  const { findings, suspects, changes } = incident;
  return [
    notificationTitle(message),
    ...(incident.state === 'resolved' ? [line(`Resolved ${instant(incident.resolvedAt)}: ${incident.because}`)] : []),
    hurt(incident),
    `Since: ${instant(incident.startedAt)}, noticed ${instant(incident.openedAt)}`,
    ...section('Seen and expected:', [
      ...findings.slice(0, FINDINGS_TOLD).map((finding) => `  ${findingLine(finding)}`),
      ...more(findings.length, FINDINGS_TOLD),
    ]),
    ...section('Likely causes:', [...suspects.slice(0, SUSPECTS_TOLD).flatMap(suspectLines), ...more(suspects.length, SUSPECTS_TOLD)]),
    ...section('Changes before it:', [
      ...changes.slice(0, CHANGES_TOLD).map((change) => `  ${changeLine(change)}`),
      ...more(changes.length, CHANGES_TOLD),
    ]),
    ...section('', [
      ...(url === undefined ? [] : [line(url)]),
      ...(incident.decisionId === undefined ? [] : [line(`Decision ${incident.decisionId}`)]),
    ]).slice(1),
  ].join('\n');
};
