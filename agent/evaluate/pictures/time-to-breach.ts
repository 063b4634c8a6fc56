import { createSignalTable } from '../../../core/signal.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/time.ts';
import { breachFinding, createTimeToBreach, observeBreach } from '../../../detectors/time-to-breach/index.ts';
import { createRamp } from '../../../detectors/time-to-breach/ramps.ts';
import { CONTENT_TOP, drawStack, linesOf, type Panel, spansOf, stackHeight, svgOf, WIDTH } from './drawing.ts';

const SEED = 7_035;
const SHOWN_MINUTES = 180;
/** Longest time drawn, which is also how far the detector looks. */
const SIGHT_MINUTES = 120;
const LEAD_MS = HOUR_MS;

/** A pool that fills on top of its daily swing, and when each moment said that it would be full. */
export const timeToBreachPicture = (): string => {
  const ramp = createRamp('daily-swing', SEED);
  const from = ramp.breachesAt - SHOWN_MINUTES;
  const state = createTimeToBreach({ stepMs: MINUTE_MS, dayLengthMs: DAY_MS, leadMs: LEAD_MS });
  const identity = { tenant: 'default', service: 'ledger', name: 'connections in use', scope: { kind: 'service' } } as const;
  const signal = createSignalTable().register(identity, 'gauge', '1', 'rise');
  const places: number[] = [];
  const columns = { level: [] as number[], q10: [] as number[], q50: [] as number[], q90: [] as number[], truth: [] as number[] };
  const told: number[] = [];
  let said = '';
  for (let minute = 0; minute <= ramp.breachesAt; minute += 1) {
    const value = ramp.values[minute] as number;
    const seen = observeBreach(state, { index: minute, endsAt: (minute + 1) * MINUTE_MS, value, bound: 1 });
    if (minute < from) continue;
    const place = minute - ramp.breachesAt;
    const inSight = (ms: number): number => Math.min(SIGHT_MINUTES, ms / MINUTE_MS);
    // A forecast is made at the end of a block; it is drawn until the next one.
    const passed = seen === undefined ? 0 : (minute + 1) * MINUTE_MS - seen.at;
    const isTold = seen?.firing === true;
    if (isTold && said === '') said = breachFinding(seen, signal, 1, LEAD_MS)?.because ?? '';
    places.push(place);
    columns.level.push(100 * value);
    columns.q10.push(isTold ? inSight(seen.q10 - passed) : Number.NaN);
    columns.q50.push(isTold ? inSight(seen.q50 - passed) : Number.NaN);
    columns.q90.push(isTold ? inSight(seen.q90 - passed) : Number.NaN);
    columns.truth.push(-place <= SIGHT_MINUTES ? -place : Number.NaN);
    told.push(isTold ? 1 : 0);
  }
  const panels: readonly Panel[] = [
    {
      title: 'Connections in use, % of the pool',
      height: 170,
      low: 0,
      high: 105,
      format: (value) => `${value} %`,
      plotted: [
        { kind: 'level', style: 'level', name: 'full', value: 100 },
        { kind: 'line', style: 'seen', name: 'seen', values: columns.level },
      ],
    },
    {
      title: 'Minutes until it is full',
      height: 170,
      low: 0,
      high: SIGHT_MINUTES,
      format: String,
      plotted: [
        { kind: 'area', style: 'band', name: 'told, 10 % to 90 %', lower: columns.q10, upper: columns.q90 },
        { kind: 'line', style: 'usual', name: 'told, median', values: columns.q50 },
        { kind: 'line', style: 'truth', name: 'truth', values: columns.truth },
      ],
    },
  ];
  const began = ramp.breachesAt - ramp.beginsAt;
  return svgOf({
    title: 'Time to a breach: told before it hurts, with an interval that narrows',
    description: `A pool begins to fill ${began} minutes before it is full. The warning stands from the red ground on; the told interval of the time that is left narrows toward the truth, which falls by a minute a minute.`,
    height: stackHeight(panels),
    content: drawStack({
      left: 62,
      right: WIDTH - 24,
      top: CONTENT_TOP,
      places,
      panels,
      spans: spansOf(told, places, 'alert', 'warning stands'),
      ticks: Array.from({ length: SHOWN_MINUTES / 30 + 1 }, (_, place) => -SHOWN_MINUTES + 30 * place).map((minute) => ({
        at: minute,
        text: minute === 0 ? 'full' : `${minute} min`,
      })),
      axis: `minutes before the pool is full; it begins to fill at -${began} min`,
    }),
    said: linesOf(`The first warning: ${said}.`),
  });
};
