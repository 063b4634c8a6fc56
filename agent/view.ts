import { VERSION } from '../core/names.ts';
import type { Observation } from '../core/outcome.ts';
import type { ClosedStep, Signal } from '../core/signal.ts';
import type { Instant } from '../core/time.ts';
import type { ScaleStatus } from '../scaler/recommendation.ts';
import type { Workload } from './act/workload.ts';
import type { AgentView } from './api/agent-view.ts';
import type {
  AgentState,
  DemoView,
  FeedEvent,
  FeedKind,
  IngestLedger,
  Reading,
  RecordedHistory,
  ScalingView,
  ServiceCard,
  ServiceStatus,
  SloBudget,
} from './api/contract.ts';
import { createBandHistory } from './band-history.ts';
import { isLive } from './incident/book.ts';
import type { Incident } from './incident/incident.ts';
import type { ModelTally, NamedModel } from './models/model-health.ts';
import type { Shard } from './shard.ts';

/** Steps shown: one and a half days of the demo, half an hour in production. */
const STEPS_SHOWN = 180;
const EVENTS_KEPT = 100;
/** Signals with a band on the page and on /metrics: bounded, the golden ones of services. */
const SHOWN_NAMES: ReadonlySet<string> = new Set(['requests', 'errors', 'duration', 'declined', 'duration_p95', 'duration_p50']);
const SHOWN_SIGNALS_MAX = 400;
/** Models that are named because they are not believed: were it more, the list would say nothing. */
const MODELS_SHOWN = 100;

export interface ViewSources {
  readonly shard: Shard;
  readonly tenant: string;
  readonly startedAt: Instant;
  readonly modes: readonly string[];
  readonly history: RecordedHistory | undefined;
  ingest(): IngestLedger;
  slo(): readonly SloBudget[];
  demo?(): DemoView | undefined;
  now(): Instant;
}

export interface LiveView extends AgentView {
  /** After every closed step. */
  step(step: ClosedStep): void;
  note(kind: FeedKind, text: string, more?: { readonly service?: string; readonly incidentId?: string; readonly at?: Instant }): void;
  publish(): void;
  /** Signals with a drawn band. */
  shownSignals(): readonly Signal[];
  services(): readonly ServiceCard[];
}

interface WorkloadLane {
  from: number;
  readonly load: Reading[];
  readonly ordered: Reading[];
  readonly ready: Reading[];
  readonly capacity: Reading[];
}

const finite = (value: number | undefined): Reading => (value === undefined || !Number.isFinite(value) ? null : value);
const knownStatus = (status: Observation<ScaleStatus>): ScaleStatus | undefined => (status.kind === 'absent' ? undefined : status.value);

const modelsOf = ({ warmingUp, calibrated, outOfCalibration, otherInputs }: ModelTally): AgentState['models'] => {
  const shownOf = (models: readonly NamedModel[]) =>
    models.slice(0, MODELS_SHOWN).map(({ signal: { key, service, name }, since, because }) => ({ key, service, name, since, because }));
  return {
    warmingUp,
    calibrated,
    outOfCalibration: outOfCalibration.length,
    distrusted: shownOf(outOfCalibration),
    otherInputs: shownOf(otherInputs),
  };
};

const RANK: Readonly<Record<Incident['state'], number>> = { open: 0, watching: 1, resolved: 2 };

export const createLiveView = (sources: ViewSources): LiveView => {
  const { shard } = sources;
  const bands = createBandHistory(STEPS_SHOWN);
  const lanes = new Map<Workload, WorkloadLane>();
  const events: FeedEvent[] = [];
  const listeners = new Set<(state: AgentState) => void>();
  let shown: readonly Signal[] = [];
  let knownSignals = 0;
  let noted = 0;

  const shownSignals = (): readonly Signal[] => {
    const all = shard.parts.signals.all();
    if (all.length !== knownSignals) {
      knownSignals = all.length;
      shown = all
        .filter((signal) => signal.scope.kind === 'service' && (SHOWN_NAMES.has(signal.name) || signal.name.startsWith('slo:')))
        .slice(0, SHOWN_SIGNALS_MAX);
    }
    return shown;
  };

  const laneOf = (workload: Workload, index: number): WorkloadLane => {
    let lane = lanes.get(workload);
    if (lane === undefined) {
      lane = { from: index, load: [], ordered: [], ready: [], capacity: [] };
      lanes.set(workload, lane);
    }
    return lane;
  };

  const pushWorkload = (workload: Workload, step: ClosedStep): void => {
    const lane = laneOf(workload, step.index);
    const missed = Math.min(STEPS_SHOWN, step.index - (lane.from + lane.load.length));
    if (missed < 0) return;
    for (let gap = 0; gap < missed; gap += 1) for (const values of [lane.load, lane.ordered, lane.ready, lane.capacity]) values.push(null);
    const status = knownStatus(workload.status);
    lane.load.push(workload.load.kind === 'observed' ? workload.load.value : null);
    lane.ordered.push(status?.replicas ?? null);
    lane.ready.push(status?.ready ?? null);
    lane.capacity.push(status === undefined ? null : status.ready * workload.policy.loadPerReplica);
    const surplus = lane.load.length - STEPS_SHOWN;
    if (surplus > 0) {
      for (const values of [lane.load, lane.ordered, lane.ready, lane.capacity]) values.splice(0, surplus);
      lane.from = step.index - STEPS_SHOWN + 1;
    }
  };

  const lastOf = (service: string, name: string): Reading => {
    const signal = shownSignals().find((candidate) => candidate.service === service && candidate.name === name);
    const series = signal === undefined ? undefined : bands.series(signal);
    if (series === undefined) return null;
    // One absent step is a gap in a chart, not an unknown service: the newest value of the last few counts.
    for (let back = 1; back <= 5; back += 1) {
      const value = series.observed[series.observed.length - back];
      if (value !== null && value !== undefined) return value;
    }
    return null;
  };

  /** Of the last observed step; the graph is small, and this is asked once a second at most. */
  const edgeErrors = (caller: string, callee: string): Reading => {
    const { signals, detection } = shard.parts;
    const signal = signals
      .all()
      .find(
        (candidate) =>
          candidate.name === 'errors' &&
          candidate.service === caller &&
          candidate.scope.kind === 'edge' &&
          candidate.scope.callee === callee,
      );
    return signal === undefined ? null : finite(detection.bandOf(signal.id)?.observed);
  };

  const statusOf = (service: string, silent: ReadonlySet<string>): ServiceStatus => {
    if (silent.has(service)) return 'silent';
    const live = shard.desk.book.incidents.filter((incident) => isLive(incident) && incident.services.includes(service));
    if (
      live.some(
        (incident) => incident.state === 'open' && (incident.suspects[0]?.service === service || incident.symptomService === service),
      )
    )
      return 'incident';
    return live.length > 0 ? 'watching' : 'ok';
  };

  const services = (): readonly ServiceCard[] => {
    const silent = new Set(shard.parts.silence.silent());
    const named = [...new Set(shownSignals().map((signal) => signal.service))].sort();
    return named
      .filter((service) => shownSignals().some((signal) => signal.service === service && signal.name === 'requests'))
      .map((name) => ({
        name,
        status: statusOf(name, silent),
        requestsPerSecond: lastOf(name, 'requests'),
        errorRatio: lastOf(name, 'errors'),
        p50Seconds: lastOf(name, 'duration_p50') ?? lastOf(name, 'duration'),
        p95Seconds: lastOf(name, 'duration_p95'),
        reporting: !silent.has(name),
      }));
  };

  const scalingView = (workload: Workload): ScalingView => {
    const { policy, service, forecast, recommendation } = workload;
    const lane = laneOf(workload, shard.newestStep);
    return {
      target: policy.target,
      service,
      mode: policy.mode,
      frozen: shard.frozen,
      unit: 'requests/s',
      stepIndexFrom: lane.from,
      observedLoad: lane.load,
      orderedReplicas: lane.ordered,
      readyReplicas: lane.ready,
      capacity: lane.capacity,
      leadSeconds: policy.leadMs / 1000,
      minReplicas: policy.minReplicas,
      maxReplicas: policy.maxReplicas,
      ...(forecast === undefined
        ? {}
        : {
            forecast: {
              madeAt: forecast.madeAt,
              stepIndexFrom: Math.round(forecast.startsAt / forecast.stepMs) - 1,
              levels: forecast.levels,
              quantiles: forecast.quantiles.map((values) => Array.from(values, finite)),
              coverage: forecast.coverage.map(finite),
              because: forecast.because,
            },
          }),
      ...(recommendation === undefined ? {} : { recommendation }),
    };
  };

  const state = (): AgentState => {
    const graph = shard.parts.source.graph();
    const silent = new Set(shard.parts.silence.silent());
    const inferred = new Set(graph.edges.filter((edge) => edge.inferred).map((edge) => edge.callee));
    const { scale } = shard;
    const demo = sources.demo?.();
    return {
      meta: {
        version: VERSION,
        tenant: sources.tenant,
        startedAt: sources.startedAt,
        now: sources.now(),
        timeZone: 'UTC',
        stepSeconds: scale.stepMs / 1000,
        dayLengthSeconds: scale.dayLengthMs / 1000,
        step: shard.newestStep,
        modes: sources.modes,
        ...(sources.history === undefined ? {} : { history: sources.history }),
      },
      services: services(),
      graph: {
        nodes: graph.services.map((name) => ({ name, status: statusOf(name, silent), inferred: inferred.has(name) })),
        edges: graph.edges.map((edge) => ({
          caller: edge.caller,
          callee: edge.callee,
          rate: finite(edge.rate),
          errorRatio: edgeErrors(edge.caller, edge.callee),
        })),
      },
      signals: shownSignals().flatMap((signal) => bands.series(signal) ?? []),
      scaling: shard.parts.workloads.map(scalingView),
      incidents: [...shard.desk.book.incidents].sort((a, b) => RANK[a.state] - RANK[b.state] || b.openedAt - a.openedAt),
      changes: [...shard.changes].reverse().map((change) => {
        const verdict = shard.parts.detection.verdictOn(change.id);
        return verdict === undefined ? change : { ...change, verdict };
      }),
      events: [...events].reverse(),
      ingest: sources.ingest(),
      slo: sources.slo(),
      models: modelsOf(shard.parts.detection.models()),
      ...(demo === undefined ? {} : { demo }),
    };
  };

  return {
    state,
    step(step) {
      bands.push(step, shownSignals(), shard.parts.detection);
      for (const workload of shard.parts.workloads) pushWorkload(workload, step);
    },
    note(kind, text, more = {}) {
      noted += 1;
      const { at, ...rest } = more;
      events.push({ id: `event-${noted}`, at: at ?? sources.now(), kind, text, ...rest });
      if (events.length > EVENTS_KEPT) events.shift();
    },
    publish() {
      if (listeners.size === 0) return;
      const current = state();
      for (const listener of listeners) listener(current);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    incident: (id) => shard.desk.book.incidents.find((incident) => incident.id === id),
    signal(key) {
      const signal = shard.parts.signals.find(key);
      return signal === undefined ? undefined : bands.series(signal);
    },
    shownSignals,
    services,
  };
};
