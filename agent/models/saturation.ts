import type { ClosedStep, Signal, SignalTable } from '../../core/signal.ts';
import { calendarSteps, HOUR_MS, type TimeScale } from '../../core/time.ts';
import type { Finding } from '../../detectors/finding.ts';
import {
  type BreachForecast,
  breachFinding,
  createTimeToBreach,
  observeBreach,
  restoreBreach,
  snapshotBreach,
  type TimeToBreach,
} from '../../detectors/time-to-breach/index.ts';

/** Pools, heaps, disks and queues that have a bound: when they will reach it. */
export interface Saturation {
  observe(step: ClosedStep): readonly Finding[];
  snapshot(): Uint8Array;
  /** Bytes that cannot be read are no state: gauges are learned anew. */
  restore(bytes: Uint8Array | undefined): void;
}

/** What fills up beside what says how much there is, by the semantic conventions; a part's other attributes are the whole's. */
const WHOLES: Readonly<Record<string, string>> = {
  'db.client.connection.count': 'db.client.connection.max',
  'jvm.memory.used': 'jvm.memory.limit',
  'v8js.memory.heap.used': 'v8js.memory.heap.limit',
  'k8s.volume.used': 'k8s.volume.capacity',
  'container.memory.working_set': 'container.memory.limit',
  'messaging.queue.length': 'messaging.queue.capacity',
};
/** Shares of a whole, whose bound is 1. Processors are none: they are full every day, and nothing breaks. */
const SHARE = /\.utilization$/;
const PROCESSOR = /cpu/;
/** Of a pool, what is in use fills it, and what is idle empties it. */
const PART = 'state';
const FILLING = 'used';

/** How early somebody wants to know. */
const LEAD_MS = HOUR_MS;
/** With fewer steps in it nothing can be seen coming. */
const LEAST_STEPS = 60;
/** 15 KB each. */
const GAUGES_MAX = 256;

interface Watched {
  readonly signal: Signal;
  /** Id of the signal that says how much there is; undefined where that is 1. */
  readonly whole: number | undefined;
  /** As it was last observed. */
  bound: number;
  state: TimeToBreach;
}

interface Written {
  readonly key: string;
  readonly bound: number | null;
  readonly state: string;
}

const attributesOf = ({ scope }: Signal): Readonly<Record<string, string>> => (scope.kind === 'resource' ? scope.attributes : {});

const withoutPart = (signal: Signal): string => {
  const { [PART]: _part, ...rest } = attributesOf(signal);
  return JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)));
};

export const createSaturation = (options: { readonly scale: TimeScale; readonly signals: SignalTable }): Saturation => {
  const { scale, signals } = options;
  const leadSteps = calendarSteps(LEAD_MS, scale);
  const breach = { stepMs: scale.stepMs, dayLengthMs: scale.dayLengthMs, leadMs: leadSteps * scale.stepMs };
  const watched = new Map<string, Watched>();
  const places = new Map<number, number>();
  let known = 0;

  const wholeOf = (part: Signal): Signal | undefined =>
    signals
      .all()
      .find((signal) => signal.service === part.service && signal.name === WHOLES[part.name] && withoutPart(signal) === withoutPart(part));

  const watch = (signal: Signal, whole: Signal | undefined): void => {
    if (watched.size < GAUGES_MAX && !watched.has(signal.key))
      watched.set(signal.key, { signal, whole: whole?.id, bound: whole === undefined ? 1 : Number.NaN, state: createTimeToBreach(breach) });
  };

  /** A part is watched once its whole is known, whichever of the two is seen first. */
  const learnSignal = (signal: Signal): void => {
    if (signal.kind !== 'gauge' || signal.scope.kind === 'slice') return;
    if (SHARE.test(signal.name) && !PROCESSOR.test(signal.name)) watch(signal, undefined);
    for (const part of Object.hasOwn(WHOLES, signal.name) ? [signal] : signals.all().filter(({ name }) => WHOLES[name] === signal.name)) {
      const whole = wholeOf(part);
      if (whole !== undefined && (attributesOf(part)[PART] ?? FILLING) === FILLING) watch(part, whole);
    }
  };

  const learnSignals = (): void => {
    const all = signals.all();
    for (; known < all.length; known += 1) learnSignal(all[known] as Signal);
  };

  const findingOf = (signal: Signal, forecast: BreachForecast | undefined, bound: number): readonly Finding[] => {
    const finding = forecast === undefined ? undefined : breachFinding(forecast, signal, bound, breach.leadMs);
    // Nightly batches that climb toward their bound deceive it about once in eight weeks of a gauge: evidence, and wakes nobody.
    return finding === undefined ? [] : [{ ...finding, harmful: false }];
  };

  return {
    observe(step) {
      if (leadSteps < LEAST_STEPS) return [];
      learnSignals();
      if (watched.size === 0) return [];
      places.clear();
      for (let at = 0; at < step.length; at += 1) places.set(step.signal[at] as number, at);
      const readingOf = (id: number): number => {
        const at = places.get(id);
        return at === undefined ? Number.NaN : (step.value[at] as number);
      };
      return [...watched.values()].flatMap((entry) => {
        const now = entry.whole === undefined ? 1 : readingOf(entry.whole);
        if (now > 0) entry.bound = now;
        const { signal, state, bound } = entry;
        return findingOf(
          signal,
          observeBreach(state, { index: step.index, endsAt: step.endsAt, value: readingOf(signal.id), bound }),
          bound,
        );
      });
    },
    snapshot: () =>
      new TextEncoder().encode(
        JSON.stringify(
          [...watched].map(
            ([key, { state, bound }]): Written => ({ key, bound, state: Buffer.from(snapshotBreach(state)).toString('base64') }),
          ),
        ),
      ),
    restore(bytes) {
      watched.clear();
      known = 0;
      if (bytes === undefined) return;
      learnSignals();
      try {
        for (const { key, bound, state } of JSON.parse(new TextDecoder().decode(bytes)) as readonly Written[]) {
          const entry = watched.get(key);
          const restored = restoreBreach(new Uint8Array(Buffer.from(state, 'base64')), breach);
          if (entry === undefined || !restored.ok) continue;
          entry.state = restored.value;
          entry.bound = bound ?? Number.NaN;
        }
      } catch {
        // Written by nobody of ours: gauges are learned anew.
      }
    },
  };
};
