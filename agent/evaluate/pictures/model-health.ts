import { seededRandom } from '../../../core/random.ts';
import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import { createModelHealthBank, healthOf, observeModel, rowOf } from '../../../detectors/model-health/index.ts';
import { CONTENT_TOP, drawStack, linesOf, type Panel, spansOf, stackHeight, svgOf, WIDTH } from './drawing.ts';

const SEED = 11;
const DAYS = 12;
const PERIODS_A_DAY = 8;
const STEPS = DAY_MS / MINUTE_MS / PERIODS_A_DAY;
/** Days in which p-values are ten times too small, and the day of a fault of three hours. */
const NARROW = { from: 5, to: 8 };
const FAULT_DAY = 3;
const FAULT_PERIOD = 4;
/** Both directions may be odd, each once in a hundred steps. */
const SAID = (100 * 2) / 100;

/** A model whose limits are too narrow for three days: it loses its right to page and gets it back; a fault before costs it nothing. */
export const modelHealthPicture = (): string => {
  const random = seededRandom(SEED);
  const bank = createModelHealthBank({ stepMs: MINUTE_MS, dayLengthMs: DAY_MS });
  const row = rowOf(bank, 'latency of ledger');
  const places: number[] = [];
  const beyond: number[] = [];
  const distrusted: number[] = [];
  let said = '';
  for (let period = 0; period < DAYS * PERIODS_A_DAY; period += 1) {
    const day = period / PERIODS_A_DAY;
    const factor = day >= NARROW.from && day < NARROW.to ? 10 : 1;
    const isFault = period === FAULT_DAY * PERIODS_A_DAY + FAULT_PERIOD;
    let over = 0;
    for (let step = 0; step < STEPS; step += 1) {
      const evidence = isFault ? 6 : -Math.log10((random() + 1e-12) / (2 * factor));
      if (evidence >= 2) over += 1;
      const startsAt = (period * STEPS + step) * MINUTE_MS;
      observeModel(bank, row, { startsAt, evidence, gathered: isFault ? 20 : 0, open: isFault, residual: 0, input: 1 });
    }
    const health = healthOf(bank, 'latency of ledger');
    if (health.kind === 'out-of-calibration' && said === '') said = health.because;
    places.push(day);
    beyond.push((100 * over) / STEPS);
    distrusted.push(health.kind === 'out-of-calibration' ? 1 : 0);
  }
  const panels: readonly Panel[] = [
    {
      title: 'Steps beyond the limit of 1 in 100, either side, % of an eighth of a day',
      height: 190,
      low: 0,
      high: 40,
      format: (value) => `${value} %`,
      plotted: [
        { kind: 'line', style: 'seen', name: 'seen', values: beyond },
        { kind: 'level', style: 'usual', name: 'as the model says', value: SAID },
      ],
    },
  ];
  return svgOf({
    title: 'Model health: a model whose rare steps are not rare wakes nobody',
    description: `Day ${FAULT_DAY} brings a fault of three hours, in which every step is beyond the limit: it is an alert, and says nothing of the model. From day ${NARROW.from} to ${NARROW.to} its p-values are ten times too small; on the red ground it has lost its right to page.`,
    height: stackHeight(panels),
    content: drawStack({
      left: 62,
      right: WIDTH - 24,
      top: CONTENT_TOP,
      places,
      panels,
      spans: spansOf(distrusted, places, 'alert', 'wakes nobody'),
      ticks: Array.from({ length: DAYS }, (_, day) => ({ at: day, text: String(day) })),
      axis: 'days',
    }),
    said: linesOf(`What it says of the model: ${said}.`),
  });
};
