import { seededRandom } from '../../../core/random.ts';
import {
  contributionsOf,
  createSubspace,
  describeSubspace,
  fitSubspace,
  observe,
  SUBSPACE_CONSTANTS,
} from '../../../detectors/subspace/index.ts';
import { at, label, scaleOf, ticksOf } from '../../cost/html/axes.ts';
import { SERVICE_SHAPES } from '../stress/service-shapes.ts';
import { CONTENT_TOP, clockTicks, drawStack, linesOf, type Panel, type Plotted, spansOf, stackHeight, svgOf, WIDTH } from './drawing.ts';

const SEED = 3;
/** Rows shown before and after the beginning of the fault. */
const BEFORE = 42;
const AFTER = 42;
const NAMED = 6;
const STACK_RIGHT = 600;

const SHAPE = SERVICE_SHAPES.find(({ name }) => name === '20 metrics, three at fault') as (typeof SERVICE_SHAPES)[number];

/** Bars of the columns that did most, and one for all others: together they are the score. */
const contributionBars = (shares: Float64Array, score: number, top: number, bottom: number): string => {
  const order = [...shares.keys()].sort((a, b) => (shares[b] as number) - (shares[a] as number));
  const named = order.slice(0, NAMED).map((column) => ({ name: `metric ${column + 1}`, share: shares[column] as number }));
  const others = order.slice(NAMED).reduce((sum, column) => sum + (shares[column] as number), 0);
  const bars = [...named, { name: `${order.length - NAMED} others`, share: others }];
  const left = STACK_RIGHT + 112;
  const right = WIDTH - 40;
  const most = Math.max(...bars.map(({ share }) => share));
  const x = scaleOf(0, most, left, right);
  const slot = (bottom - top - 30) / bars.length;
  const grid = ticksOf(0, most, 4).map(
    (tick) =>
      `<path class="grid" d="M${at(x(tick))} ${at(top + 20)}V${at(bottom)}"/>${label(x(tick), bottom + 17, String(Number(tick.toPrecision(3))), 'middle', 'tick')}`,
  );
  const rows = bars.map(({ name, share }, place) => {
    const y = top + 30 + slot * place;
    const style = place < 3 ? 'odd' : 'whole';
    return `${label(left - 8, y + slot / 2 + 2, name, 'end')}<rect class="${style}" x="${left}" y="${at(y)}" width="${at(x(share) - left)}" height="${at(slot * 0.7)}"/>`;
  });
  return [
    label(STACK_RIGHT + 36, top + 17, `Shares of the score, sum ${score.toFixed(2)}`, 'start', 'name'),
    ...grid,
    ...rows,
    label((left + right) / 2, bottom + 36, 'share, when the alert opened', 'middle', 'tick'),
  ].join('');
};

/** A drawn service of twenty metrics: three of them are at fault for an hour. */
export const subspacePicture = (): string => {
  const drawn = SHAPE.draw(seededRandom(SEED), true);
  const { stepSeconds } = SHAPE.test;
  const trained = Float64Array.from({ length: SHAPE.train.rows }, (_, row) => row * stepSeconds);
  const state = createSubspace(fitSubspace(drawn.train, trained, stepSeconds, SUBSPACE_CONSTANTS));
  const [fault] = drawn.events;
  const moved = drawn.moved[0] ?? [];
  const faultFrom = fault?.first ?? 0;
  const from = faultFrom - BEFORE;
  const until = faultFrom + AFTER;
  const evidence: number[] = [];
  const alert: number[] = [];
  let opened: { readonly shares: Float64Array; readonly score: number; readonly said: string } | undefined;
  const names = drawn.test.map((_, column) => `metric ${column + 1}`);
  for (let row = 0; row < until; row += 1) {
    const said = observe(
      state,
      (SHAPE.train.rows + row) * stepSeconds,
      drawn.test.map((column) => column[row] as number),
    );
    if (row < from) continue;
    evidence.push(said.evidence);
    alert.push(said.alert ? 1 : 0);
    if (said.alert && opened === undefined)
      opened = { shares: contributionsOf(state), score: said.score, said: describeSubspace(state, 'the service', names, said.blamed) };
  }
  const minutesOf = (row: number): number => ((row * stepSeconds) / 60) % 1_440;
  const first = minutesOf(from);
  const places = evidence.map((_, index) => first + (index * stepSeconds) / 60);
  const standardized = drawn.test.map((column, metric) => {
    const train = drawn.train[metric] as Float64Array;
    const mean = train.reduce((sum, value) => sum + value, 0) / train.length;
    const spread = Math.sqrt(train.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / train.length) || 1;
    return Array.from(column.subarray(from, until), (value) => (value - mean) / spread);
  });
  const isMoved = (metric: number): boolean => moved.includes(metric);
  const lines = standardized.map(
    (values, metric): Plotted => ({
      kind: 'line',
      style: isMoved(metric) ? 'fault' : 'crowd',
      name: isMoved(metric) ? 'at fault' : 'others',
      values,
    }),
  );
  const panels: readonly Panel[] = [
    {
      title: '20 metrics, in standard deviations',
      height: 190,
      format: String,
      plotted: [...lines.filter(({ style }) => style === 'crowd'), ...lines.filter(({ style }) => style !== 'crowd')],
    },
    {
      title: 'Evidence (-log10 of how rare)',
      height: 110,
      low: 0,
      format: String,
      plotted: [
        { kind: 'level', style: 'level', name: 'opens here', value: state.model.openEvidence },
        { kind: 'line', style: 'other', name: 'evidence', values: evidence },
      ],
    },
  ];
  const height = stackHeight(panels);
  const bars = opened === undefined ? '' : contributionBars(opened.shares, opened.score, CONTENT_TOP, CONTENT_TOP + height - 44);
  return svgOf({
    title: 'Subspace: metrics that leave what all of them do together',
    description:
      'Seven hours of twenty metrics of one service, which rise and fall together. Three of them leave the others for an hour: the evidence passes its opening level, and most of the score is theirs.',
    height,
    content:
      drawStack({
        left: 62,
        right: STACK_RIGHT,
        top: CONTENT_TOP,
        places,
        panels,
        spans: spansOf(alert, places, 'alert', 'alert open'),
        ticks: clockTicks(Math.ceil(first / 60) * 60, places.at(-1) ?? 0, 60),
        axis: `time of day; metrics ${moved.map((column) => column + 1).join(', ')} are at fault for an hour`,
      }) + bars,
    said: linesOf(`When the alert opened: ${opened?.said ?? 'nothing was said'}.`),
  });
};
