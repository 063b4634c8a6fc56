import { headStartSeconds, type Rise } from './ahead.ts';
import type { Answer } from './grafana-answers.ts';
import type { Installation, Rights } from './installation.ts';

export interface ToldIncident {
  readonly id: string;
  readonly title: string;
  readonly decisionId: string | undefined;
  readonly suspect: string | undefined;
  readonly pagedAt: number;
}

export interface WalkthroughReport {
  /** Whether a first incident was told and a first scaling came ahead of load; what is missing where not. */
  readonly missing: readonly string[];
  readonly startedAt: number;
  readonly endedAt: number;
  readonly loadStartedAt: number;
  readonly faultAt: number;
  readonly installation: Installation;
  readonly rights: Rights;
  readonly rises: readonly Rise[];
  readonly secondsShort: number;
  /** Had the replicas of the beginning been left as they were. */
  readonly secondsShortUntouched: number;
  readonly seconds: number;
  readonly scaleDecisionId: string | undefined;
  /** The first one told after the fault that suspects what was broken. */
  readonly incident: ToldIncident | undefined;
  /** Told beside it. */
  readonly otherIncidents: readonly ToldIncident[];
  /** Share of the day in which processes had work and no core to do it on; NaN where the system does not tell. */
  readonly cpuWaitShare: number;
  /** Absent: there was no Prometheus to ask. */
  readonly answers: readonly Answer[] | undefined;
  /** helm uninstall and foreshock release, and what they said; absent when all of it was kept. */
  readonly givenBack: readonly string[] | undefined;
  /** Ways to look around in what was kept. */
  readonly kept: readonly string[] | undefined;
  readonly decisionLog: string;
}

/** Telemetry reaches these lines: no control character of it may reach a terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?');

const at = (instant: number | undefined, { loadStartedAt }: WalkthroughReport): string =>
  instant === undefined ? 'never' : `${((instant - loadStartedAt) / 1_000).toFixed(1)} s`;

const riseLine = (rise: Rise, report: WalkthroughReport): string => {
  const headStart = headStartSeconds(rise);
  const verdict =
    headStart === undefined ? 'never Ready' : headStart < 0 ? `${(-headStart).toFixed(1)} s late` : `${headStart.toFixed(1)} s ahead`;
  const when = [rise.orderedAt, rise.readyAt, rise.neededAt].map((instant) => at(instant, report).padStart(9));
  return `  ${String(rise.replicas).padStart(8)} ${when.join(' ')}   ${verdict}`;
};

const scalingLines = (report: WalkthroughReport): readonly string[] => [
  'Scaling (seconds since the first payment)',
  `  ${['replicas', '  ordered', '    Ready', '   needed'].join(' ')}`,
  ...report.rises.map((rise) => riseLine(rise, report)),
  `  load above what Ready replicas carry: ${report.secondsShort} of ${report.seconds} s`,
  `  and above what those of the beginning would have: ${report.secondsShortUntouched} of ${report.seconds} s`,
  ...(Number.isNaN(report.cpuWaitShare) ? [] : [`  processes waited for a core ${Math.round(100 * report.cpuWaitShare)} % of the time`]),
];

const incidentLines = (report: WalkthroughReport): readonly string[] => {
  const { incident, otherIncidents, faultAt } = report;
  return [
    'Incident',
    ...(incident === undefined
      ? ['  none']
      : [
          `  ${incident.title}`,
          `  told ${((incident.pagedAt - faultAt) / 1_000).toFixed(1)} s after the fault began, decision ${incident.decisionId ?? 'none'}`,
        ]),
    ...otherIncidents.map(({ title, pagedAt }) => `  also told, at ${at(pagedAt, report)}: ${title}`),
  ];
};

const answerLines = ({ answers }: WalkthroughReport): readonly string[] => {
  if (answers === undefined) return ['Grafana', '  skipped: no prometheus on the PATH to ask the queries of the dashboards'];
  return answers.flatMap(({ dashboard, panel, query, lines }, index) => [
    ...(answers[index - 1]?.panel === panel ? [] : [`Grafana, ${dashboard}: ${panel}`]),
    `  ${query}`,
    ...(lines.length === 0 ? ['    no data'] : lines.map((line) => `    ${line}`)),
  ]);
};

const furtherLines = ({ scaleDecisionId, incident, decisionLog, kept }: WalkthroughReport): readonly string[] => {
  const ids = [scaleDecisionId, incident?.decisionId].filter((id) => id !== undefined);
  return [
    'Further',
    ...ids.map((id) => `  npx foreshock explain ${id} --log ${decisionLog}`),
    `  npx foreshock replay all --log ${decisionLog}`,
    ...(kept ?? []).map((line) => `  ${line}`),
  ];
};

export const summary = (report: WalkthroughReport): string => {
  const { installation, rights, missing, startedAt, endedAt, givenBack } = report;
  const took = ((endedAt - startedAt) / 1_000).toFixed(0);
  return [
    missing.length === 0 ? `A first incident and a first scaling ahead of load, ${took} s from nothing.` : `Missing after ${took} s:`,
    ...missing.map((what) => `  ${what}`),
    'Installed',
    `  ${installation.command}`,
    `  STATUS: ${installation.status}`,
    'Rights of its ServiceAccount, as the API server tells them',
    ...rights.granted.map((right) => `  ${right}`),
    'Asked for and denied',
    ...rights.denied.map((right) => `  ${right}`),
    ...scalingLines(report),
    ...incidentLines(report),
    ...answerLines(report),
    ...(givenBack === undefined ? [] : ['Given back', ...givenBack.map((line) => `  ${line}`)]),
    ...furtherLines(report),
  ]
    .map(printable)
    .join('\n');
};
