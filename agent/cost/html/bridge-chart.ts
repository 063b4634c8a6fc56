import type { Effects, ServiceBridge } from '../bridge.ts';
import { type Micros, moneyText, toUnits } from '../money.ts';
import { type Frame, figureOf, horizontalGrid, label, scaleOf, svg, ticksOf } from './axes.ts';

interface BridgeStep {
  readonly name: string;
  readonly amount: Micros;
}

const stepsOf = (bridge: Effects): readonly BridgeStep[] => {
  const named: readonly BridgeStep[] = [
    { name: 'volume', amount: bridge.volume },
    { name: 'rate', amount: bridge.rate },
    { name: 'efficiency', amount: bridge.efficiency },
    { name: 'new services', amount: bridge.appeared },
    { name: 'ended services', amount: bridge.gone },
  ];
  return named.filter(({ amount }, index) => index < 3 || amount !== 0n);
};

export const signedMoney = (amount: Micros, currency: string): string => `${amount > 0n ? '+' : ''}${moneyText(amount, currency)}`;

/** From the month before to this one. The scale does not begin at zero, or nothing would be seen; the bars between do not need it. */
export const bridgeChart = (
  bridge: ServiceBridge,
  currency: string,
  names: { readonly before: string; readonly after: string },
): string => {
  const steps = stepsOf(bridge);
  const levels = [toUnits(bridge.before)];
  for (const { amount } of steps) levels.push((levels.at(-1) as number) + toUnits(amount));
  const [least, most] = [Math.min(...levels), Math.max(...levels)];
  const room = Math.max((most - least) * 0.35, most * 0.01, 0.01);
  const low = Math.max(0, least - room);
  const high = most + room;
  const description = `From ${moneyText(bridge.before, currency)} to ${moneyText(bridge.after, currency)}: ${steps.map(({ name, amount }) => `${name} ${signedMoney(amount, currency)}`).join(', ')}`;
  const draw = (width: number): string => {
    const isWide = width > 500;
    const frame: Frame = { width, height: isWide ? 300 : 280, left: isWide ? 62 : 50, right: 10, top: 22, bottom: isWide ? 30 : 42 };
    const y = scaleOf(low, high, frame.height - frame.bottom, frame.top);
    const bars = steps.length + 2;
    const slot = (frame.width - frame.left - frame.right) / bars;
    const column = Math.min(96, slot * 0.62);
    const bar = (index: number, style: string, from: number, to: number, name: string, value: string): string => {
      const middle = frame.left + slot * (index + 0.5);
      const [top, bottom] = [Math.min(y(from), y(to)), Math.max(y(from), y(to))];
      const words = isWide ? [name] : name.split(' ');
      const text = words.map((word, line) => label(middle, frame.height - frame.bottom + 17 + line * 13, word, 'middle')).join('');
      return `<rect class="${style}" x="${(middle - column / 2).toFixed(1)}" y="${top.toFixed(1)}" width="${column.toFixed(1)}" height="${Math.max(1.5, bottom - top).toFixed(1)}"/>${label(middle, top - 6, value, 'middle', isWide ? 'mark' : 'mark small')}${text}`;
    };
    const joins = levels.map(
      (level, index) =>
        `<path class="join" d="M${(frame.left + slot * (index + 0.5) + column / 2).toFixed(1)} ${y(level).toFixed(1)}H${(frame.left + slot * (index + 1.5) - column / 2).toFixed(1)}"/>`,
    );
    const short = (amount: Micros): string =>
      isWide ? signedMoney(amount, currency) : `${amount > 0n ? '+' : ''}${moneyText(amount, currency, 0)}`;
    const total = (amount: Micros): string => moneyText(amount, currency, isWide ? undefined : 0);
    return svg(
      frame.width,
      frame.height,
      description,
      [
        horizontalGrid(frame, ticksOf(low, high, 4), y, (value) =>
          moneyText(BigInt(Math.round(value * 1_000_000)), currency, high - low < 8 ? undefined : 0),
        ),
        ...joins,
        bar(0, 'whole', low, levels[0] as number, names.before, total(bridge.before)),
        ...steps.map(({ name, amount }, index) =>
          bar(index + 1, amount > 0n ? 'rise' : 'fall', levels[index] as number, levels[index + 1] as number, name, short(amount)),
        ),
        bar(bars - 1, 'whole', low, levels.at(-1) as number, names.after, total(bridge.after)),
      ].join(''),
    );
  };
  return figureOf('From the month before to this one. The scale does not begin at zero', draw);
};
