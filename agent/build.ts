import { createEventMemory } from '../collectors/nats/index.ts';
import { type LivedDays, livedDays } from '../core/calendar/index.ts';
import type { ChangeEvent } from '../core/change.ts';
import type { Dictionary } from '../core/dictionary.ts';
import type { Snapshot } from '../core/ports.ts';
import { createSignalTable, type Signal, type SignalTable } from '../core/signal.ts';
import type { StreamTable } from '../core/stream.ts';
import { type Instant, MINUTE_MS, type TimeScale } from '../core/time.ts';
import { createForecaster } from '../detectors/forecast/index.ts';
import type { Workload } from './act/workload.ts';
import { type Agent, createAgent, type ReplayPlan } from './agent.ts';
import { scalingPolicyOf, timeScaleOf } from './config/describe.ts';
import type { Config, ScalingConfig } from './config/schema.ts';
import { deskOptionsOf, QUIET_STEPS } from './incident/desk-options.ts';
import { createDetection, type Detection } from './models/detection.ts';
import { createSilence } from './models/silence.ts';
import type { AgentPorts } from './ports.ts';
import { createShard, type Shard } from './shard.ts';
import { hasOtherDimensions, restoreShard, signalsOf } from './shard-snapshot.ts';
import { createStepSource } from './step-source.ts';
import { createLiveView, type LiveView, type ViewSources } from './view.ts';

/** Levels of the load forecast: the median and the tail that capacity is bought for. */
const FORECAST_LEVELS = [0.1, 0.5, 0.9, 0.95, 0.99, 0.999];
/** How long after its close a step may still be amended. */
const LATENESS_MS = 2 * MINUTE_MS;
const SIGNALS_MAX = 20_000;

/** What an agent is built on: ports, and the names that the intake has given out. */
export interface AgentGround {
  readonly ports: AgentPorts;
  readonly streams: StreamTable;
  readonly texts: Dictionary;
  readonly startedAt: Instant;
  readonly snapshot: Snapshot | undefined;
  /** Reported before, by the journal. */
  readonly changes: readonly ChangeEvent[];
  /** What the page shows beside the state of the shard. */
  readonly surroundings: Pick<ViewSources, 'history' | 'ingest' | 'demo'>;
}

export interface BuiltAgent {
  readonly agent: Agent;
  readonly shard: Shard;
  readonly view: LiveView;
  readonly detection: Detection;
  readonly workloads: readonly Workload[];
  readonly signals: SignalTable;
  /** Whether it continues from the snapshot. */
  readonly restored: boolean;
  /** What of the log is to be read again. */
  readonly replay: ReplayPlan;
}

const workloadOf = (entry: ScalingConfig, scale: TimeScale): Workload => ({
  policy: scalingPolicyOf(entry),
  service: entry.scales ?? entry.service,
  loadService: entry.service,
  signal: entry.signal,
  forecaster: createForecaster({ scale, levels: FORECAST_LEVELS }),
  history: [],
  status: { kind: 'absent', reason: 'never-seen' },
  load: { kind: 'absent', reason: 'never-seen' },
  forecast: undefined,
  recommendation: undefined,
});

/** Bank holidays and clock changes are laid out for these years around the start: plain data, which records can hold. */
const YEARS_BEFORE = 1;
const YEARS_AFTER = 3;

const calendarOf = ({ calendar }: Config, { ports }: AgentGround): { readonly calendar?: LivedDays } => {
  if (calendar === undefined) return {};
  const year = new Date(ports.clock.now()).getUTCFullYear();
  return { calendar: livedDays(calendar, year - YEARS_BEFORE, year + YEARS_AFTER) };
};

const assembleShard = (config: Config, known: readonly Signal[], ground: AgentGround): Shard => {
  const scale = timeScaleOf(config);
  const { tenant, objectives } = config;
  const { slices, outcome } = config.dimensions;
  const dimensions = [...new Set(slices.flat())];
  const signals = createSignalTable(known);
  const source = createStepSource(
    {
      scale,
      graceMs: config.time.grace,
      latenessMs: LATENESS_MS,
      dimensions,
      sliceGroups: slices,
      adverseOutcomes: {
        ...Object.fromEntries(outcome.declined.map((value) => [value, 'declined' as const])),
        ...Object.fromEntries(outcome.failed.map((value) => [value, 'failed' as const])),
      },
      objectives: objectives.map(({ name, service, kind, threshold }) => ({
        name,
        service,
        kind,
        ...(threshold === undefined ? {} : { thresholdSeconds: threshold / 1000 }),
      })),
      maximumSignals: SIGNALS_MAX,
    },
    { signals, streams: ground.streams, texts: ground.texts },
  );
  const seasonal = { scale, falseFindingsPerServiceWeek: config.budgets.falsePagesPerServiceWeek, ...calendarOf(config, ground) };
  return createShard(
    {
      scale,
      dimensions,
      desk: deskOptionsOf(scale, dimensions),
    },
    {
      signals,
      source,
      detection: createDetection({ tenant, scale, seasonal, signals, objectives }),
      silence: createSilence({ tenant, signals, stepMs: scale.stepMs }),
      workloads: config.scaling.map((entry) => workloadOf(entry, scale)),
      events: createEventMemory(),
    },
  );
};

/** The shard of the snapshot; undefined when any part of it cannot be read, and then nothing of it is kept. */
const shardOf = (config: Config, snapshot: Snapshot, ground: AgentGround): Shard | undefined => {
  try {
    const shard = assembleShard(config, signalsOf(snapshot), ground);
    return restoreShard(shard, snapshot, ground.ports.store) ? shard : undefined;
  } catch (error) {
    ground.ports.log.warn({ err: error, step: snapshot.step }, 'the snapshot cannot be read');
    return undefined;
  }
};

/**
 * The agent that the configuration asks for, on whatever ports it is given: the same in production, where they are
 * disks and networks, and in a simulation. Starts nothing; asks the clock for the year alone, and only for a calendar.
 */
export const buildAgent = (config: Config, ground: AgentGround): BuiltAgent => {
  const { snapshot, ports } = ground;
  const restored = snapshot === undefined ? undefined : shardOf(config, snapshot, ground);
  const shard = restored ?? assembleShard(config, [], ground);
  for (const change of ground.changes) shard.addChange(change);
  const { detection, workloads, signals } = shard.parts;
  const { tenant } = config;
  const view = createLiveView({
    ...ground.surroundings,
    shard,
    tenant,
    startedAt: ground.startedAt,
    modes: workloads.length === 0 ? ['observe only'] : workloads.map(({ policy }) => `${policy.mode} on ${policy.target}`),
    slo: () => detection.budgets(),
    now: () => ports.clock.now(),
  });
  const { stepMs } = shard.scale;
  const agent = createAgent(
    {
      tenant,
      stepMs,
      graceMs: config.time.grace,
      quietMs: QUIET_STEPS * stepMs,
      rawRetentionMs: config.retention.raw,
      publicUrl: config.api.publicUrl,
    },
    shard,
    view,
    ports,
  );
  const after = restored === undefined ? 0 : (snapshot?.position ?? 0);
  const otherDimensions = snapshot !== undefined && hasOtherDimensions(snapshot, shard.dimensions);
  return { agent, shard, view, detection, workloads, signals, restored: restored !== undefined, replay: { after, otherDimensions } };
};
