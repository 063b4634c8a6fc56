import { createEventMemory } from '../../../collectors/nats/index.ts';
import type { ChangeEvent } from '../../../core/change.ts';
import type { ServiceGraph } from '../../../core/graph.ts';
import { DEFAULT_TENANT } from '../../../core/names.ts';
import { type ClosedStep, createSignalTable, type SignalTable } from '../../../core/signal.ts';
import { DAY_MS, type Instant, type TimeScale } from '../../../core/time.ts';
import type { SeasonalCalendar } from '../../../detectors/seasonal/index.ts';
import type { Judgement } from '../../incident/desk.ts';
import { deskOptionsOf } from '../../incident/desk-options.ts';
import type { TrackedObjective } from '../../models/burn-tracker.ts';
import { createDetection, type Detection } from '../../models/detection.ts';
import { createSilence } from '../../models/silence.ts';
import { createShard, type Shard, type StepSource } from '../../shard.ts';
import { bankHolidaysOf, clockChanges, offsetAt } from './business-calendar.ts';
import type { Fleet } from './fleet.ts';
import { ENTRY, type FleetParameters } from './parameters.ts';
import { OBJECTIVE, type Watch } from './watched.ts';

/** A page as somebody on call would have got it. */
export interface Page {
  readonly at: Instant;
  readonly startedAt: Instant;
  readonly service: string;
  readonly services: readonly string[];
  /** Model key of the signal that people would have felt. */
  readonly signal: string;
  readonly because: string;
}

const DIMENSIONS: readonly string[] = ['provider', 'rail'];

/** Steps before the one begun from, which evidence since an onset would look back on. */
const NO_STEPS = {
  readSignal: (_key: string, from: number, to: number) => ({
    value: new Float64Array(to - from).fill(Number.NaN),
    weight: new Float64Array(to - from).fill(Number.NaN),
  }),
};

/** Steps are handed in closed: nothing is collected here. */
const closedSource = (graph: () => ServiceGraph): StepSource => ({
  consume: () => undefined,
  closeSteps: () => ({ steps: [], revisions: [], late: 0 }),
  graph,
  snapshot: () => new Uint8Array(0),
  restore: () => false,
});

/** What an agent knows of a fleet, to begin from it as often as is wanted. */
export interface Knowledge {
  readonly index: number;
  readonly detection: Readonly<Record<string, Uint8Array>>;
  readonly silence: string;
}

export interface Agent {
  readonly shard: Shard;
  readonly signals: SignalTable;
  readonly detection: Detection;
  /** Lives through one step; what it pages. */
  live(step: ClosedStep): readonly Page[];
  knowledge(index: number): Knowledge;
  resume(knowledge: Knowledge): void;
}

export interface AgentWanted {
  readonly falsePagesPerServiceWeek: number;
  readonly watch: Watch;
}

const pageOf = ({ incident, decision }: Judgement, at: Instant): Page => {
  const symptom = incident.findings.find(({ harmful, service }) => harmful && service === decision.symptomService) ?? incident.findings[0];
  return {
    at,
    startedAt: incident.startedAt,
    service: decision.symptomService,
    services: incident.services,
    signal: symptom?.signal ?? '',
    because: symptom?.because ?? decision.because,
  };
};

/** What the company would have written into its configuration: its time zone and its bank holidays. */
const calendarOf = ({ from, steps, stepMs, clock, standardMs }: FleetParameters): SeasonalCalendar => {
  const to = from + steps * stepMs;
  const years = [...new Set([from, to].map((at) => new Date(at).getUTCFullYear()))];
  return {
    clocks: [from, ...clockChanges(from, to, clock, standardMs)].map((at) => ({ from: at, aheadMs: offsetAt(at, clock, standardMs) })),
    restDays: years.flatMap(bankHolidaysOf).map((midnight) => midnight / DAY_MS),
  };
};

/** Whom an agent watches, and what its configuration would say of them. */
export interface Watched {
  readonly scale: TimeScale;
  readonly signals: SignalTable;
  readonly objectives: readonly TrackedObjective[];
  /** Names of the parts of slices. */
  readonly dimensions: readonly string[];
  readonly calendar?: SeasonalCalendar;
  readonly changes: readonly ChangeEvent[];
  graph(): ServiceGraph;
}

/** The shard of the live agent on closed steps: the same detection, the same desk, the same decision to wake somebody. */
export const createAgent = (watched: Watched, { falsePagesPerServiceWeek, watch }: AgentWanted): Agent => {
  const { scale, signals, objectives, dimensions, calendar, changes } = watched;
  const detection = createDetection({
    tenant: DEFAULT_TENANT,
    scale,
    seasonal: { scale, falseFindingsPerServiceWeek: falsePagesPerServiceWeek, ...(calendar === undefined ? {} : { calendar }) },
    signals,
    objectives,
    ...(watch === 'everything' ? {} : { forests: 'left-out' as const }),
  });
  const silence = createSilence({ tenant: DEFAULT_TENANT, signals, stepMs: scale.stepMs });
  const shard = createShard(
    { scale, dimensions, desk: deskOptionsOf(scale, dimensions) },
    { signals, source: closedSource(watched.graph), detection, silence, workloads: [], events: createEventMemory() },
  );
  let told = 0;
  return {
    shard,
    signals,
    detection,
    live(step) {
      for (; told < changes.length && (changes[told] as ChangeEvent).at < step.endsAt; told += 1)
        shard.addChange(changes[told] as ChangeEvent);
      return shard.correlate(step, shard.detect(step)).pages.map((judgement) => pageOf(judgement, step.endsAt));
    },
    knowledge: (index) => ({ index, detection: detection.snapshot(), silence: silence.snapshot() }),
    resume(knowledge) {
      if (!detection.restore(knowledge.detection, knowledge.index, NO_STEPS))
        throw new Error('what an agent knows cannot be read by its own version');
      silence.restore(knowledge.silence);
    },
  };
};

/** An agent for a fleet of one company. */
export const employ = (
  parameters: FleetParameters,
  fleetOf: (signals: SignalTable) => Fleet,
  changes: readonly ChangeEvent[],
  wanted: AgentWanted,
): { readonly agent: Agent; readonly fleet: Fleet } => {
  const signals = createSignalTable();
  const fleet = fleetOf(signals);
  const agent = createAgent(
    {
      scale: { stepMs: parameters.stepMs, dayLengthMs: DAY_MS },
      signals,
      objectives: [{ name: OBJECTIVE, service: ENTRY, objective: parameters.objective, window: 28 * DAY_MS }],
      dimensions: DIMENSIONS,
      calendar: calendarOf(parameters),
      changes,
      graph: () => fleet.graph,
    },
    wanted,
  );
  return { agent, fleet };
};
