import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import { reportTable } from '../../report/report-table.ts';
import { escapeHtml, figure, percent } from '../../report/report-text.ts';
import type { TheirAlert } from '../alerts.ts';
import type { TrialReport } from '../report-model.ts';
import { lanesHtml } from './lanes.ts';
import { scalingHtml } from './scaling-section.ts';
import { storiesHtml } from './stories.ts';
import { TRIAL_STYLE } from './style.ts';
import { change, compared, isMeasured, verdictOf } from './verdict.ts';
import { createWhen, lasting, type When } from './when.ts';

const tile = (title: string, value: string, note: string): string => `<div><dt>${title}</dt><dd>${value}<small>${note}</small></dd></div>`;

const tilesHtml = (report: TrialReport): string => {
  const { pages, alerts, onlyTheirs, scaling, alertsRecorded } = report;
  const both = compared(scaling);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const real = sum(both.map((one) => one.real.replicaHours));
  const ours = sum(both.map((one) => one.ours.replicaHours));
  const under = (pick: (one: (typeof both)[number]) => number): string => lasting(sum(both.map(pick)) * MINUTE_MS);
  const beside = pages.filter(({ by }) => by !== 'none').length;
  return `<dl class="figures">
${tile('our pages', figure(pages.length), `${figure(beside)} beside an alert of yours, ${figure(pages.length - beside)} only ours`)}
${alertsRecorded ? tile('your alerts', figure(alerts.length), `${figure(alerts.filter(({ pages: wakes }) => wakes).length)} at a paging severity; ${figure(onlyTheirs.length)} only yours`) : tile('your alerts', '–', 'no ALERTS series in this history')}
${both.length === 0 ? tile('replica-hours', '–', 'no workload with replicas, load and a capacity') : tile('replica-hours, ours against yours', change(real, ours), `${figure(Math.round(ours))} instead of ${figure(Math.round(real))}`)}
${
  both.length === 0
    ? tile('beyond capacity', '–', 'nothing to measure it by')
    : tile(
        'beyond capacity, ours',
        under((one) => one.ours.minutesBeyondCapacity),
        isMeasured(both)
          ? `yours ${under((one) => one.real.minutesBeyondCapacity)}, of ${lasting(report.judgedTo - report.judgedFrom)}`
          : 'where nothing was ever slow, capacity is what your replicas have shown to carry',
      )
}
</dl>`;
};

/** Theirs without ours, one row an alert and service: a rule that fires daily is one finding, not thirty. */
const onlyTheirsHtml = ({ onlyTheirs }: TrialReport, when: When): string => {
  if (onlyTheirs.length === 0) return '';
  const groups = new Map<string, TheirAlert[]>();
  for (const alert of onlyTheirs) {
    const key = JSON.stringify([alert.alertname, alert.severity, alert.service]);
    groups.set(key, [...(groups.get(key) ?? []), alert]);
  }
  const rows = [...groups.values()].sort((a, b) => Number(b[0]?.pages) - Number(a[0]?.pages) || b.length - a.length);
  return `<h3>Only yours</h3>
<p class="faint">No page of ours lies within 15 minutes on the same service. An alert may be right all the same: on what is no request metric (disks, certificates, jobs) the trial has nothing to judge by.</p>
${reportTable(
  'Alerts of yours without a page of ours',
  [
    ['alert', false],
    ['service', false],
    ['severity', false],
    ['times', true],
    ['together', true],
    [`first, ${escapeHtml(when.zone)}`, false],
  ],
  rows.slice(0, 100).map((group) => {
    const first = group[0] as TheirAlert;
    const together = group.reduce((total, { startedAt, endedAt }) => total + endedAt - startedAt, 0);
    return [
      `<code>${escapeHtml(first.alertname)}</code>`,
      escapeHtml(first.service ?? 'names none that was watched'),
      escapeHtml(first.severity === '' ? '–' : first.severity),
      figure(group.length),
      lasting(together),
      escapeHtml(when.short(first.startedAt)),
    ];
  }),
)}`;
};

const coverageHtml = (report: TrialReport): string => {
  const { coverage, leftOut } = report;
  const strip = (parts: readonly number[]): string =>
    `<div class="strip" title="share of steps with data, from the beginning to the end">${parts.map((share) => `<i style="opacity:${share.toFixed(2)}"></i>`).join('')}</div>`;
  return `${reportTable(
    'What was read of each service',
    [
      ['service', false],
      ['requests from', false],
      ['errors by', false],
      ['latency from', false],
      ['requests', true],
      ['steps with data', true],
      ['beginning to end', false],
    ],
    coverage.map((service) => [
      escapeHtml(service.service),
      `<code>${escapeHtml(service.source)}</code>`,
      `<code>${escapeHtml(service.errors)}</code>`,
      `<code>${escapeHtml(service.durations)}</code>`,
      `${figure(service.requestsPerSecond)}/s`,
      percent(service.observed),
      strip(service.strip),
    ]),
  )}
${leftOut.length === 0 ? '' : `<p>Left out, for --max-series allows no more: ${escapeHtml(leftOut.slice(0, 60).join(', '))}${leftOut.length > 60 ? ` and ${figure(leftOut.length - 60)} more` : ''}.</p>`}`;
};

const historyWords = (report: TrialReport, when: When): readonly string[] => {
  const { grid, learnedMs, judgedFrom, judgedTo, askedMs, intervalMs, calls } = report;
  const heldMs = learnedMs + judgedTo - judgedFrom;
  const step = lasting(grid.stepMs);
  const interval = Number.isNaN(intervalMs)
    ? 'an interval that could not be learned'
    : `a sample every ${figure(Math.round(intervalMs / 100) / 10)} s`;
  return [
    `Steps of ${step}: the history has ${interval}, and a rate needs three.${grid.stepMs > MINUTE_MS ? ' Coarser than a minute, so onsets and leads are no finer than that.' : ''}`,
    `Learned from ${when.full(judgedFrom - learnedMs)} to ${when.full(judgedFrom)} (nothing is told in that time), judged from there to ${when.full(judgedTo)}.`,
    ...(heldMs < askedMs - DAY_MS / 2 ? [`${lasting(askedMs)} were asked for, ${lasting(heldMs)} are there.`] : []),
    calls === 0
      ? 'Who calls whom is not in this history (a mesh or a service graph would say), so a failure that spreads shows as one page a service, and no cause is named.'
      : `${figure(calls)} calls between services are known from the history, so what spreads along them is one page.`,
    'A service that stops counting altogether is absent, not zero: the trial tells nobody of it. The live agent does, when its callers still call it.',
    'Deploys, silences and maintenance are not in the history, so nothing is explained or withheld by them.',
  ];
};

const notesHtml = (report: TrialReport, when: When): string => {
  const { notes, withheld, queries, cost } = report;
  const list = (items: readonly string[]): string => `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
  const held =
    withheld.length === 0
      ? ''
      : `<h3>Withheld</h3>${list(withheld.slice(0, 20).map((one) => `${when.short(one.at)} ${one.service}: ${one.reason}, ${one.because}`))}`;
  return `${list(historyWords(report, when))}
${notes.length === 0 ? '' : `<h3>Missing or odd in the history</h3>${list(notes)}`}
${held}
<details><summary>${figure(queries.length)} queries, ${figure(cost.requests)} requests, ${figure(Math.round(cost.bytes / 1e5) / 10)} MB read, ${figure(cost.retries)} retried, ${figure(Math.round(cost.seconds))} s</summary><pre>${escapeHtml(queries.join('\n'))}</pre></details>`;
};

const MEANING: readonly string[] = [
  'Our pages come from the code that runs live: the same baselines, evidence, grouping and decision, step after step, each judged only by what came before it. The threshold follows from the false pages you accept.',
  'Your alerts are what the ALERTS series says was firing, one line an alert name, severity and service. What Alertmanager grouped, silenced or delivered is not in it.',
  'Replicas: your real ones, and what our plan would have ordered on the same load, simulated with the time a replica takes to be ready. Both are measured by one capacity, learned from your own history, so it is a comparison and no promise.',
  'Nothing was installed, written or sent. This file is all there is.',
];

/** One HTML file without scripts or anything to load; every text in it that came from outside is escaped. */
export const renderTrialReport = (report: TrialReport): string => {
  const when = createWhen(report.timeZone);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Foreshock trial on ${escapeHtml(report.server)}</title>
<style>${TRIAL_STYLE}</style>
</head>
<body>
<main>
<h1>Foreshock trial</h1>
<p class="faint">${escapeHtml(report.server)}${report.version === '' ? '' : `, ${escapeHtml(report.version)}`}. ${when.element(report.judgedFrom)} to ${when.element(report.judgedTo)}, after ${lasting(report.learnedMs)} of learning. Read ${when.element(report.createdAt)} in ${figure(Math.round(report.cost.seconds))} s.</p>
<ol class="verdict">${verdictOf(report)
    .map((sentence) => `<li>${escapeHtml(sentence)}</li>`)
    .join('')}</ol>
${tilesHtml(report)}
<h2>Our pages beside your alerts</h2>
${lanesHtml(report, when)}
${storiesHtml(report, when)}
${report.pages.length === 0 ? '' : '<p class="legend"><span><i class="key"></i>seen</span><span><i class="key band"></i>expected</span><span><i class="key page"></i>our page</span><span><i class="key alert"></i>your alert</span></p>'}
${onlyTheirsHtml(report, when)}
<h2>Our plan beside your replicas</h2>
${scalingHtml(report, when)}
<h2>What was read</h2>
${coverageHtml(report)}
${notesHtml(report, when)}
<h2>How to read this</h2>
<ul>${MEANING.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join('')}</ul>
<p class="faint">False pages accepted: ${figure(report.falsePagesPerServiceWeek)} per service and week. Times are ${escapeHtml(report.timeZone)}.</p>
</main>
</body>
</html>
`;
};
