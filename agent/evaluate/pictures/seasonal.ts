import { seededRandom } from '../../../core/random.ts';
import { createSignalTable } from '../../../core/signal.ts';
import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import { bandOf, createSeasonalBank, ensureSignal, scoreStep } from '../../../detectors/seasonal/index.ts';
import { dailySwing, drawPoisson, gridOf, isWeekend, slowNoise } from '../stress/drawing.ts';
import { CONTENT_TOP, clockTicks, drawStack, linesOf, type Panel, spansOf, stackHeight, svgOf, WIDTH } from './drawing.ts';

const DAYS = 9;
const MINUTES_A_DAY = 1_440;
/** A Monday. */
const STARTS_AT = Date.UTC(2026, 2, 2);
/** Payments a minute on average: few enough that single minutes say little. */
const LEVEL = 120;
/** The fault: so much of the traffic is lost from 13:00 to 14:00 on the last day. */
const LOST = 0.3;
const FAULT = { from: 13 * 60, until: 14 * 60 };
const SHOWN = { from: 12 * 60, until: 15 * 60 };

/** Minutes of a shop with its days, its weekend and its waves; the last day has the fault. */
export const seasonalPicture = (): string => {
  const grid = gridOf(DAYS, 60);
  const random = seededRandom(11);
  const wave = slowNoise(random, 0.9);
  const bank = createSeasonalBank({ scale: { stepMs: MINUTE_MS, dayLengthMs: DAY_MS } });
  const identity = { tenant: 'default', service: 'checkout', name: 'requests', scope: { kind: 'service' } } as const;
  const signal = createSignalTable().register(identity, 'rate', '1/s', 'fall');
  ensureSignal(bank, signal);
  const lastDay = (DAYS - 1) * MINUTES_A_DAY;
  const places: number[] = [];
  const columns = { seen: [] as number[], expected: [] as number[], lower: [] as number[], upper: [] as number[] };
  const evidence: number[] = [];
  const open: number[] = [];
  let said = '';
  for (let row = 0; row < lastDay + SHOWN.until; row += 1) {
    const minute = row - lastDay;
    const lost = minute >= FAULT.from && minute < FAULT.until ? LOST : 0;
    const mean = LEVEL * dailySwing(grid, row, 0.6) * (isWeekend(grid, row) ? 0.7 : 1) * (1 + 0.03 * wave()) * (1 - lost);
    const startsAt = STARTS_AT + row * MINUTE_MS;
    const [finding] = scoreStep(bank, {
      index: startsAt / MINUTE_MS,
      startsAt,
      endsAt: startsAt + MINUTE_MS,
      length: 1,
      signal: Uint32Array.of(signal.id),
      value: Float64Array.of(drawPoisson(random, mean) / 60),
      weight: Float64Array.of(60),
    });
    const band = bandOf(bank, signal.id);
    if (band === undefined || minute < SHOWN.from) continue;
    if (finding !== undefined && said === '') said = finding.because;
    places.push(minute);
    columns.seen.push(60 * band.observed);
    columns.expected.push(60 * band.expected);
    columns.lower.push(60 * band.lower);
    columns.upper.push(60 * band.upper);
    evidence.push(band.evidence);
    open.push(band.open ? 1 : 0);
  }
  const panels: readonly Panel[] = [
    {
      title: 'Requests a minute',
      height: 190,
      low: 0,
      format: String,
      plotted: [
        { kind: 'area', style: 'band', name: 'expected band', lower: columns.lower, upper: columns.upper },
        { kind: 'line', style: 'usual', name: 'expected', values: columns.expected },
        { kind: 'line', style: 'seen', name: 'seen', values: columns.seen },
      ],
    },
    {
      title: 'Evidence (sum of -log10 p - 1)',
      height: 110,
      low: 0,
      format: String,
      plotted: [
        { kind: 'level', style: 'level', name: 'opens here, from the page budget', value: bank.constants.openAt },
        { kind: 'line', style: 'other', name: 'evidence', values: evidence },
      ],
    },
  ];
  return svgOf({
    title: 'Seasonal: minutes that each prove little add up to a finding',
    description: `Three hours of a request rate. From 13:00 to 14:00 ${100 * LOST} % of the requests are missing: most minutes stay within the expected band or close to it, the evidence adds up to its opening level within minutes, and the finding closes after the fault.`,
    height: stackHeight(panels),
    content: drawStack({
      left: 62,
      right: WIDTH - 24,
      top: CONTENT_TOP,
      places,
      panels,
      spans: [{ ...FAULT, style: 'event', name: 'fault' }, ...spansOf(open, places, 'alert', 'finding open')],
      ticks: clockTicks(SHOWN.from, SHOWN.until, 30),
      axis: `time of day; ${100 * LOST} % of the requests are lost from 13:00 to 14:00`,
    }),
    said: linesOf(`The finding when it opened: ${said}.`),
  });
};
