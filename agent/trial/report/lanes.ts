import { DAY_MS, type Instant } from '../../../core/time.ts';
import { escapeHtml, figure } from '../../report/report-text.ts';
import type { TheirAlert } from '../alerts.ts';
import type { OurPage } from '../relive.ts';
import type { TrialReport } from '../report-model.ts';
import { axisHtml, type Tick } from './plot.ts';
import type { When } from './when.ts';

const LANES_MAX = 16;
const ELSEWHERE = 'names no service';

interface Lane {
  readonly name: string;
  readonly pages: readonly OurPage[];
  readonly alerts: readonly TheirAlert[];
}

const lanesOf = ({ pages, alerts }: TrialReport): readonly Lane[] => {
  const names = [...new Set([...pages.map(({ page }) => page.service), ...alerts.map(({ service }) => service ?? ELSEWHERE)])];
  return names
    .map(
      (name): Lane => ({
        name,
        pages: pages.flatMap(({ page }) => (page.service === name ? [page] : [])),
        alerts: alerts.filter(({ service }) => (service ?? ELSEWHERE) === name),
      }),
    )
    .sort(
      (a, b) =>
        Number(a.name === ELSEWHERE) - Number(b.name === ELSEWHERE) ||
        b.pages.length - a.pages.length ||
        b.alerts.length - a.alerts.length ||
        (a.name < b.name ? -1 : 1),
    );
};

/** Middays between two instants, thinned to what fits. */
export const dayTicks = (from: Instant, to: Instant, when: When, most = 7): readonly Tick[] => {
  const first = Math.ceil(from / DAY_MS) * DAY_MS;
  const days = Array.from({ length: Math.max(0, Math.floor((to - first) / DAY_MS) + 1) }, (_, index) => first + index * DAY_MS);
  const each = Math.max(1, Math.ceil(days.length / most));
  return days.filter((_, index) => index % each === 0).map((at) => ({ at: (at - from) / (to - from), text: when.day(at) }));
};

/** One row a service: our pages above, their alerts below, over the judged time. */
export const lanesHtml = (report: TrialReport, when: When): string => {
  const lanes = lanesOf(report);
  if (lanes.length === 0) return '';
  const { judgedFrom: from, judgedTo: to } = report;
  const bar = (name: string, start: Instant, end: Instant, title: string): string => {
    const left = (100 * (Math.max(from, start) - from)) / (to - from);
    const width = (100 * (Math.min(to, end) - Math.max(from, start))) / (to - from);
    return `<i class="${name}" style="left:${left.toFixed(2)}%;width:${Math.max(0, width).toFixed(2)}%" title="${escapeHtml(title)}"></i>`;
  };
  const rows = lanes.slice(0, LANES_MAX).map(
    ({ name, pages, alerts }) =>
      `<div class="lane"><span>${escapeHtml(name)}</span><div>${pages
        .map((page) => bar('page', page.startedAt, page.resolvedAt ?? to, `${when.short(page.startedAt)} ${page.because}`))
        .join('')}${alerts
        .slice(0, 200)
        .map((alert) =>
          bar(alert.pages ? 'alert' : 'alert quiet', alert.startedAt, alert.endedAt, `${when.short(alert.startedAt)} ${alert.alertname}`),
        )
        .join('')}</div></div>`,
  );
  const rest = lanes.length - LANES_MAX;
  return `<figure class="lanes">${rows.join('\n')}<div class="lane axis"><span></span>${axisHtml(dayTicks(from, to, when))}</div></figure>
<p class="legend"><span><i class="key page"></i>our page, from its onset to its end</span><span><i class="key alert"></i>their alert, paging severity</span><span><i class="key quiet"></i>their alert, other severity</span>${rest > 0 ? `<span>${figure(rest)} more services below</span>` : ''}</p>`;
};
