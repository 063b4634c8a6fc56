import { daysOf } from '../bridge.ts';
import { coinOf, divideRounded, moneyText, roundToMicros, toUnits } from '../money.ts';
import { dayOf, monthTitle } from '../month.ts';
import type { CostReport } from '../report.ts';
import { roundBridge } from '../rounding.ts';
import { headline } from '../summary.ts';
import { signedMoney } from './bridge-chart.ts';
import { fanChart } from './fan-chart.ts';
import { type Html, share, text, tile } from './markup.ts';

const budgetTile = ({ budget, currency, monthEnd, spent }: CostReport): Html => {
  if (budget === undefined) return tile('budget', '–', 'none is set for this month');
  const money = moneyText(budget, currency, 0);
  const used = `${share(toUnits(spent) / toUnits(budget))} used`;
  if (monthEnd.kind === 'complete') {
    const rest = budget - spent;
    return tile(
      'budget',
      money,
      rest < 0n
        ? `<b class="bad">over by ${moneyText(-rest, currency)}</b>`
        : `<b class="good">kept</b>, ${moneyText(rest, currency)} left`,
    );
  }
  if (monthEnd.kind === 'unknown' || monthEnd.overBudgetShare === undefined) return tile('budget', money, used);
  const over = monthEnd.overBudgetShare;
  const word =
    over >= 0.5 ? '<b class="bad">probably over</b>' : over >= 0.1 ? '<b class="warn">at risk</b>' : '<b class="good">on track</b>';
  return tile('budget', money, `${word}: ${share(over)} of sampled futures end above it; ${used}`);
};

const monthEndTile = ({ monthEnd, currency, spent }: CostReport): Html => {
  const money = (units: number): string => moneyText(roundToMicros(Math.round(units)), currency, 0);
  if (monthEnd.kind === 'complete') return tile('month', moneyText(spent, currency), 'complete');
  if (monthEnd.kind === 'unknown') return tile('end of the month', '–', text(monthEnd.because));
  const { p10, p50, p90 } = monthEnd.total;
  return tile('end of the month (P50)', money(p50), `${money(p10)} to ${money(p90)} (P10 to P90)`);
};

const changeTile = ({ bridge, bridgeMissing, currency }: CostReport): Html => {
  if (bridge === undefined) return tile('against the month before', '–', text(bridgeMissing ?? ''));
  const { all } = roundBridge(bridge, coinOf(currency));
  const change = all.after - all.before;
  const ratio = toUnits(change) / toUnits(bridge.before);
  return tile(
    'against the month before',
    share(ratio, true),
    `${signedMoney(change, currency)} over the same ${daysOf(bridge.spans.after)} days`,
  );
};

const unitTile = ({ unitCost, unitCostBefore, currency }: CostReport): Html => {
  if (unitCost?.perThousand === undefined) return tile('cost of 1,000 payments', '–', 'payments were not counted');
  const before = unitCostBefore?.perThousand;
  const note =
    before === undefined || before === 0n
      ? ''
      : `${share(toUnits(unitCost.perThousand) / toUnits(before) - 1, true)} against ${moneyText(before, currency, 4)} before`;
  return tile('cost of 1,000 payments', moneyText(unitCost.perThousand, currency, 4), note);
};

const accuracyTile = ({ accuracy }: CostReport): Html =>
  accuracy === undefined
    ? tile('forecasts so far', '–', 'too little history to judge them')
    : tile(
        'forecast error so far',
        share(accuracy.spanWape),
        `over ${accuracy.followedDays} days ahead; ${share(accuracy.wape)} by single days`,
      );

export const summarySection = (report: CostReport): Html => {
  const { spent, currency, asOf, quality } = report;
  const rounded = divideRounded(spent, coinOf(currency)) * coinOf(currency);
  const gaps =
    quality.estimatedGapCost > 0
      ? `; ${moneyText(roundToMicros(quality.estimatedGapCost), currency)} more estimated for missing hours`
      : '';
  return `<p class="lead">${text(headline(report))}</p>
<dl class="figures">
${tile('spent so far', moneyText(rounded, currency), `until ${dayOf(asOf - 1)}, UTC${gaps}`)}
${monthEndTile(report)}
${budgetTile(report)}
${changeTile(report)}
${unitTile(report)}
${accuracyTile(report)}
</dl>
${fanChart(report)}`;
};

export const pageTitle = (report: CostReport): string => `Cost of ${monthTitle(report.month)}`;
