import { at, label, points, type Scale, scaleOf, ticksOf } from '../../cost/html/axes.ts';
import { escapeHtml } from '../../report/report-text.ts';
import { PICTURE_STYLE } from './style.ts';

/** A style of PICTURE_STYLE, and the word for it. */
interface Named {
  readonly style: string;
  readonly name: string;
}

export interface PlottedLine extends Named {
  readonly kind: 'line';
  readonly values: ArrayLike<number>;
}

export interface PlottedArea extends Named {
  readonly kind: 'area';
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
}

/** One value for all times. */
export interface PlottedLevel extends Named {
  readonly kind: 'level';
  readonly value: number;
}

export type Plotted = PlottedLine | PlottedArea | PlottedLevel;

export interface Panel {
  /** What the vertical axis shows, with its unit. */
  readonly title: string;
  readonly height: number;
  readonly plotted: readonly Plotted[];
  readonly low?: number;
  readonly high?: number;
  readonly format: (value: number) => string;
}

/** A stretch of time, shaded through all panels. */
export interface Span extends Named {
  readonly from: number;
  readonly until: number;
}

export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** Panels one below the other over the same horizontal axis. */
export interface Stack {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  /** Place on the horizontal axis of each value. */
  readonly places: ArrayLike<number>;
  readonly panels: readonly Panel[];
  readonly spans: readonly Span[];
  readonly ticks: readonly Tick[];
  /** What the horizontal axis shows, with its unit. */
  readonly axis: string;
}

export const WIDTH = 920;
const TITLE_ROOM = 26;
const AXIS_ROOM = 44;
/** Of 12 px text, on average: room for the names of what is drawn. */
const LETTER = 6.3;
const SWATCH = 20;

const finite = (values: Iterable<number>): readonly number[] => [...values].filter(Number.isFinite);

const extentOf = ({ plotted, low, high }: Panel): readonly [number, number] => {
  const values = plotted.flatMap((one) => {
    if (one.kind === 'level') return [one.value];
    return one.kind === 'line' ? finite(Array.from(one.values)) : finite([...Array.from(one.lower), ...Array.from(one.upper)]);
  });
  const least = low ?? values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = high ?? values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return [least, high ?? most + (most - least) * 0.08];
};

/** Runs of places at which everything given is known: what is absent lifts the pen. */
const runsOf = (count: number, ...columns: readonly ArrayLike<number>[]): readonly (readonly number[])[] => {
  const runs: number[][] = [[]];
  for (let index = 0; index < count; index += 1) {
    if (columns.every((column) => Number.isFinite(column[index]))) runs.at(-1)?.push(index);
    else if (runs.at(-1)?.length !== 0) runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
};

const clippedTo =
  (low: number, high: number, y: Scale): Scale =>
  (value) =>
    y(Math.min(high, Math.max(low, value)));

const drawn = (one: Plotted, places: ArrayLike<number>, x: Scale, y: Scale, [left, right]: readonly [number, number]): string => {
  if (one.kind === 'level') return `<path class="${one.style}" d="M${at(left)} ${at(y(one.value))}H${at(right)}"/>`;
  const edge = (column: ArrayLike<number>, run: readonly number[]): readonly (readonly [number, number])[] =>
    run.map((index) => [x(places[index] as number), y(column[index] as number)]);
  if (one.kind === 'line')
    return runsOf(places.length, one.values)
      .map((run) => `<path class="${one.style}" d="${points(edge(one.values, run))}"/>`)
      .join('');
  return runsOf(places.length, one.lower, one.upper)
    .map((run) => `<path class="${one.style}" d="${points([...edge(one.upper, run), ...edge(one.lower, run).toReversed()])}Z"/>`)
    .join('');
};

/** The names of what is drawn, each once, from the right edge on. */
const legend = (named: readonly (Named & { readonly filled: boolean })[], right: number, y: number): string => {
  let end = right;
  return named
    .toReversed()
    .filter(({ name }, place, all) => name !== '' && all.findIndex((other) => other.name === name) === place)
    .map(({ name, style, filled }) => {
      const start = end - name.length * LETTER - SWATCH - 4;
      const swatch = filled
        ? `<rect class="${style}" x="${at(start)}" y="${at(y - 10)}" width="${SWATCH - 4}" height="11"/>`
        : `<path class="${style}" d="M${at(start)} ${at(y - 4)}h${SWATCH - 4}"/>`;
      end = start - 14;
      return `${swatch}${label(start + SWATCH, y, name, 'start', 'said')}`;
    })
    .join('');
};

export const stackHeight = (panels: readonly Panel[]): number =>
  panels.reduce((sum, { height }) => sum + height + TITLE_ROOM, 0) + AXIS_ROOM;

export const drawStack = (stack: Stack): string => {
  const { left, right, places, panels, spans, ticks, axis } = stack;
  const x = scaleOf(places[0] as number, places[places.length - 1] as number, left, right);
  const within = (value: number): number => Math.min(right, Math.max(left, x(value)));
  let top = stack.top;
  const drawings = panels.map((panel, place) => {
    top += TITLE_ROOM;
    const bottom = top + panel.height;
    const [low, high] = extentOf(panel);
    const y = clippedTo(low, high, scaleOf(low, high, bottom, top));
    const grid = ticksOf(low, high, Math.max(2, Math.round(panel.height / 40))).map(
      (tick) =>
        `<path class="grid" d="M${left} ${at(y(tick))}H${right}"/>${label(left - 8, y(tick) + 4, panel.format(tick), 'end', 'tick')}`,
    );
    const shades = spans.map(
      ({ from, until, style }) =>
        `<rect class="${style}" x="${at(within(from))}" y="${at(top)}" width="${at(within(until) - within(from))}" height="${panel.height}"/>`,
    );
    const names = [
      ...panel.plotted.map(({ style, name, kind }) => ({ style, name, filled: kind === 'area' })),
      ...(place === 0 ? spans.map(({ style, name }) => ({ style, name, filled: true })) : []),
    ];
    const drawing = [
      label(left, top - 9, panel.title, 'start', 'name'),
      legend(names, right, top - 9),
      ...shades,
      ...grid,
      ...panel.plotted.map((one) => drawn(one, places, x, y, [left, right])),
    ];
    top = bottom;
    return drawing.join('');
  });
  const words = ticks.map((tick) => label(x(tick.at), top + 17, tick.text, 'middle', 'tick'));
  return [...drawings, ...words, label((left + right) / 2, top + 36, axis, 'middle', 'tick')].join('');
};

export interface Picture {
  readonly title: string;
  /** For who cannot see it. */
  readonly description: string;
  readonly height: number;
  readonly content: string;
  /** What the detector itself said, at the foot. */
  readonly said?: readonly string[];
}

const MARGIN = 24;
const LINE = 18;
export const CONTENT_TOP = 40;

export const svgOf = ({ title, description, height, content, said = [] }: Picture): string => {
  const whole = CONTENT_TOP + height + (said.length === 0 ? 0 : said.length * LINE + 12);
  const foot = said.map((line, place) => label(MARGIN, CONTENT_TOP + height + LINE * (place + 1) - 4, line, 'start', 'said'));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${at(whole)}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escapeHtml(title)}</title><desc id="description">${escapeHtml(description)}</desc>`,
    `<style>${PICTURE_STYLE}</style>`,
    `<rect class="ground" x=".5" y=".5" width="${WIDTH - 1}" height="${at(whole - 1)}" rx="8"/>`,
    label(MARGIN, 28, title, 'start', 'head'),
    content,
    ...foot,
    '</svg>\n',
  ].join('\n');
};

const LONGEST_LINE = 132;

/** A sentence of a detector, in lines that fit. */
export const linesOf = (sentence: string): readonly string[] =>
  sentence.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < LONGEST_LINE) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
    return lines;
  }, []);

/** Spans in which a column of flags is raised, in the places of its rows. */
export const spansOf = (flags: ArrayLike<number>, places: ArrayLike<number>, style: string, name: string): readonly Span[] => {
  const spans: Span[] = [];
  let from = Number.NaN;
  for (let index = 0; index <= flags.length; index += 1) {
    const raised = index < flags.length && flags[index] === 1;
    if (raised && Number.isNaN(from)) from = places[index] as number;
    if (raised || Number.isNaN(from)) continue;
    spans.push({ from, until: places[index - 1] as number, style, name });
    from = Number.NaN;
  }
  return spans;
};

/** "13:30" for minutes of a day. */
export const clockOf = (minutes: number): string => {
  const whole = Math.round(minutes);
  return `${String(Math.floor(whole / 60) % 24).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`;
};

export const clockTicks = (from: number, until: number, each: number): readonly Tick[] =>
  Array.from({ length: Math.floor((until - from) / each) + 1 }, (_, place) => from + place * each).map((minutes) => ({
    at: minutes,
    text: clockOf(minutes),
  }));
