import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import { counted, figure } from '../../report/report-text.ts';
import type { TrialReport } from '../report-model.ts';
import type { ReplicaRun, ScalingComparison } from '../scaling.ts';
import { lasting } from './when.ts';

const pagesSentence = ({ pages, coverage, judgedFrom, judgedTo }: TrialReport): string => {
  const days = (judgedTo - judgedFrom) / DAY_MS;
  const rate = pages.length / Math.max(1, coverage.length) / (days / 7);
  const services = counted(coverage.length, 'service');
  return pages.length === 0
    ? `In the ${figure(days)} days judged, Foreshock would have paged nobody about ${services}.`
    : `In the ${figure(days)} days judged, Foreshock would have sent ${counted(pages.length, 'page')} about ${services}: ${figure(rate)} per service and week.`;
};

const medianLead = (report: TrialReport): number | undefined => {
  const leads = report.pages.flatMap(({ leadMs, by }) => (leadMs === undefined || by !== 'service' ? [] : [leadMs])).sort((a, b) => a - b);
  return leads[Math.floor(leads.length / 2)];
};

const leadWords = (leadMs: number): string =>
  Math.abs(leadMs) < MINUTE_MS ? 'at the same time' : leadMs > 0 ? `${lasting(leadMs)} before it` : `${lasting(-leadMs)} after it`;

const alertsSentence = (report: TrialReport): string => {
  const { alerts, pages, onlyTheirs, alertsRecorded } = report;
  if (!alertsRecorded) return 'The history holds no ALERTS series, so what your own alerts did is not known.';
  if (alerts.length === 0)
    return pages.length === 0 ? 'No alert of yours fired in that time either.' : 'No alert of yours fired in that time.';
  const paging = alerts.filter(({ pages: wakes }) => wakes).length;
  const both = pages.filter(({ by }) => by === 'service').length;
  const near = pages.filter(({ by }) => by === 'time').length;
  const alone = pages.filter(({ by }) => by === 'none').length;
  const lead = medianLead(report);
  const parts = [
    ...(both === 0
      ? []
      : [
          `${counted(both, 'page')} of ours ${both === 1 ? 'stands' : 'stand'} beside an alert of yours${lead === undefined ? '' : ` (${both === 1 ? '' : 'median: '}ours ${leadWords(lead)})`}`,
        ]),
    ...(near === 0 ? [] : [`${figure(near)} beside one that names no service`]),
    ...(alone === 0 ? [] : [`${figure(alone)} of ours ${alone === 1 ? 'has' : 'have'} none beside ${alone === 1 ? 'it' : 'them'}`]),
    onlyTheirs.length === 0
      ? 'none of yours is without a page of ours'
      : `${figure(onlyTheirs.length)} of yours ${onlyTheirs.length === 1 ? 'has' : 'have'} no page of ours`,
  ];
  const fired =
    alerts.length === 1
      ? `once, ${paging === 1 ? 'at a severity that pages' : 'at no severity that pages'}`
      : `${figure(alerts.length)} times, ${figure(paging)} at a severity that pages`;
  return `Your alerts fired ${fired}: ${parts.join(', ')}.`;
};

/** The comparisons that have both sides. */
export const compared = (scaling: readonly ScalingComparison[]): readonly (ScalingComparison & { readonly ours: ReplicaRun })[] =>
  scaling.flatMap((one) => (one.ours === undefined ? [] : [{ ...one, ours: one.ours }]));

export const change = (from: number, to: number): string => {
  if (!(from > 0)) return '';
  const percent = Math.round((100 * (to - from)) / from);
  return percent === 0 ? 'the same' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)}\u00a0%`;
};

const scalingSentence = (report: TrialReport): string => {
  const both = compared(report.scaling);
  if (report.scaling.length === 0) return 'No replicas of these services are in the history, so nothing can be said of scaling.';
  if (both.length === 0)
    return `Replicas of ${counted(report.scaling.length, 'workload')} are known, but not what one of them carries, so they are drawn and not judged.`;
  const sum = (pick: (one: (typeof both)[number]) => number): number => both.reduce((total, one) => total + pick(one), 0);
  const real = sum(({ real: run }) => run.replicaHours);
  const ours = sum(({ ours: run }) => run.replicaHours);
  const oursBeyond = lasting(sum(({ ours: run }) => run.minutesBeyondCapacity) * MINUTE_MS);
  const realBeyond = lasting(sum(({ real: run }) => run.minutesBeyondCapacity) * MINUTE_MS);
  const hours = `On ${counted(both.length, 'workload')} our plan would have ordered ${figure(Math.round(ours))} replica-hours where ${figure(Math.round(real))} ran (${change(real, ours)})`;
  return isMeasured(both)
    ? `${hours}, with ${oursBeyond} beyond capacity instead of ${realBeyond}.`
    : `${hours}, all but ${oursBeyond} of it within what a replica has shown to carry.`;
};

/** Whether every capacity is a knee. What was merely carried is drawn from what ran, and must not be held against it. */
export const isMeasured = (both: readonly ScalingComparison[]): boolean =>
  both.every(({ capacity }) => capacity.kind === 'estimated' && capacity.basis === 'knee');

/** Three sentences: what we would have told, what their alerts did, what scaling would have changed. */
export const verdictOf = (report: TrialReport): readonly [string, string, string] => [
  pagesSentence(report),
  alertsSentence(report),
  scalingSentence(report),
];

export const leadOf = (leadMs: number): string => leadWords(leadMs).replace(' before it', ' earlier').replace(' after it', ' later');
