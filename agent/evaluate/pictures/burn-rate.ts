import { seededRandom } from '../../../core/random.ts';
import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import { budgetRemaining, burnWindows, createBurnRate, scoreBurn } from '../../../detectors/burn-rate/index.ts';
import { dailySwing, drawPoisson, gridOf } from '../stress/drawing.ts';
import { CONTENT_TOP, clockTicks, drawStack, linesOf, type Panel, spansOf, stackHeight, svgOf, WIDTH } from './drawing.ts';

const MINUTES_A_DAY = 1_440;
const DAYS = 8;
const STARTS_AT = Date.UTC(2026, 2, 2);
const TARGET = 0.995;
/** Of all requests, before and during the fault. */
const FAILING = { usual: 0.0015, fault: 0.3 };
const FAULT = { from: 13 * 60, until: 13 * 60 + 30 };
const SHOWN = { from: 12 * 60, until: 16 * 60 };

/** A service that promises 99.5 %, a week into its budget. */
export const burnRatePicture = (): string => {
  const grid = gridOf(DAYS, 60);
  const random = seededRandom(2);
  const burn = createBurnRate({
    objective: 'payments',
    service: 'gateway',
    tenant: 'default',
    target: TARGET,
    scale: { stepMs: MINUTE_MS, dayLengthMs: DAY_MS },
  });
  const lastDay = (DAYS - 1) * MINUTES_A_DAY;
  const places: number[] = [];
  const columns = { share: [] as number[], long: [] as number[], short: [] as number[], left: [] as number[] };
  const page: number[] = [];
  let factor = Number.NaN;
  let said = '';
  for (let row = 0; row < lastDay + SHOWN.until; row += 1) {
    const minute = row - lastDay;
    const share = minute >= FAULT.from && minute < FAULT.until ? FAILING.fault : FAILING.usual;
    const total = drawPoisson(random, 900 * dailySwing(grid, row, 0.6));
    const bad = Math.min(total, drawPoisson(random, total * share));
    const endsAt = STARTS_AT + (row + 1) * MINUTE_MS;
    const finding = scoreBurn(burn, { index: STARTS_AT / MINUTE_MS + row, endsAt, good: total - bad, bad });
    if (minute < SHOWN.from) continue;
    const [fastest] = burnWindows(burn);
    if (fastest === undefined) continue;
    factor = fastest.rule.factor;
    if (fastest.firing && said === '' && finding !== undefined) said = finding.because;
    places.push(minute);
    columns.share.push(total === 0 ? Number.NaN : (100 * bad) / total);
    columns.long.push(fastest.longBurn);
    columns.short.push(fastest.shortBurn);
    columns.left.push(100 * budgetRemaining(burn));
    page.push(fastest.firing ? 1 : 0);
  }
  const percent = (value: number): string => `${Number(value.toPrecision(3))} %`;
  const panels: readonly Panel[] = [
    {
      title: 'Failed requests of a minute',
      height: 90,
      low: 0,
      format: percent,
      plotted: [{ kind: 'line', style: 'seen', name: '', values: columns.share }],
    },
    {
      title: 'Burn (1 spends the budget in 28 days)',
      height: 130,
      low: 0,
      format: String,
      plotted: [
        { kind: 'level', style: 'level', name: `${factor}, for both windows`, value: factor },
        { kind: 'line', style: 'other', name: 'window of 5 min', values: columns.short },
        { kind: 'line', style: 'usual', name: 'window of 1 h', values: columns.long },
      ],
    },
    {
      title: 'Error budget left',
      height: 90,
      low: 0,
      high: 100,
      format: percent,
      plotted: [{ kind: 'line', style: 'truth', name: '', values: columns.left }],
    },
  ];
  return svgOf({
    title: 'Burn rate: a page while the budget is being spent, and no longer',
    description: `Four hours of a service that promises ${100 * TARGET} %. From 13:00 to 13:30 ${100 * FAILING.fault} % of the requests fail: the burn of five minutes passes its line at once, that of an hour a quarter of an hour later, which opens the page; the short window ends it soon after the fault, while the long one is still above.`,
    height: stackHeight(panels),
    content: drawStack({
      left: 62,
      right: WIDTH - 24,
      top: CONTENT_TOP,
      places,
      panels,
      spans: spansOf(page, places, 'alert', 'this rule pages'),
      ticks: clockTicks(SHOWN.from, SHOWN.until, 30),
      axis: `time of day; ${100 * FAILING.fault} % of the requests fail from 13:00 to 13:30`,
    }),
    said: linesOf(`When the page opened: ${said}.`),
  });
};
