import { type ClosedStep, createSignalTable, type SignalTable } from '../../../core/signal.ts';
import { DAY_MS, MINUTE_MS, type TimeScale } from '../../../core/time.ts';
import { type Recording, recordedSteps } from '../../models/recording.ts';
import { createDraws, seedOf } from './draws.ts';
import { type FaultTrial, waitForPage } from './fault-trial.ts';
import { drawFault, isRamp, RAMPS, SUDDEN } from './faults.ts';
import { type Agent, createAgent, type Knowledge } from './on-call.ts';
import { createBreakdown, RECORDED_PROMISE } from './recorded-breakdown.ts';
import { type RecordedServices, recordedServicesOf } from './recorded-services.ts';

export interface RecordedLife {
  readonly steps: number;
  readonly services: number;
  /** Of the recording as it is. */
  readonly pages: number;
  readonly trials: readonly FaultTrial[];
}

export interface RecordedWanted {
  readonly seed: number;
  readonly rampsOfEach: number;
  readonly suddenOfEach: number;
  readonly falsePagesPerServiceWeek: number;
}

/** Steps between a fault and the last one the agent learned from, undisturbed. */
const LEAD_IN_STEPS = 10;
/** Faults begin at so many times of the day, after at least half of the recording. */
const TIMES_OF_DAY = 5;
/** Steps of the recording a fault needs: the longest ramp, and what follows until budgets burn. */
const LONGEST_STEPS = 220;

const firstIndex = (recording: Recording): number => Math.ceil(DAY_MS / recording.stepMs);

const tableOf = (recording: Recording): SignalTable => {
  const table = createSignalTable();
  for (const signal of recording.signals) table.register(signal, signal.kind, signal.unit, signal.harm);
  return table;
};

const agentOf = (recording: Recording, services: RecordedServices, objective: string, wanted: RecordedWanted): Agent => {
  const scale: TimeScale = { stepMs: recording.stepMs, dayLengthMs: recording.dayLengthMs };
  const dimensions = [...new Set(recording.signals.flatMap(({ scope }) => (scope.kind === 'slice' ? Object.keys(scope.slice) : [])))];
  return createAgent(
    {
      scale,
      signals: tableOf(recording),
      objectives: [{ name: objective, service: services.entry, objective: RECORDED_PROMISE.target, window: 28 * recording.dayLengthMs }],
      dimensions,
      changes: [],
      graph: () => services.graph,
    },
    { falsePagesPerServiceWeek: wanted.falsePagesPerServiceWeek, watch: 'what-pages' },
  );
};

/**
 * Faults on top of what was recorded of real services. Days of a recording may be short: lengths of faults are drawn in minutes and
 * taken for steps, so delays are to be read in steps. Undefined where the recording has no objective to burn.
 */
export const breakRecording = (recording: Recording, wanted: RecordedWanted): RecordedLife | undefined => {
  const table = tableOf(recording);
  const signals = table.all();
  const first = firstIndex(recording);
  const steps: readonly ClosedStep[] = [...recordedSteps(recording, (first + recording.steps) * recording.stepMs, table)];
  const services = recordedServicesOf(signals, steps);
  if (services === undefined) return undefined;
  const objective = signals.find(({ service, name }) => service === services.entry && name.startsWith('slo:'))?.name.slice(4) ?? '';
  const slices = signals.flatMap(({ service, name, scope }) =>
    service === services.entry && name === 'declined' && scope.kind === 'slice' ? [scope.slice] : [],
  );
  const between = Math.floor((recording.steps / 2 - LONGEST_STEPS) / TIMES_OF_DAY);
  const known = new Map<number, Knowledge>();
  const quiet = agentOf(recording, services, objective, wanted);
  let pages = 0;
  steps.forEach((step, place) => {
    pages += quiet.live(step).length;
    const time = (place - recording.steps / 2) / between;
    if (Number.isInteger(time) && time >= 0 && time < TIMES_OF_DAY) known.set(time, quiet.knowledge(step.index));
  });

  const trial = (kind: (typeof RAMPS)[number] | (typeof SUDDEN)[number], number: number): readonly FaultTrial[] => {
    const knowledge = known.get(number % TIMES_OF_DAY);
    if (knowledge === undefined) return [];
    const draws = createDraws(seedOf(wanted.seed, 600, number, kind.length, kind.charCodeAt(0)));
    const from = knowledge.index + 1;
    const at = from + LEAD_IN_STEPS;
    const drawn = drawFault(
      kind,
      at,
      { stepMs: MINUTE_MS, entry: services.entry, reached: services.reached, slices: slices.length },
      draws,
    );
    const fault = { ...drawn, effect: { ...drawn.effect, to: Math.min(drawn.effect.to, first + recording.steps) } };
    const broken = createBreakdown(signals, services, slices, fault.effect, draws);
    const agent = agentOf(recording, services, objective, wanted);
    agent.resume(knowledge);
    let place = from - first;
    const next = (): ClosedStep => {
      const step = steps[place] as ClosedStep;
      place += 1;
      return broken(step);
    };
    return [
      waitForPage(agent, {
        draw: number % TIMES_OF_DAY,
        fault,
        scale: { stepMs: recording.stepMs, dayLengthMs: recording.dayLengthMs },
        from,
        at,
        objective: { name: objective, service: services.entry, target: RECORDED_PROMISE.target },
        next,
      }),
    ];
  };

  return {
    steps: recording.steps,
    services: services.graph.services.length,
    pages,
    trials: [...RAMPS, ...SUDDEN].flatMap((kind) =>
      Array.from({ length: isRamp(kind) ? wanted.rampsOfEach : wanted.suddenOfEach }, (_, number) => trial(kind, number)).flat(),
    ),
  };
};
