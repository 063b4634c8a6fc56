import { HOUR_MS, type Instant } from '../../../core/time.ts';
import { escapeHtml, figure } from '../../report/report-text.ts';
import type { TheirAlert } from '../alerts.ts';
import type { Grid } from '../columns.ts';
import type { ReportedPage, TrialReport } from '../report-model.ts';
import type { TrialSignal } from '../signals.ts';
import { plotHtml } from './plot.ts';
import { leadOf } from './verdict.ts';
import { lasting, type When } from './when.ts';

const BEFORE_MS = 3 * HOUR_MS;
const AFTER_MS = 1.5 * HOUR_MS;
const STORIES_MAX = 60;

/** A value of a signal as people read it. */
const readableAs = ({ kind, unit }: Pick<TrialSignal, 'kind' | 'unit'>): ((value: number) => string) => {
  if (kind === 'duration') return (value) => (value < 1 ? `${figure(Math.round(value * 10_000) / 10)} ms` : `${figure(value)} s`);
  if (kind === 'ratio') return (value) => `${figure(100 * value)} %`;
  if (kind === 'rate') return (value) => `${figure(value)}/s`;
  return (value) => `${figure(value)}${unit === '' ? '' : ` ${unit}`}`;
};

const NAMES: Readonly<Record<string, string>> = {
  requests: 'requests',
  errors: 'share of failed requests',
  duration: 'latency (geometric mean)',
};

const ALERT_LABELS_SHOWN = 4;

/** Labels beyond the name and severity, the first few: which pod it was matters to whoever looks it up. */
const labelsShown = ({ labels }: TheirAlert): string =>
  Object.entries(labels)
    .filter(([name]) => name !== 'alertname' && name !== 'severity')
    .slice(0, ALERT_LABELS_SHOWN)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');

const placeIn = (from: Instant, to: Instant) => (at: Instant) => Math.min(1, Math.max(0, (at - from) / (to - from)));

const picture = ({ page, alerts, symptom }: ReportedPage, grid: Grid, when: When): string => {
  if (symptom === undefined) return '';
  const indexOf = (at: Instant): number => Math.round((at - grid.firstEnd) / grid.stepMs);
  const first = Math.max(0, indexOf(page.startedAt - BEFORE_MS));
  const last = Math.min(grid.steps - 1, indexOf((page.resolvedAt ?? page.pagedAt) + AFTER_MS));
  const from = grid.firstEnd + first * grid.stepMs;
  const to = grid.firstEnd + last * grid.stepMs;
  const { signal, band } = symptom;
  const values = Float64Array.from(signal.value.subarray(first, last + 1), (value) =>
    signal.kind === 'duration' ? Math.exp(value) : value,
  );
  const place = placeIn(from, to);
  return `<p class="caption">${escapeHtml(NAMES[signal.name] ?? signal.name)} of ${escapeHtml(signal.service)}</p>
${plotHtml({
  label: `${signal.name} of ${signal.service} around the page`,
  height: 120,
  low: 0,
  lines: [{ name: 'seen', values }],
  areas: [{ name: 'band', lower: band.lower.subarray(first, last + 1), upper: band.upper.subarray(first, last + 1) }],
  marks: [
    ...alerts
      .slice(0, 8)
      .map((alert) => ({ name: 'alert', at: place(alert.startedAt), title: `${alert.alertname} fires ${when.short(alert.startedAt)}` })),
    { name: 'page', at: place(page.pagedAt), title: `page ${when.short(page.pagedAt)}` },
  ],
  format: readableAs(signal),
  ticks: [
    { at: 0, text: when.short(from) },
    { at: 1, text: when.short(to) },
  ],
})}`;
};

const beside = ({ alerts, by, leadMs }: ReportedPage, recorded: boolean): string => {
  if (by === 'none') return recorded ? '<p><b class="ours">Only ours.</b> No alert of yours fired within 15 minutes of it.</p>' : '';
  const first = [...alerts].sort((a, b) => a.startedAt - b.startedAt)[0] as TheirAlert;
  const others = alerts.length === 1 ? '' : ` and ${figure(alerts.length - 1)} more`;
  const lead = leadMs === undefined ? '' : `; ours ${leadOf(leadMs)}`;
  const labels = labelsShown(first);
  return `<p><b class="both">${by === 'service' ? 'Both.' : 'Same time, no service named.'}</b> <code>${escapeHtml(first.alertname)}</code>${first.severity === '' ? '' : ` (${escapeHtml(first.severity)})`}${others}${lead}.${labels === '' ? '' : ` <span class="faint">${escapeHtml(labels)}</span>`}</p>`;
};

const story = (page: ReportedPage, report: TrialReport, when: When): string => {
  const { page: told } = page;
  const end =
    told.resolvedAt === undefined ? 'still open when the history ends' : `over after ${lasting(told.resolvedAt - told.startedAt)}`;
  const others = told.services.filter((service) => service !== told.service);
  return `<article class="story">
<div><p class="head"><b>${escapeHtml(told.service)}</b> <span class="tag ${told.severity}">${told.severity}</span></p>
<p class="faint">${when.element(told.pagedAt)}, ${lasting(told.pagedAt - told.startedAt)} after it began; ${end}</p>
<p>${escapeHtml(told.because)}</p>
${beside(page, report.alertsRecorded)}
${others.length === 0 ? '' : `<p class="faint">also: ${escapeHtml(others.slice(0, 8).join(', '))}</p>`}
${told.suspects.length === 0 ? '' : `<p class="faint">suspects: ${escapeHtml(told.suspects.join('; '))}</p>`}</div>
<figure>${picture(page, report.grid, when)}</figure>
</article>`;
};

export const storiesHtml = (report: TrialReport, when: When): string => {
  const { pages } = report;
  if (pages.length === 0) return '<p>Nothing in the judged time would have been told to anybody.</p>';
  const rest = pages.length - STORIES_MAX;
  return `${pages
    .slice(0, STORIES_MAX)
    .map((page) => story(page, report, when))
    .join('\n')}${rest > 0 ? `<p class="faint">${figure(rest)} more pages are in the file of --json.</p>` : ''}`;
};
