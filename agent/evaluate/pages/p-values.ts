import { createSignalTable, type SignalKind } from '../../../core/signal.ts';
import { DAY_MS } from '../../../core/time.ts';
import { bandOf, createSeasonalBank, type EffectFloors, ensureSignal, scoreStep } from '../../../detectors/seasonal/index.ts';
import { createFleet } from './fleet.ts';
import { drawFleet } from './parameters.ts';

/** How often tier 1 said so little chance, of clean points: one line a kind of signal. */
export interface RealizedRates {
  readonly kind: SignalKind;
  readonly points: number;
  /** Points with p at most the level, by level. */
  readonly beneath: readonly number[];
}

export const P_LEVELS: readonly number[] = [1e-2, 1e-3, 1e-4];

const NO_FLOOR = { relative: 0, absolute: 0, events: 0, because: 'every deviation is to be judged' };
/** Effect floors answer "does it matter"; here only "how rare is it" is asked. */
const NO_FLOORS: EffectFloors = { gauge: NO_FLOOR, rate: NO_FLOOR, ratio: NO_FLOOR, duration: NO_FLOOR };

const KINDS: readonly SignalKind[] = ['gauge', 'rate', 'ratio', 'duration'];

/** One fleet without disturbances: the first `learnDays` teach, the points of the rest count. Both directions are one point each. */
export const countPValues = (seed: number, draw: number, learnDays: number, days: number, stepMs: number): readonly RealizedRates[] => {
  const parameters = drawFleet({ seed, draw, weeks: days / 7, stepMs });
  const signals = createSignalTable();
  const fleet = createFleet(parameters, signals, [], { watch: 'everything' });
  const bank = createSeasonalBank({ scale: { stepMs, dayLengthMs: DAY_MS }, floors: NO_FLOORS });
  for (const signal of signals.all()) ensureSignal(bank, signal);
  const points = new Map(KINDS.map((kind) => [kind, 0]));
  const beneath = new Map(KINDS.map((kind) => [kind, P_LEVELS.map(() => 0)]));
  for (let step = 0; step < parameters.steps; step += 1) {
    const closed = fleet.next();
    scoreStep(bank, closed);
    if (step * stepMs < learnDays * DAY_MS) continue;
    for (let row = 0; row < closed.length; row += 1) {
      const { kind, id } = signals.describe(closed.signal[row] as number);
      const p = bandOf(bank, id)?.pValue ?? 1;
      points.set(kind, (points.get(kind) ?? 0) + 2);
      const counts = beneath.get(kind) as number[];
      P_LEVELS.forEach((level, place) => {
        if (p <= level) counts[place] = (counts[place] as number) + 1;
      });
    }
  }
  return KINDS.map((kind) => ({ kind, points: points.get(kind) ?? 0, beneath: beneath.get(kind) ?? [] }));
};
