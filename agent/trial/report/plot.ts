import { escapeHtml } from '../../report/report-text.ts';

/** Drawings that stretch with the page: lines as SVG, words as HTML, so that both stay readable on a phone and on paper. */

export interface Line {
  readonly name: string;
  readonly values: ArrayLike<number>;
  readonly stepped?: boolean;
}

/** Between two columns, for example what was expected. */
export interface Area {
  readonly name: string;
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
}

export interface Mark {
  readonly name: string;
  /** Place on the horizontal axis, 0..1. */
  readonly at: number;
  readonly title: string;
}

export interface Tick {
  /** Place on the horizontal axis, 0..1. */
  readonly at: number;
  readonly text: string;
}

export interface Plot {
  readonly label: string;
  readonly height: number;
  readonly lines: readonly Line[];
  readonly areas?: readonly Area[];
  readonly marks?: readonly Mark[];
  /** Part of the horizontal axis that is shaded, 0..1. */
  readonly shade?: { readonly from: number; readonly to: number };
  readonly low?: number;
  readonly high?: number;
  readonly format: (value: number) => string;
  /** Words under the axis. */
  readonly ticks: readonly Tick[];
}

const WIDTH = 1_000;
const at = (value: number): string => String(Math.round(value * 10) / 10);

type Scale = (value: number) => number;

const scaleOf = (low: number, high: number, height: number): Scale => {
  const span = high - low || 1;
  return (value) => height - ((Math.min(high, Math.max(low, value)) - low) / span) * height;
};

const extremes = (columns: readonly ArrayLike<number>[]): readonly [number, number] => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const column of columns) {
    for (let index = 0; index < column.length; index += 1) {
      const value = column[index] as number;
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
};

/** What is absent lifts the pen. */
const linePath = ({ values, stepped }: Line, y: Scale): string => {
  let path = '';
  let down = false;
  let last = '';
  const step = WIDTH / Math.max(1, values.length - (stepped === true ? 0 : 1));
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    if (!Number.isFinite(value)) {
      down = false;
      continue;
    }
    const x = at(index * step);
    const height = at(y(value));
    if (!down) path += `M${x} ${height}`;
    else if (stepped !== true) path += `L${x} ${height}`;
    else if (height !== last) path += `H${x}V${height}`;
    if (stepped === true && (index === values.length - 1 || !Number.isFinite(values[index + 1] as number)))
      path += `H${at((index + 1) * step)}`;
    down = true;
    last = height;
  }
  return path;
};

const areaPath = ({ lower, upper }: Area, y: Scale): string => {
  const step = WIDTH / Math.max(1, lower.length - 1);
  let path = '';
  let from = -1;
  const close = (to: number): void => {
    if (from < 0) return;
    const above = Array.from({ length: to - from }, (_, index) => `${at((from + index) * step)} ${at(y(upper[from + index] as number))}`);
    const below = Array.from(
      { length: to - from },
      (_, index) => `${at((to - 1 - index) * step)} ${at(y(lower[to - 1 - index] as number))}`,
    );
    path += `M${above.join('L')}L${below.join('L')}Z`;
    from = -1;
  };
  for (let index = 0; index < lower.length; index += 1) {
    const present = Number.isFinite(lower[index] as number) && Number.isFinite(upper[index] as number);
    if (present && from < 0) from = index;
    if (!present) close(index);
  }
  close(lower.length);
  return path;
};

/** Round numbers within a range. */
const ticksBetween = (low: number, high: number, count: number): readonly number[] => {
  const rough = (high - low) / count;
  if (!(rough > 0)) return [low];
  const unit = Number(`1e${Math.floor(Math.log10(rough))}`);
  const step = ([1, 2, 5, 10].find((factor) => factor * unit >= rough) ?? 10) * unit;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, index) => (first + index) * step);
};

/** Half a word may stand outside of the plot on a wide page; at its very ends, and of many on a phone, it may not. */
const EDGE = 0.05;
const MANY_TICKS = 5;

export const axisHtml = (ticks: readonly Tick[]): string => {
  const side = (place: number): string => (place < EDGE ? ' class="start"' : place > 1 - EDGE ? ' class="end"' : '');
  const words = ticks.map(({ at: place, text }) => `<span${side(place)} style="left:${at(100 * place)}%">${escapeHtml(text)}</span>`);
  return `<div class="x${ticks.length > MANY_TICKS ? ' many' : ''}">${words.join('')}</div>`;
};

export const plotHtml = (plot: Plot): string => {
  const areas = plot.areas ?? [];
  const [least, most] = extremes([...plot.lines.map(({ values }) => values), ...areas.flatMap(({ lower, upper }) => [lower, upper])]);
  if (!Number.isFinite(least)) return `<p class="faint">${escapeHtml(plot.label)}: nothing was observed.</p>`;
  const low = plot.low ?? least;
  const high = plot.high ?? most + (most - low) * 0.06;
  const { height } = plot;
  const y = scaleOf(low, high, height);
  const rows = ticksBetween(low, high, Math.max(2, Math.round(height / 55)));
  const shade =
    plot.shade === undefined
      ? ''
      : `<rect class="shade" x="${at(plot.shade.from * WIDTH)}" y="0" width="${at((plot.shade.to - plot.shade.from) * WIDTH)}" height="${height}"/>`;
  const marks = (plot.marks ?? []).map(
    (mark) => `<g><title>${escapeHtml(mark.title)}</title><path class="mark ${mark.name}" d="M${at(mark.at * WIDTH)} 0V${height}"/></g>`,
  );
  return `<div class="plot"><div class="y">${rows.map((row) => `<span style="top:${at((100 * y(row)) / height)}%">${escapeHtml(plot.format(row))}</span>`).join('')}</div>
<svg viewBox="0 0 ${WIDTH} ${height}" preserveAspectRatio="none" style="height:${height}px" role="img" aria-label="${escapeHtml(plot.label)}">${shade}${rows
    .map((row) => `<path class="grid" d="M0 ${at(y(row))}H${WIDTH}"/>`)
    .join('')}${areas.map((area) => `<path class="area ${area.name}" d="${areaPath(area, y)}"/>`).join('')}${plot.lines
    .map((line) => `<path class="line ${line.name}" d="${linePath(line, y)}"/>`)
    .join('')}${marks.join('')}</svg>
${axisHtml(plot.ticks)}</div>`;
};

/** A column with at most `points` values; the largest of each part stays visible. */
export const thinned = (values: ArrayLike<number>, points: number): Float64Array => {
  const part = Math.max(1, Math.ceil(values.length / points));
  const thin = new Float64Array(Math.ceil(values.length / part)).fill(Number.NaN);
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    const place = Math.floor(index / part);
    if (Number.isFinite(value) && !((thin[place] as number) >= value)) thin[place] = value;
  }
  return thin;
};
