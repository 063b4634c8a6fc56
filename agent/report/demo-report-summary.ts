import type { DemoFault, DemoReport } from './demo-report-model.ts';
import { figure, mebibytes, percent, printable, reasonCounts, seconds, signed } from './report-text.ts';

const faultLine = (fault: DemoFault): string => {
  const found = fault.detectedAt === undefined ? 'NOT DETECTED' : `paged after ${seconds(fault.delaySeconds)}`;
  const lead =
    fault.sloBreachedAt === undefined
      ? 'SLO never breached'
      : fault.leadSeconds === undefined
        ? 'SLO breached'
        : fault.leadSeconds >= 0
          ? `${seconds(fault.leadSeconds)} before the SLO breach`
          : `${seconds(-fault.leadSeconds)} after the SLO breach`;
  const blame = fault.blamedRight
    ? `blamed ${fault.blamedFirst ?? fault.expectedBlame}`
    : `blamed ${fault.blamedFirst ?? 'nobody'} instead of ${fault.expectedBlame}`;
  return `  ${printable(fault.title)}: ${found}, ${lead}, ${printable(blame)}`;
};

/** The report in a few lines for a terminal, without colors and without control characters from outside. */
export const summarizeDemoReport = (report: DemoReport): string => {
  const { scaling, ingest, agent, surge } = report;
  const lines = [
    `Demo: ${report.verdict.toUpperCase()} after ${seconds(report.durationSeconds)} (seed ${report.seed})`,
    ...report.verdictBecause.map((reason) => `  ${printable(reason)}`),
    'Faults',
    ...report.faults.map(faultLine),
    `False pages: ${report.falsePages.length}; surge x${figure(surge.factor)} ${surge.paged ? 'PAGED' : 'paged nobody'}`,
    ...report.falsePages.map((page) => `  ${printable(page.title)} (${printable(page.incidentId)})`),
    `Scaling: ${figure(scaling.ours.violationSeconds)} violation seconds against ${figure(scaling.hpaFrontierAtOurCost.violationSeconds)} of the HPA at the same ${figure(scaling.ours.replicaSeconds)} replica-seconds (${figure(scaling.ratio)}x)`,
    `  measured live: ${figure(scaling.measured.violationSeconds)} violation seconds, ${figure(scaling.measured.replicaSeconds)} replica-seconds; simulated minus measured ${signed(scaling.simulatedMinusMeasured.violationSeconds)} and ${signed(scaling.simulatedMinusMeasured.replicaSeconds)}`,
    `Ingest: ${figure(ingest.offered)} offered, ${figure(ingest.accepted)} accepted, rejected ${printable(reasonCounts(ingest.rejected))}, refused ${printable(reasonCounts(ingest.refused))}; ${ingest.conserved ? 'conserved' : 'NOT CONSERVED'}`,
    `Agent: ${mebibytes(agent.rssAnonMaxBytes)} at most, ${percent(agent.cpuShareMean)} of a core, finding within ${figure(agent.stepToFindingP99Ms)} ms of a step's close (p99)`,
    printable(report.invitation),
  ];
  return `${lines.join('\n')}\n`;
};
