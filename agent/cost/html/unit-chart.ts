import { figure } from '../../report/report-text.ts';
import { moneyText, roundToMicros, toUnits } from '../money.ts';
import type { UnitCost } from '../unit-cost.ts';
import { type Frame, figureOf, horizontalGrid, label, points, scaleOf, svg, ticksOf } from './axes.ts';

/** Cost of 1,000 payments by day, over how many there were. */
export const unitChart = (unit: UnitCost, currency: string): string => {
  const days = unit.days.filter(({ perThousand }) => perThousand !== undefined);
  if (days.length < 2) return '';
  const costs = days.map(({ perThousand }) => toUnits(perThousand ?? 0n));
  const highest = Math.max(...costs) * 1.15;
  const mostPayments = Math.max(...days.map(({ payments }) => payments));
  const draw = (width: number): string => {
    const isWide = width > 500;
    const frame: Frame = { width, height: isWide ? 250 : 230, left: isWide ? 70 : 62, right: 10, top: 14, bottom: 28 };
    const y = scaleOf(0, highest, frame.height - frame.bottom, frame.top);
    const volume = scaleOf(0, mostPayments * 2.4, frame.height - frame.bottom, frame.top);
    const slot = (frame.width - frame.left - frame.right) / days.length;
    const middle = (index: number): number => frame.left + slot * (index + 0.5);
    const bars = days.map(
      ({ payments }, index) =>
        `<rect class="volume" x="${(middle(index) - slot * 0.4).toFixed(1)}" y="${volume(payments).toFixed(1)}" width="${(slot * 0.8).toFixed(1)}" height="${(frame.height - frame.bottom - volume(payments)).toFixed(1)}"/>`,
    );
    const ticks = days.map(({ day }, index) => {
      const date = new Date(day).getUTCDate();
      return date === 1 || date % (isWide ? 5 : 10) === 0 ? label(middle(index), frame.height - 8, String(date), 'middle') : '';
    });
    const description = `Cost of 1,000 payments by day, between ${moneyText(roundToMicros(Math.min(...costs)), currency, 4)} and ${moneyText(roundToMicros(Math.max(...costs)), currency, 4)}; at most ${figure(mostPayments)} payments a day`;
    return svg(
      frame.width,
      frame.height,
      description,
      bars.join('') +
        horizontalGrid(frame, ticksOf(0, highest, 4), y, (value) => moneyText(roundToMicros(value), currency, 4)) +
        `<path class="spent" d="${points(costs.map((cost, index) => [middle(index), y(cost)]))}"/>` +
        ticks.join(''),
    );
  };
  const legend =
    '<p class="legend"><span><i class="key spent"></i>cost of 1,000 payments</span><span><i class="box volume"></i>payments, their own scale</span></p>';
  return figureOf('Cost of 1,000 payments by day (UTC)', draw, legend);
};
