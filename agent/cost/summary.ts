import { counted, percent, printable } from '../report/report-text.ts';
import { coinOf, moneyText, roundToMicros } from './money.ts';
import { dayOf } from './month.ts';
import type { CostReport } from './report.ts';
import { roundBridge } from './rounding.ts';

/** The month in one sentence, for the head of the page and for a terminal. */
export const headline = (report: CostReport): string => {
  const { currency, monthEnd, budget, spent, title, asOf } = report;
  const money = (units: number): string => moneyText(roundToMicros(Math.round(units)), currency, 0);
  const spentText = moneyText(spent, currency);
  if (monthEnd.kind === 'complete') {
    if (budget === undefined) return `${title} cost ${spentText}.`;
    const rest = budget - spent;
    return `${title} cost ${spentText}, ${moneyText(rest < 0n ? -rest : rest, currency)} ${rest < 0n ? 'over' : 'under'} its budget of ${moneyText(budget, currency, 0)}.`;
  }
  const soFar = `${spentText} spent by ${dayOf(asOf - 1)}`;
  if (monthEnd.kind === 'unknown') return `${soFar}; the end of the month cannot be told yet.`;
  const { p10, p50, p90 } = monthEnd.total;
  const end = `${soFar}. The month will probably end at ${money(p50)}, between ${money(p10)} and ${money(p90)} in eight cases of ten`;
  if (budget === undefined) return `${end}.`;
  const over = monthEnd.overBudgetShare ?? Number.NaN;
  const chance = over <= 0.005 ? 'hardly any' : over >= 0.995 ? 'almost every' : `${percent(Math.round(over * 100) / 100)} of the sampled`;
  return `${end}. Budget ${moneyText(budget, currency, 0)}: ${chance} ${over > 0.005 && over < 0.995 ? 'futures end' : 'sampled future ends'} above it.`;
};

/** For a terminal: without control characters from outside. */
export const summarizeCostReport = (report: CostReport): string => {
  const { accuracy, bridge, currency, quality } = report;
  const lines = [printable(headline(report))];
  if (accuracy !== undefined) {
    lines.push(
      `${accuracy.forecasts} forecasts of the past, each followed for ${accuracy.followedDays} days: WAPE ${percent(accuracy.wape)} (same day last week ${percent(accuracy.naiveWape)}), bias ${percent(accuracy.bias)}, ${percent(accuracy.coverage)} of days inside P10 to P90`,
    );
  }
  if (bridge !== undefined) {
    const { all } = roundBridge(bridge, coinOf(currency));
    const of = (amount: bigint): string => moneyText(amount, currency);
    lines.push(
      `Against the same days before: ${of(all.after - all.before)} = volume ${of(all.volume)}, rate ${of(all.rate)}, efficiency ${of(all.efficiency)}, new ${of(all.appeared)}, gone ${of(all.gone)}`,
    );
  }
  lines.push(
    `Data: ${percent(quality.coveredHours / quality.expectedHours)} of service-hours, ${counted(quality.gaps.length, 'gap')}, ${quality.late} late, ${quality.restated} restated`,
  );
  return lines.join('\n');
};
