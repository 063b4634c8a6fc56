import type { Batch } from '../core/batch.ts';
import type { ChangeEvent } from '../core/change.ts';
import { type Clock, sleep } from '../core/clock.ts';
import type { Json } from '../core/hash.ts';
import type { Observation } from '../core/outcome.ts';
import type { LogPosition } from '../core/ports.ts';
import type { ClosedStep } from '../core/signal.ts';
import type { DurationMs, Instant } from '../core/time.ts';
import type { Finding } from '../detectors/finding.ts';
import type { ScaleTarget } from '../scaler/targets/target.ts';
import type { PlannedScale } from './act/plans.ts';
import type { Workload } from './act/workload.ts';
import type { DecisionEntry, DecisionRecord } from './audit/decision-record.ts';
import { asJson, DECISIONS } from './decisions.ts';
import type { Judgement } from './incident/desk.ts';
import type { Incident } from './incident/incident.ts';
import type { PageInputs } from './incident/page-record.ts';
import type { ResolveInputs } from './incident/resolve.ts';
import { runSpine, type Spine } from './loop.ts';
import type { CapturedFinding } from './models/detection.ts';
import type { NotificationMessage } from './notify/notifier.ts';
import type { Shard } from './shard.ts';
import { snapshotShard } from './shard-snapshot.ts';
import type { OperableStore } from './store/store.ts';
import type { LiveView } from './view.ts';

/** What the agent writes to, each a port: real in production, in memory in a simulation. */
export interface AgentPorts {
  readonly clock: Clock;
  readonly store: OperableStore;
  readonly decisions: { append(entry: DecisionEntry): Promise<DecisionRecord> };
  readonly changes: { append(change: ChangeEvent): Promise<void> };
  readonly notify: (message: NotificationMessage) => Promise<void>;
  /** By policy target. */
  readonly targets: ReadonlyMap<string, ScaleTarget>;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  readonly observe: AgentObserver;
}

/** Counts for telemetry. */
export interface AgentObserver {
  stepClosed(step: ClosedStep, lateTotal: number): void;
  findings(step: ClosedStep, findings: readonly Finding[]): void;
  paged(): void;
  suppressed(reason: string): void;
}

export interface AgentOptions {
  readonly tenant: string;
  readonly stepMs: DurationMs;
  readonly graceMs: DurationMs;
  readonly quietMs: DurationMs;
  readonly publicUrl: string | undefined;
}

export interface ReplayPlan {
  /** Position of the last batch that is already part of the state. */
  readonly after: LogPosition;
  /** The batches were sliced by other dimensions than those of now: what they say of slices is of no use. */
  readonly otherDimensions: boolean;
}

export interface Agent {
  /** Where the intake hands accepted batches, in log order. */
  consume(batch: Batch, position: LogPosition): void;
  /** Reads the log again; tells and does nothing that was told or done before. Resolves with the number of batches. */
  replay(plan: ReplayPlan): Promise<number>;
  learn(steps: Iterable<ClosedStep>, settleObservations: number): number;
  /** Closes what is due. Called by a timer and before every batch. */
  tick(now: Instant): void;
  /** Resolves when the change is on disk. Rejects, and nothing is known of it, when the disk refuses. */
  addChange(change: ChangeEvent): Promise<void>;
  readonly replaying: boolean;
  readonly lastClosedStepAt: Instant | undefined;
  /** Waits for what was ordered, then writes a last snapshot. */
  stop(): Promise<void>;
}

/** The batch with every slice value absent: columns of another configuration must not be taken for those of this one. */
const withoutSlices = (batch: Batch, dimensions: number): Batch =>
  batch.spans === undefined ? batch : { ...batch, spans: { ...batch.spans, dimension: new Uint32Array(batch.spans.length * dimensions) } };

const aged = <Value>(status: Observation<Value>, now: Instant): Observation<Value> =>
  status.kind === 'observed' ? { kind: 'stale', value: status.value, at: status.at, ageMs: Math.max(0, now - status.at) } : status;

/** Steps between snapshots: what a restart has to read again. */
const SNAPSHOT_STEPS = 30;
const SHARD = 0;
/** A scale order that is not answered by then is given up; the next plan looks at the target anew. */
const APPLY_TIMEOUT_MS = 10_000;
/** How long a page waits for a log or outbox that refuses: longer than a full disk that is being cleared, shorter than anybody's patience. */
const TELLING_PATIENCE_MS = 30_000;
const TELLING_RETRY_MS = 2_000;

/** As the decision log says it; anything else is a bug of ours and will not pass. */
const isDiskRefusal = (error: unknown): boolean => (error as { readonly code?: unknown } | null)?.code === 'DECISION_LOG_UNAVAILABLE';

export const createAgent = (options: AgentOptions, shard: Shard, view: LiveView, ports: AgentPorts): Agent => {
  const { clock, store, decisions, log } = ports;
  const { workloads } = shard.parts;
  const inFlight = new Map<Workload, Promise<void>>();
  const announced = new Map<Workload, number>();
  const stopping = new AbortController();
  let background: Promise<unknown> = Promise.resolve();
  let replaying = false;
  let silentThrough = -1;
  let sinceSnapshot = 0;
  let lastClosedStepAt: Instant | undefined;

  /** In order, one after another; a failure is reported and does not stop what follows. */
  const inBackground = (what: string, work: () => Promise<void>): void => {
    background = background.then(work).catch((error: unknown) => log.error({ err: error }, `${what} failed`));
  };

  /** What was stored was told. */
  const isSilent = (stepEndsAt: Instant): boolean => stepEndsAt <= (silentThrough + 1) * options.stepMs;

  // --- tell ---------------------------------------------------------------------------------------------------

  const pageInputs = (judgement: Judgement): PageInputs<CapturedFinding> => {
    const { findings, ...incident } = judgement.input;
    return { incident, findings: findings.map(shard.parts.detection.capture) };
  };

  const urlOf = (incident: Incident): { readonly url?: string } =>
    options.publicUrl === undefined ? {} : { url: `${options.publicUrl}/#${incident.id}` };

  const record = async (kind: DecisionEntry['kind'], subject: string, at: Instant, inputs: Json): Promise<DecisionRecord> => {
    const decide = DECISIONS[kind];
    if (decide === undefined) throw new Error(`no function decides '${kind}'`);
    return decisions.append({ kind, tenant: options.tenant, subject, inputs, output: decide(inputs), at });
  };

  /** Tries again while the disk may come back, but not while people wait for ever. */
  const patiently = async <Value>(work: () => Promise<Value>, isWorthIt: (error: unknown) => boolean): Promise<Value> => {
    const giveUpAt = clock.elapsedMs() + TELLING_PATIENCE_MS;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isWorthIt(error) || stopping.signal.aborted || clock.elapsedMs() >= giveUpAt) throw error;
        await sleep(clock, TELLING_RETRY_MS, stopping.signal);
      }
    }
  };

  /** The record of what people are to be told; undefined when there can be none. Then they are told all the same: silence is worse. */
  const recordTelling = async (
    kind: 'page' | 'resolve',
    subject: string,
    at: Instant,
    inputs: Json,
  ): Promise<DecisionRecord | undefined> => {
    try {
      return await patiently(() => record(kind, subject, at, inputs), isDiskRefusal);
    } catch (error) {
      log.error({ err: error, kind, subject }, 'a decision is told without its record');
      return undefined;
    }
  };

  const notify = (message: NotificationMessage): Promise<void> =>
    patiently(
      () => ports.notify(message),
      () => true,
    );

  const tellPage = (judgement: Judgement): void => {
    const inputs = asJson(pageInputs(judgement));
    const { incident } = judgement;
    ports.observe.paged();
    view.note('page', incident.title, { service: incident.symptomService, incidentId: incident.id, at: judgement.input.now });
    inBackground(`telling of ${incident.id}`, async () => {
      const recorded = await recordTelling('page', incident.id, judgement.input.now, inputs);
      if (recorded !== undefined) shard.attachDecision(incident.id, recorded.id);
      const told = recorded === undefined ? incident : { ...incident, decisionId: recorded.id };
      await notify({ groupKey: incident.id, reason: 'first', incident: told, ...urlOf(incident) });
    });
  };

  const tellSuppression = (judgement: Judgement): void => {
    const inputs = asJson(pageInputs(judgement));
    const { incident, decision } = judgement;
    ports.observe.suppressed(decision.reason);
    view.note('suppressed', `${incident.title}: not told, ${decision.reason}: ${decision.because}`, {
      service: incident.symptomService,
      incidentId: incident.id,
      at: judgement.input.now,
    });
    inBackground(`recording ${incident.id}`, async () => {
      await record('suppressed', incident.id, judgement.input.now, inputs);
    });
  };

  const tellResolution = (incident: Incident): void => {
    if (incident.state !== 'resolved' || incident.pagedAt === undefined) return;
    const inputs: ResolveInputs = {
      incidentId: incident.id,
      now: incident.resolvedAt,
      lastFindingAt: incident.updatedAt,
      quietMs: options.quietMs,
      silent: [],
      superseded: incident.because.startsWith('fresh evidence'),
    };
    view.note('resolved', `${incident.title}: ${incident.because}`, {
      service: incident.symptomService,
      incidentId: incident.id,
      at: incident.resolvedAt,
    });
    inBackground(`resolving ${incident.id}`, async () => {
      await recordTelling('resolve', incident.id, incident.resolvedAt, asJson(inputs));
      await notify({ groupKey: incident.id, reason: 'resolved', incident, ...urlOf(incident) });
    });
  };

  // --- act ----------------------------------------------------------------------------------------------------

  const apply = async (plan: PlannedScale, target: ScaleTarget): Promise<void> => {
    const { workload, step, recommendation } = plan;
    if (step === undefined) return;
    const applied = await target.apply(step, AbortSignal.timeout(APPLY_TIMEOUT_MS));
    if (!applied.ok) {
      log.warn({ target: step.target, code: applied.error.code }, applied.error.message);
      view.note('scale', `${step.target}: ${applied.error.message}`, { service: workload.service });
      return;
    }
    workload.status = { kind: 'observed', value: applied.value, at: clock.now() };
    shard.addChange({
      id: `scale-${step.target}-${recommendation.at}`,
      at: recommendation.at,
      tenant: options.tenant,
      kind: 'scale',
      service: workload.service,
      summary: `${step.target} ${step.from} -> ${step.to}`,
      attributes: { from: String(step.from), to: String(step.to) },
      source: 'foreshock',
    });
    view.note('scale', `${step.target} ${step.from} -> ${step.to}: ${recommendation.because}`, {
      service: workload.service,
      at: recommendation.at,
    });
  };

  /** Nothing acts without a record first; a recommendation that is not acted on is recorded once when it changes. */
  const actOn = (plan: PlannedScale): void => {
    const { workload, recommendation, step } = plan;
    const { policy } = workload;
    if (step === undefined || inFlight.has(workload)) return;
    const acts = policy.mode === 'act';
    if (!acts && announced.get(workload) === recommendation.desired) return;
    announced.set(workload, recommendation.desired ?? 0);
    const inputs = asJson(plan.inputs());
    const target = ports.targets.get(policy.target);
    const work = async (): Promise<void> => {
      await record('scale', policy.target, recommendation.at, inputs);
      if (acts && target !== undefined) await apply(plan, target);
    };
    const done = work()
      .catch((error: unknown) => log.error({ err: error, target: policy.target }, 'scaling failed'))
      .finally(() => inFlight.delete(workload));
    inFlight.set(workload, done);
  };

  const readTargets = (): void => {
    for (const workload of workloads) {
      const target = ports.targets.get(workload.policy.target);
      if (target === undefined || inFlight.has(workload)) continue;
      target
        .read(workload.policy.target, AbortSignal.timeout(APPLY_TIMEOUT_MS))
        .then((status) => {
          if (!inFlight.has(workload)) workload.status = status;
        })
        .catch((error: unknown) => log.warn({ err: error, target: workload.policy.target }, 'reading the target failed'));
    }
  };

  // --- the spine ----------------------------------------------------------------------------------------------

  const remember = (step: ClosedStep): void => {
    lastClosedStepAt = step.endsAt;
    const { position } = shard;
    const signals = shard.parts.signals.all();
    inBackground(`storing step ${step.index}`, () => store.putStep(step, signals, position));
    sinceSnapshot += 1;
  };

  const takeSnapshot = (): void => {
    sinceSnapshot = 0;
    if (shard.newestStep < 0) return;
    const snapshot = snapshotShard(shard, SHARD);
    inBackground('snapshot', () => store.putSnapshot(snapshot));
  };

  const spine: Spine = {
    closeSteps: (now) => shard.closeSteps(now),
    detect(step) {
      const findings = shard.detect(step);
      if (!replaying) ports.observe.findings(step, findings);
      return findings;
    },
    correlate: (step, findings) => shard.correlate(step, findings),
    plan: (step) => shard.plan(step),
    act(plans) {
      if (replaying) return;
      readTargets();
      for (const plan of plans) actOn(plan);
    },
    tell(outcome) {
      const at = shard.newestStep * options.stepMs + options.stepMs;
      if (isSilent(at)) return;
      for (const judgement of outcome.pages) tellPage(judgement);
      for (const judgement of outcome.suppressions) tellSuppression(judgement);
      for (const incident of outcome.resolved) tellResolution(incident);
    },
    remember(step) {
      remember(step);
      view.step(step);
      ports.observe.stepClosed(step, shard.lateTotal);
      if (!replaying) view.publish();
    },
    amend(revisions) {
      view.note('ingest', `${revisions.length} values arrived after their step had closed and amended it`);
    },
  };

  const tick = (now: Instant): void => {
    runSpine(spine, now, (step, error) => log.error({ err: error, step: step.index }, 'a step ended in a bug; nothing was done for it'));
    // Only between runs: in the midst of one the normalizer is already ahead of the step that is being worked on.
    if (sinceSnapshot >= SNAPSHOT_STEPS && !replaying) takeSnapshot();
  };

  return {
    consume(batch, position) {
      // Steps close by the time a batch was received, so that reading the log again closes the same steps.
      tick(batch.receivedAt);
      shard.consume(batch, position);
    },
    tick,
    async replay({ after, otherDimensions }) {
      const columns = shard.dimensions.length;
      const readable = (batch: Batch): Batch => {
        const { spans } = batch;
        const fits = spans === undefined || spans.dimension.length === spans.length * columns;
        return fits && !otherDimensions ? batch : withoutSlices(batch, columns);
      };

      silentThrough = store.lastStepIndex() ?? -1;
      replaying = true;
      let batches = 0;
      for await (const { position, batch } of store.readBatches(after)) {
        batches += 1;
        try {
          tick(batch.receivedAt);
          shard.consume(readable(batch), position);
        } catch (error) {
          // What could not be taken in live cannot be now, and is no reason never to start again.
          log.error({ err: error, position }, 'a batch of the log could not be normalized');
        }
      }
      // The newest steps were closed by the clock, with no batch after them to say so.
      tick(Math.min(clock.now(), (silentThrough + 1) * options.stepMs + options.graceMs));
      replaying = false;
      // What stands was last seen before the stop: nothing is ordered on it before it has been read again.
      for (const workload of workloads) workload.status = aged(workload.status, clock.now());
      // From here on the log is of these dimensions: the next start must not read it as of the old ones.
      if (otherDimensions) takeSnapshot();
      return batches;
    },
    learn(steps, settleObservations) {
      let learned = 0;
      for (const step of steps) {
        shard.learn(step);
        view.step(step);
        learned += 1;
      }
      if (learned > 0) shard.parts.detection.settle(settleObservations);
      return learned;
    },
    async addChange(change) {
      if (shard.changes.some((known) => known.id === change.id)) return;
      await ports.changes.append(change);
      shard.addChange(change);
      view.note('change', `${change.kind}: ${change.summary}`, {
        at: change.at,
        ...(change.service === undefined ? {} : { service: change.service }),
      });
    },
    get replaying() {
      return replaying;
    },
    get lastClosedStepAt() {
      return lastClosedStepAt;
    },
    async stop() {
      takeSnapshot();
      stopping.abort();
      await Promise.all(inFlight.values());
      await background;
    },
  };
};
