import type { PrometheusClient } from '../../collectors/prometheus/index.ts';
import { type Clock, sleep } from '../../core/clock.ts';
import { formatDuration } from '../../core/duration.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { modelKey } from '../../core/signal.ts';
import { DAY_MS, type DurationMs, HOUR_MS, type Instant } from '../../core/time.ts';
import { ALERTS_QUERY, readAlerts } from './alerts.ts';
import { readCalls } from './calls.ts';
import { type Grid, observedShare, sumOf } from './columns.ts';
import { chooseServices, discover, type History } from './discover.ts';
import { sideBySide } from './match.ts';
import { type ReadService, readServices } from './read-services.ts';
import { relive } from './relive.ts';
import type { ReportedPage, ServiceCoverage, TrialReport } from './report-model.ts';
import { resolve } from './resolution.ts';
import { compareScaling, type ScalingComparison } from './scaling.ts';
import { displayName } from './service-names.ts';
import { trialSignals } from './signals.ts';
import { readWorkloads, workloadOf } from './workloads.ts';

export interface TrialOptions {
  /** As shown: without credentials. */
  readonly server: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly seriesMax: number;
  readonly leastStepMs: DurationMs;
  /** Absent: half of the history, a week at most. */
  readonly learnMs: DurationMs | undefined;
  readonly falsePagesPerServiceWeek: number;
  readonly risk: number;
  readonly stabilizationMs: DurationMs;
  readonly assumedLeadMs: DurationMs;
  readonly timeZone: string;
}

export type TrialPhase = 'looking' | 'reading' | 'replicas' | 'alerts' | 'reliving' | 'scaling';

export interface TrialDependencies {
  readonly client: PrometheusClient;
  readonly clock: Clock;
  /** Share of the phase that is done, and what is at hand. */
  progress(phase: TrialPhase, share: number, what: string): void;
  readonly signal: AbortSignal;
}

export type TrialFailure = Failure<'TRIAL_STOPPED' | 'TRIAL_UNREADABLE' | 'TRIAL_NOTHING_TO_READ' | 'TRIAL_TOO_SHORT'>;

/** Detectors need some days before a day can be odd; with less than this there is nothing to say. */
const LEAST_HISTORY_MS = 12 * HOUR_MS;
const LEARN_MAX_MS = 7 * DAY_MS;
const STRIP_PARTS = 84;
/** Each is two simulations and some seconds; beyond so many nobody reads on. */
const WORKLOADS_MAX = 20;
const LEFT_OUT_NAMED = 10;

const coverageOf = (service: ReadService, grid: Grid): ServiceCoverage => {
  const { requests } = service.columns;
  const part = Math.max(1, Math.ceil(grid.steps / STRIP_PARTS));
  return {
    service: displayName(service.name),
    source: service.requests.source.counter,
    errors:
      service.requests.error === undefined
        ? 'no label says how a request ended'
        : `${service.requests.error.label}=~"${service.requests.error.values}"`,
    durations:
      service.durations === undefined
        ? 'none'
        : `${service.durations.source.duration?.base ?? ''}, ${service.durations.durations === 'buckets' ? 'buckets corrected by sum over count' : 'sum over count'}`,
    requestsPerSecond: service.rate,
    observed: observedShare(requests),
    strip: Array.from({ length: Math.ceil(grid.steps / part) }, (_, index) =>
      observedShare(requests.subarray(index * part, (index + 1) * part)),
    ),
  };
};

/** First step in which anything was counted: histories are shorter than what one asks for. */
const firstObserved = (services: readonly ReadService[], grid: Grid): number => {
  let first = grid.steps;
  for (const { columns } of services) {
    const at = columns.requests.findIndex((value) => !Number.isNaN(value));
    if (at >= 0 && at < first) first = at;
  }
  return first;
};

/**
 * The trial: reads a history, lives through it, and says what would have been told and ordered. It asks the server questions
 * and changes nothing, there or here.
 */
export const runTrial = async (options: TrialOptions, deps: TrialDependencies): Promise<Outcome<TrialReport, TrialFailure>> => {
  const { client, clock, signal, progress } = deps;
  const startedAt = clock.elapsedMs();
  const asked: History = { from: options.from, to: options.to };
  const notes: string[] = [];
  const stopped = (): Outcome<TrialReport, TrialFailure> => fail('TRIAL_STOPPED', 'stopped; nothing was written');
  const unreadable = (because: string, cause: unknown): Outcome<TrialReport, TrialFailure> =>
    signal.aborted ? stopped() : fail('TRIAL_UNREADABLE', because, { cause });

  progress('looking', 0, 'what is there');
  const build = await client.buildInfo(signal);
  const discovered = await discover(client, asked, signal);
  if (!discovered.ok) return unreadable(discovered.error.message, discovered.error);
  const { sources, names } = discovered.value;
  notes.push(...discovered.value.notes);
  const choice = chooseServices(sources, options.seriesMax);
  if (choice.services.length === 0)
    return signal.aborted
      ? stopped()
      : fail(
          'TRIAL_NOTHING_TO_READ',
          `${options.server} has none of the request metrics that the trial knows in the ${formatDuration(options.to - options.from)} before ${new Date(options.to).toISOString()}; docs/trial.md lists them${notes.length === 0 ? '' : `. ${notes.join('. ')}`}`,
        );
  progress('looking', 0.6, 'how fine the history is');
  const used = sources.filter((found) => choice.services.some(({ requests, durations }) => requests === found || durations === found));
  const resolution = await resolve(client, used, asked, options.leastStepMs, signal);
  notes.push(...resolution.notes);
  const { stepMs } = resolution;
  const firstEnd = Math.ceil(asked.from / stepMs) * stepMs + stepMs;
  const askedGrid: Grid = { firstEnd, stepMs, steps: Math.max(0, Math.floor((asked.to - firstEnd) / stepMs) + 1) };

  const read = await readServices(
    client,
    choice.services,
    names,
    askedGrid,
    (done, of, what) => progress('reading', done / of, what),
    signal,
  );
  if (!read.ok) return unreadable(read.error.message, read.error);
  notes.push(...read.value.notes);
  const { services } = read.value;

  progress('replicas', 0, 'replicas and autoscalers');
  const replicas = await readWorkloads(client, names, askedGrid, signal);
  if (!replicas.ok) return unreadable(replicas.error.message, replicas.error);
  notes.push(...replicas.value.notes);
  const serviceNames = services.map(({ name }) => name);
  const graph = await readCalls(client, names, serviceNames, asked, signal);

  const theirs = await readAlerts(client, asked, serviceNames, (done, of) => progress('alerts', done / of, 'ALERTS'), signal);
  if (!theirs.ok) return unreadable(theirs.error.message, theirs.error);
  notes.push(...theirs.value.notes);
  if (signal.aborted) return stopped();

  const first = firstObserved(services, askedGrid);
  const historyMs = (askedGrid.steps - first) * stepMs;
  if (historyMs < LEAST_HISTORY_MS)
    return fail(
      'TRIAL_TOO_SHORT',
      `${options.server} holds ${formatDuration(Math.max(0, historyMs))} of requests in this time; the trial needs at least ${formatDuration(LEAST_HISTORY_MS)}`,
    );
  const learnMs = Math.min(options.learnMs ?? Math.min(LEARN_MAX_MS, historyMs / 2), historyMs - stepMs);
  const learnSteps = first + Math.round(learnMs / stepMs);
  const endsAt = askedGrid.firstEnd + (askedGrid.steps - 1) * stepMs;
  const judgedFrom = askedGrid.firstEnd + (learnSteps - 1) * stepMs;

  const signals = trialSignals(services, askedGrid);
  const breathe = async (phase: TrialPhase, share: number, what: string): Promise<void> => {
    progress(phase, share, what);
    await sleep(clock, 0);
    if (signal.aborted) throw new TrialStopped();
  };
  try {
    const relived = await relive(
      signals,
      { grid: askedGrid, learnSteps, falsePagesPerServiceWeek: options.falsePagesPerServiceWeek, graph },
      (done) => breathe('reliving', done / askedGrid.steps, done < learnSteps ? 'learning' : 'judging'),
    );
    const scaling: ScalingComparison[] = [];
    const withLoad = services
      .flatMap((service) => {
        const workload = workloadOf(service.name, replicas.value.workloads);
        return workload === undefined ? [] : [{ service, workload, replicaSteps: sumOf(workload.ready) }];
      })
      .sort(
        (a, b) =>
          Number(b.workload.autoscaler !== undefined) - Number(a.workload.autoscaler !== undefined) || b.replicaSteps - a.replicaSteps,
      );
    const scalable = withLoad.slice(0, WORKLOADS_MAX);
    if (withLoad.length > scalable.length)
      notes.push(
        `scaling is compared for the ${scalable.length} workloads with an autoscaler or the most replicas; ${withLoad.length - WORKLOADS_MAX} more are left out, ${withLoad
          .slice(WORKLOADS_MAX, WORKLOADS_MAX + LEFT_OUT_NAMED)
          .map(({ workload }) => displayName(workload.name))
          .join(', ')} first`,
      );
    for (const [done, { service, workload }] of scalable.entries()) {
      await breathe('scaling', done / scalable.length, displayName(service.name));
      scaling.push(
        compareScaling(service, workload, {
          grid: askedGrid,
          learnSteps,
          risk: options.risk,
          stabilizationMs: options.stabilizationMs,
          assumedLeadMs: options.assumedLeadMs,
        }),
      );
    }
    const alerts = theirs.value.alerts.filter(({ endedAt }) => endedAt >= judgedFrom);
    const beside = sideBySide(relived.pages, alerts, endsAt);
    const bySignal = new Map(signals.map((one) => [modelKey(one), one]));
    const pages = beside.pages.map((page): ReportedPage => {
      const symptom = bySignal.get(page.page.signal);
      const band = relived.bands.get(page.page.signal);
      return { ...page, symptom: symptom === undefined || band === undefined ? undefined : { signal: symptom, band } };
    });
    const matched = new Set(withLoad.map(({ workload }) => workload));
    for (const [warning, times] of client.traffic.warnings) notes.push(`the server warned ${times} times: ${warning}`);
    if (!build.ok) notes.push(`which server this is could not be read: ${build.error.message}`);
    return succeed({
      server: options.server,
      version: build.ok ? [build.value.application ?? build.value.product ?? '', build.value.version ?? ''].join(' ').trim() : '',
      createdAt: clock.now(),
      timeZone: options.timeZone,
      grid: askedGrid,
      learnSteps,
      learnedMs: (learnSteps - first) * stepMs,
      judgedFrom,
      judgedTo: endsAt,
      askedMs: options.to - options.from,
      intervalMs: resolution.intervalMs,
      falsePagesPerServiceWeek: options.falsePagesPerServiceWeek,
      pages,
      withheld: relived.withheld,
      alertsRecorded: theirs.value.recorded,
      alerts,
      onlyTheirs: beside.onlyTheirs,
      scaling,
      unmatchedWorkloads: replicas.value.workloads.filter((workload) => !matched.has(workload)).map(({ name }) => displayName(name)),
      coverage: services.map((service) => coverageOf(service, askedGrid)),
      calls: graph.edges.length,
      leftOut: choice.leftOut,
      notes,
      queries: [...read.value.queries, ...replicas.value.queries, ALERTS_QUERY],
      cost: {
        seconds: (clock.elapsedMs() - startedAt) / 1_000,
        requests: client.traffic.requests,
        retries: client.traffic.retries,
        bytes: client.traffic.bytes,
        samples: read.value.samples,
        signals: signals.length,
      },
    });
  } catch (error) {
    if (error instanceof TrialStopped) return stopped();
    throw error;
  }
};

/** Unwinds the work between two breaths. */
class TrialStopped extends Error {}
