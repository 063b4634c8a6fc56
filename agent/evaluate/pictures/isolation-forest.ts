import { gaussian, type Random, seededRandom } from '../../../core/random.ts';
import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import type { Finding } from '../../../detectors/finding.ts';
import {
  createServiceForest,
  type Forest,
  observeResiduals,
  refit,
  refitDue,
  scoreRows,
} from '../../../detectors/isolation-forest/index.ts';
import { at, label, type Scale, scaleOf, ticksOf } from '../../cost/html/axes.ts';
import { CONTENT_TOP, drawStack, linesOf, type Panel, spansOf, stackHeight, svgOf, WIDTH } from './drawing.ts';

const NAMES = ['requests', 'pool', 'duration', 'errors'] as const;
const HISTORY = 1_024;
const ODD_FROM = 20;
const SHOWN = 60;
const ODD_STEPS = 20;
/** Residuals of calm steps: pool and duration follow the requests. */
const calm = (random: Random): readonly number[] => {
  const load = gaussian(random);
  const follow = (share: number): number => share * load + Math.sqrt(1 - share * share) * gaussian(random);
  return [load, follow(0.9), follow(0.6), gaussian(random)];
};
/** Few requests and yet a full pool: neither is unusual alone. */
const odd = (random: Random): readonly number[] => [
  -2.4 + 0.3 * gaussian(random),
  2.6 + 0.3 * gaussian(random),
  1.5 + 0.4 * gaussian(random),
  gaussian(random),
];

const REACH = 4;
const CELLS = 28;
/** Scores from which a cell is shaded, each shade upon the one before. */
const SHADES = [0.5, 0.55, 0.6, 0.65];
const SIDE = 330;

/** Score of the forest over the first two residuals, the others as expected: one path a shade, cells of a row joined. */
const shading = (forest: Forest, x: Scale, y: Scale): string => {
  const rows = new Float64Array(CELLS * CELLS * NAMES.length);
  const center = (cell: number): number => -REACH + ((cell + 0.5) * 2 * REACH) / CELLS;
  for (let cell = 0; cell < CELLS * CELLS; cell += 1) {
    rows[cell * NAMES.length] = center(cell % CELLS);
    rows[cell * NAMES.length + 1] = center(Math.floor(cell / CELLS));
  }
  const scores = new Float64Array(CELLS * CELLS);
  scoreRows(forest, rows, scores);
  const side = (x(REACH) - x(-REACH)) / CELLS;
  return SHADES.map((least) => {
    let path = '';
    for (let row = 0; row < CELLS; row += 1) {
      let from = -1;
      for (let column = 0; column <= CELLS; column += 1) {
        const shaded = column < CELLS && (scores[row * CELLS + column] as number) >= least;
        if (shaded && from < 0) from = column;
        if (shaded || from < 0) continue;
        const top = y(center(row)) - side / 2;
        path += `M${at(x(center(from)) - side / 2)} ${at(top)}h${at((column - from) * side)}v${at(side)}h${at(-(column - from) * side)}Z`;
        from = -1;
      }
    }
    return `<path class="deep" d="${path}"/>`;
  }).join('');
};

interface Seen {
  readonly row: readonly number[];
  readonly isOdd: boolean;
}

const scatter = (forest: Forest, seen: readonly Seen[], left: number, top: number): string => {
  const x = scaleOf(-REACH, REACH, left, left + SIDE);
  const y = scaleOf(-REACH, REACH, top + SIDE, top);
  const ticks = ticksOf(-REACH, REACH, 4);
  const dots = seen
    .filter(({ row }) => row.every((value) => Math.abs(value) < REACH))
    .map(
      ({ row, isOdd }) =>
        `<circle class="${isOdd ? 'odd' : 'dot'}" cx="${at(x(row[0] as number))}" cy="${at(y(row[1] as number))}" r="${isOdd ? 3.4 : 1.7}"/>`,
    );
  return [
    label(left, top - 9, 'Two of the four residuals, step by step', 'start', 'name'),
    shading(forest, x, y),
    ...ticks.map((tick) => label(x(tick), top + SIDE + 17, String(tick), 'middle', 'tick')),
    ...ticks.map((tick) => label(left - 8, y(tick) + 4, String(tick), 'end', 'tick')),
    ...dots,
    label(left + SIDE / 2, top + SIDE + 36, 'requests, in standard deviations from expected', 'middle', 'tick'),
    `<g transform="rotate(-90 ${left - 30} ${top + SIDE / 2})">${label(left - 30, top + SIDE / 2, 'pool in use, likewise', 'middle', 'tick')}</g>`,
  ].join('');
};

const contributionBars = ({ contributions, evidence }: Finding, left: number, right: number, top: number): string => {
  const most = Math.max(...contributions.map(({ value }) => value));
  const least = Math.min(0, ...contributions.map(({ value }) => value));
  const x = scaleOf(least, most, left + 80, right - 60);
  const rows = contributions.map(({ name, value }, place) => {
    const y = top + 10 + 22 * place;
    return `${label(left + 72, y + 12, name, 'end')}<rect class="${value >= 0 ? 'odd' : 'fall'}" x="${at(Math.min(x(0), x(value)))}" y="${y}" width="${at(Math.max(1.5, Math.abs(x(value) - x(0))))}" height="16"/>${label(Math.max(x(0), x(value)) + 6, y + 12, value.toFixed(2), 'start', 'tick')}`;
  });
  return [label(left, top, `Shares of the evidence (sum ${evidence.toFixed(2)})`, 'start', 'name'), ...rows].join('');
};

/** A service whose pool fills while hardly anybody calls it. */
export const isolationForestPicture = (): string => {
  const random = seededRandom(4);
  const scale = { stepMs: MINUTE_MS, dayLengthMs: DAY_MS };
  const state = createServiceForest({ tenant: 'default', service: 'ledger', names: NAMES, scale });
  const seen: Seen[] = [];
  const evidence: number[] = [];
  const open: number[] = [];
  let first: Finding | undefined;
  let forest: Forest | undefined;
  for (let step = 0; step < HISTORY + SHOWN; step += 1) {
    const shown = step - HISTORY;
    const isOdd = shown >= ODD_FROM && shown < ODD_FROM + ODD_STEPS;
    const row = isOdd ? odd(random) : calm(random);
    const finding = observeResiduals(state, row, (step + 1) * MINUTE_MS);
    if (refitDue(state)) refit(state, seededRandom(step));
    seen.push({ row, isOdd });
    if (shown < 0) continue;
    forest ??= state.forest;
    first ??= finding;
    evidence.push(state.evidence);
    open.push(finding === undefined ? 0 : 1);
  }
  if (forest === undefined) throw new Error('a forest is grown from 128 rows on');
  const places = evidence.map((_, step) => step - ODD_FROM);
  const panel: Panel = {
    title: 'Evidence',
    height: 150,
    low: 0,
    format: String,
    plotted: [
      { kind: 'level', style: 'level', name: 'opens here', value: state.openAt },
      { kind: 'line', style: 'other', name: 'evidence', values: evidence },
    ],
  };
  const left = 480;
  const height = SIDE + 44 + 26;
  return svgOf({
    title: 'Isolation forest: values that are usual one by one, and odd together',
    description:
      'Left: residuals of requests and of the pool, the score of the forest as shading. They lie along the diagonal; the odd steps, few requests and a full pool, lie in a corner nobody has been in. Right: the evidence of these steps adds up to the opening level, and is divided among the signals.',
    height,
    content: [
      scatter(forest, seen, 72, CONTENT_TOP + 26),
      drawStack({
        left,
        right: WIDTH - 24,
        top: CONTENT_TOP,
        places,
        panels: [panel],
        spans: spansOf(open, places, 'alert', 'finding open'),
        ticks: [-20, -10, 0, 10, 20, 30].map((minute) => ({ at: minute, text: String(minute) })),
        axis: 'minutes since few requests came and yet the pool was full',
      }),
      first === undefined ? '' : contributionBars(first, left, WIDTH - 24, CONTENT_TOP + stackHeight([panel]) + 30),
    ].join(''),
    said: linesOf(`When the finding opened: ${first?.because ?? 'nothing was said'}.`),
  });
};
