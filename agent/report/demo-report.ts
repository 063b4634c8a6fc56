import type { DemoFault, DemoReport } from './demo-report-model.ts';
import { frontierChart, timelineChart } from './report-charts.ts';
import { REPORT_STYLE } from './report-style.ts';
import { reportTable } from './report-table.ts';
import { clockTime, dateTime, escapeHtml, figure, mebibytes, percent, reasonCounts, seconds, signed } from './report-text.ts';

export { summarizeDemoReport } from './demo-report-summary.ts';

const text = escapeHtml;

const time = (at: number): string => `<time>${clockTime(at)}</time>`;

/** Escaped, with what stands between back quotes set as code. */
const withCode = (sentence: string): string => text(sentence).replace(/`([^`]+)`/g, '<code>$1</code>');

const tile = (title: string, value: string, note: string): string => `<div><dt>${title}</dt><dd>${value}<small>${note}</small></dd></div>`;

const tiles = (report: DemoReport): string => {
  const { faults, scaling, falsePages, surge, ingest, agent } = report;
  const detected = faults.filter((fault) => fault.detectedAt !== undefined).length;
  const blamed = faults.filter((fault) => fault.blamedRight).length;
  return `<dl class="figures">
${tile('faults detected', `${detected} of ${faults.length}`, `cause named first in ${blamed}`)}
${tile('false pages', figure(falsePages.length), `surge ×${figure(surge.factor)} ${surge.paged ? '<b class="fail">paged</b>' : 'did not page'}`)}
${tile('violation seconds, ours over HPA', `${figure(scaling.ratio)}×`, 'at the same replica-seconds')}
${tile('points and spans', figure(ingest.offered), ingest.conserved ? 'every one accounted for' : '<b class="fail">the sums differ</b>')}
${tile('agent memory', mebibytes(agent.rssAnonMaxBytes), 'RssAnon, most')}
${tile('agent CPU', percent(agent.cpuShareMean), `of one core; finding within ${figure(agent.stepToFindingP99Ms)} ms of a step’s close (p99)`)}
</dl>`;
};

const lead = (fault: DemoFault): string => {
  if (fault.sloBreachedAt === undefined) return 'never breached';
  if (fault.leadSeconds === undefined) return `breached ${time(fault.sloBreachedAt)}`;
  return fault.leadSeconds >= 0 ? `${seconds(fault.leadSeconds)} before` : `${seconds(-fault.leadSeconds)} after`;
};

const faultTable = (report: DemoReport): string =>
  reportTable(
    'Faults',
    [
      ['no.', false],
      ['fault', false],
      ['from', false],
      ['to', false],
      ['paged after', true],
      ['page to SLO breach', true],
      ['blamed first', false],
      ['change before it', false],
      ['incident, decision', false],
    ],
    report.faults.map((fault, index) => [
      String(index + 1),
      `${text(fault.title)} <span class="faint">${text(fault.kind)} · ${text(fault.id)}</span>`,
      time(fault.startedAt),
      time(fault.endedAt),
      fault.detectedAt === undefined
        ? '<b class="fail">not detected</b>'
        : `${seconds(fault.delaySeconds)} <span class="faint">${time(fault.detectedAt)}</span>`,
      lead(fault),
      fault.blamedRight
        ? `<span class="pass">${text(fault.blamedFirst ?? fault.expectedBlame)}</span>`
        : `<span class="fail">${text(fault.blamedFirst ?? 'nobody')}</span>, caused by ${text(fault.expectedBlame)}`,
      text(fault.change ?? '–'),
      `<code>${text(fault.incidentId ?? '–')}</code> <code>${text(fault.decisionId ?? '–')}</code>`,
    ]),
  );

const falsePages = (report: DemoReport): string =>
  report.falsePages.length === 0
    ? '<p>No page without a fault behind it.</p>'
    : reportTable(
        'Pages without a fault',
        [
          ['at', false],
          ['page', false],
          ['incident', false],
        ],
        report.falsePages.map((page) => [time(page.at), text(page.title), `<code>${text(page.incidentId)}</code>`]),
      );

const scaling = (report: DemoReport): string => {
  const { scaling: result } = report;
  const cost = reportTable(
    'Violation and replica seconds',
    [
      ['run', false],
      ['violation seconds', true],
      ['replica-seconds', true],
    ],
    [
      ['ours, simulated', figure(result.ours.violationSeconds), figure(result.ours.replicaSeconds)],
      ['HPA frontier at our cost', figure(result.hpaFrontierAtOurCost.violationSeconds), figure(result.ours.replicaSeconds)],
      ['ours, measured live', figure(result.measured.violationSeconds), figure(result.measured.replicaSeconds)],
      [
        'simulated minus measured',
        signed(result.simulatedMinusMeasured.violationSeconds),
        signed(result.simulatedMinusMeasured.replicaSeconds),
      ],
    ],
  );
  const settings = reportTable(
    'Settings of the dial and of the HPA',
    [
      ['setting', false],
      ['violation seconds', true],
      ['replica-seconds', true],
    ],
    [
      ...result.dial.map((point) => [`our dial, risk ${figure(point.risk)}`, figure(point.violationSeconds), figure(point.replicaSeconds)]),
      ...result.sweep.map((point) => [text(point.label), figure(point.violationSeconds), figure(point.replicaSeconds)]),
    ],
  );
  const ramps = reportTable(
    'Replicas ordered before the load',
    [
      ['ramp begins', false],
      ['ordered', false],
      ['ready', false],
      ['needed', false],
      ['ready before needed', true],
    ],
    result.orderedBeforeRamp.map((ramp) => [
      time(ramp.rampAt),
      `${time(ramp.orderedAt)} <span class="faint">${signed((ramp.orderedAt - ramp.rampAt) / 1_000)} s from the ramp</span>`,
      time(ramp.readyAt),
      time(ramp.neededAt),
      `${signed((ramp.neededAt - ramp.readyAt) / 1_000)} s`,
    ]),
  );
  return `<p>A replica takes ${seconds(result.leadSeconds)} from order to first useful answer. Cost: ${text(result.costInDemoTime)}.</p>
<figure tabindex="0" aria-label="Violation seconds against replica-seconds">${frontierChart(report)}</figure>
${cost}
<h2>Replicas ordered before the load came</h2>
${result.orderedBeforeRamp.length === 0 ? '<p class="faint">No ramp in this run.</p>' : ramps}
<h2>Every setting</h2>
<details><summary>${figure(result.dial.length)} of our dial and ${figure(result.sweep.length)} of the HPA</summary>
${settings}</details>
${result.assumptions.length === 0 ? '' : `<h2>Assumptions</h2><ul>${result.assumptions.map((assumption) => `<li>${text(assumption)}</li>`).join('')}</ul>`}`;
};

const ingest = ({ ingest: ledger }: DemoReport): string =>
  reportTable(
    'Data offered, accepted, rejected and refused',
    [
      ['offered', true],
      ['accepted', true],
      ['rejected', false],
      ['refused, kept by the sender', false],
      ['conserved', false],
    ],
    [
      [
        figure(ledger.offered),
        figure(ledger.accepted),
        text(reasonCounts(ledger.rejected)),
        text(reasonCounts(ledger.refused)),
        ledger.conserved ? '<b class="pass">yes</b>' : '<b class="fail">no</b>',
      ],
    ],
  );

/** One HTML file without scripts or anything to load; every text in it is escaped. */
export const renderDemoReport = (report: DemoReport): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Foreshock demo: ${report.verdict}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<h1>Foreshock demo <span class="verdict ${report.verdict}">${report.verdict}</span></h1>
<p class="faint">${dateTime(report.startedAt)}, ${seconds(report.durationSeconds)}, seed ${report.seed}; ${figure(report.machine.cores)} cores, Node ${text(report.machine.node)}, event loop at most ${figure(report.machine.eventLoopLagP99Ms)} ms late (p99)${Number.isNaN(report.machine.cpuWaitShare) ? '' : `, processes waited ${figure(100 * report.machine.cpuWaitShare)} % of the time for a core`}</p>
<p class="faint">The ${figure(report.history.days)} days before it are a recording of these same services: ${text(report.history.label)}, <code>sha256 ${text(report.history.sha256)}</code></p>
${report.verdictBecause.map((reason) => `<p>${text(reason)}</p>`).join('\n')}
${tiles(report)}
<h2>Load, replicas and faults</h2>
<figure tabindex="0" aria-label="Load, replicas and faults">${timelineChart(report)}</figure>
<h2>Faults</h2>
${faultTable(report)}
<h2>False pages</h2>
${falsePages(report)}
<h2>Scaling against the HPA</h2>
${scaling(report)}
<h2>Nothing lost</h2>
${ingest(report)}
<p class="try">${withCode(report.invitation)}</p>
</main>
</body>
</html>
`;
