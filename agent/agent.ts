import type { Batch } from '../core/batch.ts';
import type { ChangeEvent } from '../core/change.ts';
import type { Observation } from '../core/outcome.ts';
import type { LogPosition } from '../core/ports.ts';
import type { ClosedStep } from '../core/signal.ts';
import type { Instant } from '../core/time.ts';
import { createActing } from './act/acting.ts';
import { createRecorder } from './decisions.ts';
import { runSpine, type Spine } from './loop.ts';
import type { AgentOptions, AgentPorts } from './ports.ts';
import type { Shard } from './shard.ts';
import { snapshotShard } from './shard-snapshot.ts';
import { SNAPSHOTS_KEPT } from './store/store.ts';
import { createTelling } from './telling.ts';
import type { LiveView } from './view.ts';

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
export const createAgent = (options: AgentOptions, shard: Shard, view: LiveView, ports: AgentPorts): Agent => {
  const { clock, store, log } = ports;
  const { workloads } = shard.parts;
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

  const record = createRecorder(options.tenant, ports.decisions);
  const tell = createTelling(options, { shard, view, ports, record, inBackground, stopping: stopping.signal });
  const acting = createActing({ tenant: options.tenant, shard, view, ports, record });

  const remember = (step: ClosedStep): void => {
    lastClosedStepAt = step.endsAt;
    const { position } = shard;
    const signals = shard.parts.signals.all();
    inBackground(`storing step ${step.index}`, () => store.putStep(step, signals, position));
    sinceSnapshot += 1;
  };

  /** Positions of past snapshots, oldest first: where the raw log may begin. */
  const marks: { readonly at: Instant; readonly position: LogPosition }[] = [];

  /** What every kept snapshot covers and retention no longer asks for is read by nobody; the steps made of it stay. */
  const trimRawLog = (at: Instant): void => {
    let through: LogPosition | undefined;
    while (marks.length > SNAPSHOTS_KEPT && (marks[0] as (typeof marks)[number]).at <= at - options.rawRetentionMs)
      through = marks.shift()?.position;
    if (through !== undefined) inBackground('trimming the log', () => store.trimLog(through));
  };

  const takeSnapshot = (): void => {
    sinceSnapshot = 0;
    if (shard.newestStep < 0) return;
    const snapshot = snapshotShard(shard, SHARD);
    inBackground('snapshot', () => store.putSnapshot(snapshot));
    const at = (snapshot.step + 1) * options.stepMs;
    marks.push({ at, position: snapshot.position });
    trimRawLog(at);
  };

  const spine: Spine = {
    closeSteps: (now) => shard.closeSteps(now),
    detect(step) {
      const findings = shard.detect(step);
      for (const { changeId, because } of shard.newVerdicts()) {
        const change = shard.changes.find(({ id }) => id === changeId);
        if (change !== undefined)
          view.note('change', `${change.summary}: ${because}`, {
            at: step.endsAt,
            ...(change.service === undefined ? {} : { service: change.service }),
          });
      }
      if (!replaying) ports.observe.findings(step, findings);
      return findings;
    },
    correlate: (step, findings) => shard.correlate(step, findings),
    plan: (step) => shard.plan(step),
    act(plans) {
      if (replaying) return;
      acting.act(plans);
    },
    tell(outcome) {
      const at = shard.newestStep * options.stepMs + options.stepMs;
      if (!isSilent(at)) tell(outcome);
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
      await acting.settled();
      await background;
    },
  };
};
