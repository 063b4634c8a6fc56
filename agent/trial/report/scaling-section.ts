import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import { reportTable } from '../../report/report-table.ts';
import { escapeHtml, figure } from '../../report/report-text.ts';
import type { MonthAhead } from '../month-ahead.ts';
import type { TrialReport } from '../report-model.ts';
import type { ReplicaRun, ScalingComparison } from '../scaling.ts';
import { dayTicks } from './lanes.ts';
import { type Line, plotHtml, thinned } from './plot.ts';
import { change } from './verdict.ts';
import { lasting, type When } from './when.ts';

const POINTS = 700;

const whole = (value: number): string => figure(Math.round(value));

const monthWords = (month: MonthAhead): string =>
  month.kind === 'unknown' ? '–' : `${whole(month.p50)} <span class="faint">${whole(month.p10)} to ${whole(month.p90)}</span>`;

/** The busiest judged day, where a day in the week's picture is too narrow to see who was ahead. */
const busiestDay = ({ load }: ScalingComparison, perDay: number): number => {
  let best = 0;
  let most = -1;
  for (let from = 0; from + perDay <= load.length; from += perDay) {
    let sum = 0;
    for (let at = from; at < from + perDay; at += 1) sum += Number.isNaN(load[at] as number) ? 0 : (load[at] as number);
    if (sum > most) {
      most = sum;
      best = from;
    }
  }
  return best;
};

const replicaLines = (one: ScalingComparison, from: number, to: number): readonly Line[] => {
  const part = (run: ReplicaRun | undefined, name: string): readonly Line[] =>
    run === undefined ? [] : [{ name, values: thinned(run.replicas.subarray(from, to), POINTS), stepped: true }];
  return [...part(one.hpa, 'hpa'), ...part(one.real, 'real'), ...part(one.ours, 'plan')];
};

const pictures = (one: ScalingComparison, report: TrialReport, when: When): string => {
  const { grid, judgedFrom, judgedTo } = report;
  const perDay = Math.round(DAY_MS / grid.stepMs);
  const from = busiestDay(one, perDay);
  const to = Math.min(one.load.length, from + perDay);
  const at = (step: number): number => judgedFrom + step * grid.stepMs;
  const hours = Array.from({ length: 5 }, (_, index) => ({ at: index / 4, text: when.short(at(from + (index * (to - from)) / 4)) }));
  const count = (value: number): string => figure(value);
  const week = plotHtml({
    label: `replicas of ${one.workload}`,
    height: 130,
    low: 0,
    lines: replicaLines(one, 0, one.load.length),
    format: count,
    ticks: dayTicks(judgedFrom, judgedTo, when),
  });
  const day = plotHtml({
    label: `replicas of ${one.workload} on the busiest day`,
    height: 150,
    low: 0,
    lines: replicaLines(one, from, to),
    format: count,
    ticks: hours,
  });
  const load = plotHtml({
    label: `load of ${one.service} on the busiest day`,
    height: 70,
    low: 0,
    lines: [{ name: 'load', values: thinned(one.load.subarray(from, to), POINTS) }],
    format: (value) => `${figure(value)}/s`,
    ticks: [],
  });
  return `<figure><p class="caption">replicas, judged time</p>${week}</figure>
<figure><p class="caption">replicas on the busiest day, and its load</p>${day}${load}</figure>
<p class="legend"><span><i class="key real"></i>what ran</span>${one.ours === undefined ? '' : '<span><i class="key plan"></i>our plan</span>'}${one.hpa === undefined ? '' : '<span><i class="key hpa"></i>HPA algorithm at their settings, simulated</span>'}</p>`;
};

const runRow = (title: string, run: ReplicaRun, real: ReplicaRun): readonly string[] => [
  title,
  `${whole(run.replicaHours)}${run === real ? '' : ` <span class="faint">${change(real.replicaHours, run.replicaHours)}</span>`}`,
  Number.isNaN(run.minutesBeyondCapacity) ? '–' : lasting(run.minutesBeyondCapacity * MINUTE_MS),
  whole(run.changes),
  monthWords(run.month),
];

/** Said of a capacity that is only what was carried: the measure is drawn from what ran, so it must not be turned against it. */
const DEMONSTRATED_NOTE = ' What ran went beyond it for about half an hour by construction, and carried that too.';

const capacityWords = ({ capacity, lead, bounds, autoscaler }: ScalingComparison): string => {
  const carried =
    capacity.kind === 'unknown'
      ? `<b>What one replica carries is not known:</b> ${escapeHtml(capacity.because)}. So replicas are drawn and nothing is judged.`
      : `<b>One replica carries ${capacity.basis === 'knee' ? '' : 'at least '}${figure(capacity.estimate)}/s</b> <span class="faint">(${capacity.high === undefined ? `from ${figure(capacity.low)}/s up` : `${figure(capacity.low)} to ${figure(capacity.high)}/s`}, 10 to 90 % of resampled days)</span>: ${escapeHtml(capacity.because)}.${capacity.basis === 'demonstrated' ? DEMONSTRATED_NOTE : ''}`;
  const settings =
    autoscaler === undefined
      ? ''
      : ` Their autoscaler <code>${escapeHtml(autoscaler.name)}</code>: ${escapeHtml(autoscaler.targets.join(', ') || 'target not recorded')}.`;
  return `<p>${carried}</p><p class="faint">A replica takes ${lasting(lead.leadMs)} (${escapeHtml(lead.because)}). ${figure(bounds.minReplicas)} to ${figure(bounds.maxReplicas)} replicas, ${escapeHtml(bounds.because)}.${settings}</p>`;
};

const curve = ({ capacity, service }: ScalingComparison): string => {
  if (capacity.kind === 'unknown' || capacity.basis !== 'knee' || capacity.curve.length < 3) return '';
  const low = capacity.curve[0]?.load as number;
  const high = capacity.curve.at(-1)?.load as number;
  // The horizontal axis is load, not time: points at their place on it.
  const POINTS_ACROSS = 120;
  const values = Float64Array.from({ length: POINTS_ACROSS }, (_, index) => {
    const load = low + ((high - low) * index) / (POINTS_ACROSS - 1);
    const above = capacity.curve.findIndex((point) => point.load >= load);
    const right = capacity.curve[Math.max(0, above)] as { load: number; seconds: number };
    const left = capacity.curve[Math.max(0, above - 1)] as { load: number; seconds: number };
    const share = right.load === left.load ? 1 : (load - left.load) / (right.load - left.load);
    return 1_000 * (left.seconds + share * (right.seconds - left.seconds));
  });
  const place = Math.min(1, Math.max(0, (capacity.estimate - low) / (high - low)));
  return `<figure class="curve"><p class="caption">latency by load of one replica, median</p>${plotHtml({
    label: `latency of ${service} by load of one replica`,
    height: 90,
    low: 0,
    lines: [{ name: 'seen', values }],
    marks: [{ name: 'capacity', at: place, title: `${figure(capacity.estimate)}/s a replica` }],
    format: (value) => `${figure(value)} ms`,
    ticks: [
      { at: 0, text: `${figure(low)}/s` },
      { at: place, text: `${figure(capacity.estimate)}/s` },
      ...(place > 0.8 ? [] : [{ at: 1, text: `${figure(high)}/s` }]),
    ].filter(({ at }, index) => index !== 0 || place > 0.2 || at === place),
  })}</figure>`;
};

const comparison = (one: ScalingComparison, report: TrialReport, when: When): string => {
  const rows = [
    runRow('what ran', one.real, one.real),
    ...(one.ours === undefined ? [] : [runRow('our plan', one.ours, one.real)]),
    ...(one.hpa === undefined ? [] : [runRow(`HPA, simulated at ${figure(one.hpa.targetPerReplica)}/s a replica`, one.hpa, one.real)]),
  ];
  const judgedSteps = report.grid.steps - report.learnSteps;
  const missing = judgedSteps - one.comparedSteps;
  return `<article class="workload"><h3>${escapeHtml(one.workload)} <span class="faint">${one.kind}</span></h3>
${capacityWords(one)}
${reportTable(
  `Replicas of ${one.workload}`,
  [
    ['replicas of', false],
    ['replica-hours', true],
    ['beyond capacity', true],
    ['changes', true],
    ['replica-hours, next 30 days: P50, P10 to P90', true],
  ],
  rows,
)}
${missing > 0 ? `<p class="faint">${((100 * missing) / judgedSteps).toFixed(1)} % of the judged time is left out for all of them: load or replicas are not known there.</p>` : ''}
${one.real.month.kind === 'unknown' ? `<p class="faint">No month ahead: ${escapeHtml(one.real.month.because)}.</p>` : `<p class="faint">Month ahead: ${escapeHtml(one.real.month.because)}. Growth is not extrapolated.</p>`}
${pictures(one, report, when)}
${curve(one)}</article>`;
};

export const scalingHtml = (report: TrialReport, when: When): string => {
  const { scaling, unmatchedWorkloads } = report;
  const rest =
    unmatchedWorkloads.length === 0
      ? ''
      : `<p class="faint">Replicas without a load that is known by their name: ${escapeHtml(unmatchedWorkloads.slice(0, 20).join(', '))}${unmatchedWorkloads.length > 20 ? ` and ${figure(unmatchedWorkloads.length - 20)} more` : ''}.</p>`;
  if (scaling.length === 0)
    return `<p>No replicas of these services are in the history (kube-state-metrics, or the OpenTelemetry cluster receiver).</p>${rest}`;
  return `${scaling.map((one) => comparison(one, report, when)).join('\n')}${rest}`;
};
