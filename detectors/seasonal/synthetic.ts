import { exponential, gaussian, type Random } from '../../core/random.ts';
import { type ClosedStep, createSignalTable, type HarmDirection, type Signal, type SignalKind } from '../../core/signal.ts';
import type { TimeScale } from '../../core/time.ts';

/** Seeded loads and signals for tests and benches: nothing here is part of the product. */

/** A day of two minutes at one step a second. */
export const DEMO_SCALE: TimeScale = { stepMs: 1_000, dayLengthMs: 120_000 };
export const DEMO_DAY = 120;

export const poisson = (random: Random, mean: number): number => {
  if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * gaussian(random)));
  let count = -1;
  for (let passed = 0; passed < mean; passed += exponential(random, 1)) count += 1;
  return Math.max(0, count);
};

export const binomial = (random: Random, trials: number, probability: number): number => {
  let hits = 0;
  for (let i = 0; i < trials; i += 1) if (random() < probability) hits += 1;
  return hits;
};

/** Requests a second of a shop: quiet at night, 8 to 60 within 20 steps of a day of 120, a lunch peak, an evening decline. */
export const shopLoad = (step: number, day = DEMO_DAY): number => {
  const hour = ((((step % day) + day) % day) / day) * 24;
  const between = (from: number, to: number): number => Math.min(1, Math.max(0, (hour - from) / (to - from)));
  const plateau = between(6, 10) - between(17, 21);
  const lunch = Math.max(0, 1 - Math.abs(hour - 12.5));
  return 8 + 52 * plateau + 20 * lunch;
};

const harmOf: Readonly<Record<SignalKind, HarmDirection>> = { gauge: 'either', rate: 'fall', ratio: 'rise', duration: 'rise' };
const nameOf: Readonly<Record<SignalKind, string>> = { gauge: 'pool.used', rate: 'requests', ratio: 'errors', duration: 'duration' };
const unitOf: Readonly<Record<SignalKind, string>> = { gauge: '1', rate: '1/s', ratio: '1', duration: 's' };

export const syntheticSignals = (kinds: readonly SignalKind[]): readonly Signal[] => {
  const table = createSignalTable();
  return kinds.map((kind, i) =>
    table.register(
      { tenant: 'default', service: `service-${i}`, name: nameOf[kind], scope: { kind: 'service' } },
      kind,
      unitOf[kind],
      harmOf[kind],
    ),
  );
};

export interface Point {
  readonly value: number;
  readonly weight: number;
}

export const stepOf = (
  index: number,
  points: readonly (Point | undefined)[],
  signals: readonly Signal[],
  scale: TimeScale = DEMO_SCALE,
): ClosedStep => {
  const present = points.flatMap((point, i) => (point === undefined ? [] : [{ id: (signals[i] as Signal).id, ...point }]));
  return {
    index,
    startsAt: index * scale.stepMs,
    endsAt: (index + 1) * scale.stepMs,
    length: present.length,
    signal: Uint32Array.from(present, (p) => p.id),
    value: Float64Array.from(present, (p) => p.value),
    weight: Float64Array.from(present, (p) => p.weight),
  };
};

export interface Weather {
  /** Requests a second. */
  readonly load: number;
  readonly latencySeconds: number;
  readonly errorRatio: number;
}

/** One step of one signal under the given weather; the ordinary noise of each kind. */
export const drawPoint = (kind: SignalKind, random: Random, weather: Weather): Point | undefined => {
  const events = poisson(random, weather.load);
  switch (kind) {
    case 'rate':
      return { value: events, weight: 1 };
    case 'ratio':
      return events === 0 ? undefined : { value: binomial(random, events, weather.errorRatio) / events, weight: events };
    case 'duration':
      return events === 0
        ? undefined
        : {
            value: Math.log(weather.latencySeconds) + 0.03 * gaussian(random) + (0.5 / Math.sqrt(events)) * gaussian(random),
            weight: events,
          };
    case 'gauge':
      return { value: weather.load * 0.5 + 2 + gaussian(random), weight: 1 };
  }
};
