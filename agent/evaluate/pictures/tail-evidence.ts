import { gaussian, seededRandom } from '../../../core/random.ts';
import { createTailEvidence, describeTailEvidence, observeValue, rowOf, TAIL_EVIDENCE } from '../../../detectors/tail-evidence/index.ts';
import { dailySwing, gridOf, hourOf, isWeekend, slowNoise } from '../stress/drawing.ts';
import { CONTENT_TOP, drawStack, linesOf, type Panel, spansOf, stackHeight, svgOf, WIDTH } from './drawing.ts';

const STEP_SECONDS = 300;
const ROWS_A_DAY = 288;
/** A Monday, in seconds. */
const STARTS_AT = Date.UTC(2026, 2, 2) / 1_000;
const FIRST_DAY = 14;
const SHOWN_DAYS = 4;
const JOB = { fromHour: 6, untilHour: 6.5, adds: 260 };
/** On the second day shown: two hours at less than half. On the third: a level that stays. */
const FALL = { day: 15, fromHour: 11, untilHour: 13, factor: 0.45 };
const SHIFT = { day: 16, fromHour: 12, factor: 1.5 };

/** A series of five minutes: a daily swing, a job every morning, a fall, and a level that shifts for good. */
export const tailEvidencePicture = (): string => {
  const grid = gridOf(FIRST_DAY + SHOWN_DAYS, STEP_SECONDS);
  const random = seededRandom(5);
  const wave = slowNoise(random, 0.8);
  const detector = createTailEvidence(TAIL_EVIDENCE, STEP_SECONDS);
  const columns = { seen: [] as number[], expected: [] as number[], lower: [] as number[], upper: [] as number[] };
  const places: number[] = [];
  const evidence: number[] = [];
  const alert: number[] = [];
  let said = '';
  for (let row = 0; row < grid.rows; row += 1) {
    const hour = hourOf(grid, row);
    const day = Math.floor(row / ROWS_A_DAY);
    const job = hour >= JOB.fromHour && hour < JOB.untilHour ? JOB.adds : 0;
    const fell = day === FALL.day && hour >= FALL.fromHour && hour < FALL.untilHour ? FALL.factor : 1;
    const shifted = day > SHIFT.day || (day === SHIFT.day && hour >= SHIFT.fromHour) ? SHIFT.factor : 1;
    const usual = 400 * dailySwing(grid, row, 0.45) * (isWeekend(grid, row) ? 0.8 : 1);
    const value = Math.max(0, (usual * fell * shifted + job) * (1 + 0.03 * wave() + 0.04 * gaussian(random)));
    observeValue(detector, STARTS_AT + row * STEP_SECONDS, value);
    if (day < FIRST_DAY) continue;
    const is = rowOf(detector);
    if (is.alert === 1 && said === '') said = describeTailEvidence(detector);
    places.push(row / ROWS_A_DAY - FIRST_DAY);
    columns.seen.push(value);
    columns.expected.push(is.expected);
    columns.lower.push(is.lower);
    columns.upper.push(is.upper);
    evidence.push(is.evidence);
    alert.push(is.alert);
  }
  const panels: readonly Panel[] = [
    {
      title: 'Value of 5 minutes',
      height: 190,
      low: 0,
      format: String,
      plotted: [
        { kind: 'area', style: 'band', name: 'expected band', lower: columns.lower, upper: columns.upper },
        { kind: 'line', style: 'seen', name: 'seen', values: columns.seen },
      ],
    },
    {
      title: 'Evidence (-log10 p, averaged)',
      height: 110,
      low: 0,
      format: String,
      plotted: [
        { kind: 'level', style: 'level', name: 'a first alert opens here', value: detector.pace.openAt },
        { kind: 'line', style: 'other', name: 'evidence', values: evidence },
      ],
    },
  ];
  const dayNames = ['Mon', 'Tue', 'Wed', 'Thu'];
  return svgOf({
    title: 'Tail evidence: what its whole past makes unlikely, judged by its own history',
    description:
      'Four days of a series in its third week. A job of every morning at six is expected. On Tuesday it falls to less than half for two hours, on Wednesday at noon it rises by half and stays there: both open an alert; the new level is expected after a day.',
    height: stackHeight(panels),
    content: drawStack({
      left: 62,
      right: WIDTH - 24,
      top: CONTENT_TOP,
      places,
      panels,
      spans: spansOf(alert, places, 'alert', 'alert open'),
      ticks: dayNames.flatMap((name, day) => [
        { at: day + 0.02, text: name },
        { at: day + 0.5, text: '12:00' },
      ]),
      axis: 'third week of the series; a fall from 11:00 to 13:00 on Tuesday, half as much again from Wednesday noon on',
    }),
    said: linesOf(`When the first alert opened: ${said}`),
  });
};
