import { escapeHtml } from '../../report/report-text.ts';
import { moneyText, roundToMicros, toUnits } from '../money.ts';
import { type CostReport, isIdle, type ServiceCost } from '../report.ts';
import { type Frame, figureOf, horizontalGrid, label, scaleOf, svg, ticksOf } from './axes.ts';

/** Colors that stay apart for most eyes and on paper; what comes after them is one gray. */
const COLORS = 7;

export interface ServiceBand {
  readonly name: string;
  readonly color: string;
  readonly daily: readonly bigint[];
}

export const serviceName = (service: string): string => (isIdle(service) ? 'idle node capacity' : service);

/** The dearest services apart, the rest in one, idle capacity last. */
export const bandsOf = (services: readonly ServiceCost[]): readonly ServiceBand[] => {
  const paid = services.filter(({ service }) => !isIdle(service));
  const idle = services.filter(({ service }) => isIdle(service));
  const apart = paid.slice(0, paid.length > COLORS ? COLORS - 1 : COLORS);
  const rest = paid.slice(apart.length);
  const days = services[0]?.daily.length ?? 0;
  const summed = Array.from({ length: days }, (_, day) => rest.reduce((sum, { daily }) => sum + (daily[day] ?? 0n), 0n));
  return [
    ...apart.map(({ service, daily }, index) => ({ name: serviceName(service), color: `c${index}`, daily })),
    ...(rest.length === 0 ? [] : [{ name: `${rest.length} others`, color: 'crest', daily: summed }]),
    ...idle.map(({ service, daily }) => ({ name: serviceName(service), color: 'cidle', daily })),
  ];
};

/** What each day cost, by service. */
export const serviceChart = (report: CostReport): string => {
  const { currency, services } = report;
  const bands = bandsOf(services);
  const days = services[0]?.daily.length ?? 0;
  const totals = Array.from({ length: days }, (_, day) => bands.reduce((sum, { daily }) => sum + toUnits(daily[day] ?? 0n), 0));
  const highest = Math.max(...totals, 0) * 1.05 || 1;
  const money = (units: number): string => moneyText(roundToMicros(units), currency, highest < 8 ? undefined : 0);
  const draw = (width: number): string => {
    const isWide = width > 500;
    const frame: Frame = { width, height: isWide ? 280 : 240, left: isWide ? 62 : 50, right: 10, top: 14, bottom: 28 };
    const y = scaleOf(0, highest, frame.height - frame.bottom, frame.top);
    const slot = (frame.width - frame.left - frame.right) / Math.max(1, days);
    const columns = Array.from({ length: days }, (_, day) => {
      let below = 0;
      const rects = bands.map(({ color, daily, name }) => {
        const value = toUnits(daily[day] ?? 0n);
        const [from, to] = [below, below + value];
        below = to;
        if (value <= 0) return '';
        return `<rect class="${color}" x="${(frame.left + slot * day + slot * 0.1).toFixed(1)}" y="${y(to).toFixed(1)}" width="${(slot * 0.8).toFixed(1)}" height="${(y(from) - y(to)).toFixed(2)}"><title>${escapeHtml(`${name}, day ${day + 1}: ${moneyText(daily[day] ?? 0n, currency)}`)}</title></rect>`;
      });
      const shown = day === 0 || (day + 1) % (isWide ? 5 : 10) === 0;
      return rects.join('') + (shown ? label(frame.left + slot * (day + 0.5), frame.height - 8, String(day + 1), 'middle') : '');
    });
    return svg(
      frame.width,
      frame.height,
      `Cost of each day by service, ${days} days`,
      horizontalGrid(frame, ticksOf(0, highest, 4), y, money) + columns.join(''),
    );
  };
  const legend = `<p class="legend">${bands.map(({ name, color }) => `<span><i class="box ${color}"></i>${escapeHtml(name)}</span>`).join('')}</p>`;
  return figureOf('Cost of each day by service (UTC)', draw, legend);
};
