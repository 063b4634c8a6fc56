import { escapeHtml } from '../../report/report-text.ts';

/** Room of a drawing, in its own pixels. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export type Scale = (value: number) => number;

export const scaleOf = (low: number, high: number, from: number, to: number): Scale => {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
};

/** About `count` round numbers over a range. */
export const ticksOf = (low: number, high: number, count: number): readonly number[] => {
  const rough = (high - low) / count;
  if (!(rough > 0)) return [low];
  const unit = Number(`1e${Math.floor(Math.log10(rough))}`);
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * unit >= rough) ?? 10) * unit;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
};

export const at = (value: number): string => String(Math.round(value * 10) / 10);

export const points = (coordinates: readonly (readonly [number, number])[]): string =>
  coordinates.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${at(x)} ${at(y)}`).join('');

export const label = (x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end' = 'start', style = 'tick'): string =>
  `<text class="${style}" x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${escapeHtml(text)}</text>`;

export const horizontalGrid = (frame: Frame, ticks: readonly number[], y: Scale, text: (value: number) => string): string =>
  ticks
    .map(
      (tick) =>
        `<path class="grid" d="M${frame.left} ${at(y(tick))}H${frame.width - frame.right}"/>${label(frame.left - 8, y(tick) + 4, text(tick), 'end')}`,
    )
    .join('');

/** One drawing for wide pages and one for phones: text keeps its size, whatever the screen. */
export const figureOf = (title: string, draw: (width: number) => string, legend = ''): string => {
  const drawing = (style: string, width: number): string => `<div class="${style}">${draw(width)}</div>`;
  return `<figure>${drawing('wide', 920)}${drawing('narrow', 380)}${legend}<figcaption>${escapeHtml(title)}</figcaption></figure>`;
};

export const svg = (width: number, height: number, description: string, content: string): string =>
  `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(description)}">${content}</svg>`;
