import { DAY_MS } from '../../../core/time.ts';
import { moneyText, roundToMicros, toUnits } from '../money.ts';
import { hoursIn } from '../month.ts';
import type { CostReport } from '../report.ts';
import { type Frame, figureOf, horizontalGrid, label, points, scaleOf, svg, ticksOf } from './axes.ts';

/** Cumulated at the end of each day, from nothing at its beginning. */
const cumulated = (report: CostReport): readonly (readonly [at: number, cost: number])[] => {
  const { month, asOf, services } = report;
  const days = services[0]?.daily.length ?? 0;
  const rows: (readonly [number, number])[] = [[month.from, 0]];
  let sum = 0n;
  for (let day = 0; day < days; day += 1) {
    for (const { daily } of services) sum += daily[day] ?? 0n;
    rows.push([Math.min(asOf, month.from + (day + 1) * DAY_MS), toUnits(sum)]);
  }
  return rows;
};

/** The month: what was spent, what it may come to, and the budget. */
export const fanChart = (report: CostReport): string => {
  const { month, monthEnd, budget, currency, asOf } = report;
  const money = (units: number): string => moneyText(roundToMicros(Math.round(units)), currency, 0);
  const spent = cumulated(report);
  const last = spent.at(-1) ?? [month.from, 0];
  const fan = monthEnd.kind === 'forecast' ? monthEnd.fan : [];
  const highest = Math.max(last[1], fan.at(-1)?.p90 ?? 0, budget === undefined ? 0 : toUnits(budget));
  const description =
    monthEnd.kind === 'forecast'
      ? `Cost of the month adding up by day: ${money(last[1])} so far, at its end between ${money(monthEnd.total.p10)} and ${money(monthEnd.total.p90)}, most likely ${money(monthEnd.total.p50)}${budget === undefined ? '' : `, against a budget of ${money(toUnits(budget))}`}`
      : `Cost of the month adding up by day to ${money(last[1])}`;
  const draw = (width: number): string => {
    const isWide = width > 500;
    const frame: Frame = { width, height: isWide ? 340 : 280, left: isWide ? 62 : 50, right: isWide ? 150 : 14, top: 26, bottom: 30 };
    const x = scaleOf(month.from, month.until, frame.left, frame.width - frame.right);
    const y = scaleOf(0, highest * 1.06 || 1, frame.height - frame.bottom, frame.top);
    const days = hoursIn(month) / 24;
    const dayTicks = Array.from({ length: days }, (_, day) => day + 1).filter((day) =>
      isWide ? day % 5 === 0 || day === 1 : day % 10 === 0 || day === 1,
    );
    // Before the first day of the forecast the band begins where the estimate of missing hours puts it.
    const start = last;
    const band = [
      start,
      ...fan.map((point) => [point.at, point.p90] as const),
      ...fan.toReversed().map((point) => [point.at, point.p10] as const),
      start,
    ];
    const end = fan.at(-1);
    const parts = [
      horizontalGrid(frame, ticksOf(0, highest * 1.06, 5), y, money),
      ...dayTicks.map((day) => label(x(month.from + (day - 0.5) * DAY_MS), frame.height - 8, String(day), 'middle')),
      end === undefined ? '' : `<path class="band" d="${points(band.map(([when, cost]) => [x(when), y(cost)]))}Z"/>`,
      end === undefined
        ? ''
        : `<path class="median" d="${points([start, ...fan.map((point) => [point.at, point.p50] as const)].map(([when, cost]) => [x(when), y(cost)]))}"/>`,
      budget === undefined ? '' : `<path class="budget" d="M${frame.left} ${y(toUnits(budget)).toFixed(1)}H${frame.width - frame.right}"/>`,
      budget === undefined
        ? ''
        : label(frame.left + 6, y(toUnits(budget)) - 6, `budget ${money(toUnits(budget))}`, 'start', 'mark budget-text'),
      `<path class="spent" d="${points(spent.map(([when, cost]) => [x(when), y(cost)]))}"/>`,
      `<circle class="dot" cx="${x(last[0]).toFixed(1)}" cy="${y(last[1]).toFixed(1)}" r="4"/>`,
      end === undefined || !isWide ? '' : endLabels(frame, y, end, money),
      asOf < month.until
        ? `<path class="today" d="M${x(asOf).toFixed(1)} ${frame.top}V${frame.height - frame.bottom}"/>${label(x(asOf) - 6, frame.top + 4, 'data ends', 'end')}`
        : '',
    ];
    return svg(frame.width, frame.height, description, parts.join(''));
  };
  const legend =
    fan.length === 0
      ? ''
      : '<p class="legend"><span><i class="key spent"></i>spent</span><span><i class="key median"></i>P50, as likely more as less</span><span><i class="key band"></i>P10 to P90, eight cases of ten</span></p>';
  return figureOf('The month adding up, by day (UTC)', draw, legend);
};

const LINE = 16;

/** Beside the end of the band; apart from each other where the band is narrow. */
const endLabels = (
  frame: Frame,
  y: (value: number) => number,
  end: { readonly p10: number; readonly p50: number; readonly p90: number },
  money: (units: number) => string,
): string => {
  const left = frame.width - frame.right + 8;
  const middle = y(end.p50);
  const high = Math.min(y(end.p90), middle - LINE);
  const low = Math.max(y(end.p10), middle + LINE);
  return [
    label(left, high + 4, `P90  ${money(end.p90)}`, 'start', 'mark'),
    label(left, middle + 4, `P50  ${money(end.p50)}`, 'start', 'mark strong'),
    label(left, low + 4, `P10  ${money(end.p10)}`, 'start', 'mark'),
  ].join('');
};
