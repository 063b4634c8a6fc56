/** A whole agent in simulated time: everything of production but disks, sockets and the machine's clock. */
import { setImmediate } from 'node:timers/promises';
import { DecisionLogError } from '../../agent/audit/decision-log.ts';
import type { DecisionRecord } from '../../agent/audit/decision-record.ts';
import { GENESIS, sealRecord } from '../../agent/audit/hash-chain.ts';
import { type BuiltAgent, buildAgent } from '../../agent/build.ts';
import { type Config, configSchema } from '../../agent/config/schema.ts';
import type { NotificationMessage } from '../../agent/notify/notifier.ts';
import { trackOpenBatches } from '../../agent/open-batches.ts';
import { SNAPSHOT_FORMAT } from '../../agent/shard-snapshot.ts';
import { openMemoryStore } from '../../agent/store/memory/memory-store.ts';
import type { OperableStore } from '../../agent/store/store.ts';
import { createIntake, type IntakeSide } from '../../collectors/intake/index.ts';
import { createPaymentStreams } from '../../collectors/nats/payment-streams.ts';
import { createTally } from '../../collectors/nats/tally.ts';
import type { Batch } from '../../core/batch.ts';
import type { ChangeEvent } from '../../core/change.ts';
import type { Snapshot } from '../../core/ports.ts';
import { type Random, seededRandom } from '../../core/random.ts';
import { createSimulatedClock, type SimulatedClock } from '../../core/simulated-clock.ts';
import type { Finding } from '../../detectors/finding.ts';
import { createMemoryTarget } from '../../scaler/simulation/memory-target.ts';
import type { ScaleTarget } from '../../scaler/targets/target.ts';
import { type BusinessFault, type BusinessTraffic, type CountedPayments, createBusinessTraffic } from './business-traffic.ts';
import { createTraffic, DAY_SECONDS, type Fault, type Traffic, type TrafficSpan } from './payment-traffic.ts';

/** Second 0 of the story: midnight of a day of two minutes. */
export const STORY_START = 1_800_000_000_000;
export const TARGET = 'process/gateway';
export const LOAD_PER_REPLICA = 5;
const TICK_MS = 100;

export const CONFIG = configSchema.parse({
  time: { step: '1s', dayLength: `${DAY_SECONDS}s`, grace: '1s' },
  dimensions: { slices: [['payment.provider'], ['payment.provider', 'payment.issuer']] },
  scaling: [
    {
      target: TARGET,
      adminUrl: 'http://127.0.0.1:9',
      service: 'gateway',
      loadPerReplica: LOAD_PER_REPLICA,
      minReplicas: 2,
      maxReplicas: 20,
      lead: '5s',
      stabilization: '15s',
      down: { window: '5s' },
      mode: 'act',
    },
  ],
});

export interface Story {
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly changes: readonly ChangeEvent[];
  /** Payments are read from NATS too, with these faults. */
  readonly business?: readonly BusinessFault[];
  /** Deliver batches in random order and at random times within the grace. */
  readonly shuffled?: boolean;
  /** Seconds [from, to) in which the decision log refuses. */
  readonly noRecords?: { readonly from: number; readonly to: number };
}

/** What a replica count and the load before it were at a closed step. */
export interface ScalingStep {
  readonly second: number;
  readonly load: number | undefined;
  readonly replicas: number | undefined;
  readonly ready: number | undefined;
  readonly desired: number | undefined;
  readonly limitedBy: readonly string[];
}

export interface Told {
  readonly decisions: readonly DecisionRecord[];
  readonly messages: readonly NotificationMessage[];
  readonly findings: ReadonlyMap<number, readonly Finding[]>;
  readonly scaling: readonly ScalingStep[];
  readonly errors: readonly string[];
}

/** What is different when a process starts again. */
export interface Rebirth {
  readonly config?: Config;
  /** What has become of its snapshot meanwhile. */
  readonly snapshot?: (whole: Snapshot) => Snapshot;
}

export interface Simulation extends Told {
  readonly store: OperableStore;
  /** Lives until `second`. */
  runTo(second: number): Promise<void>;
  /** The process dies at once, as by SIGKILL, and a new one starts on the same store. */
  crash(more?: Rebirth): Promise<void>;
  /** Ends as by SIGTERM, and a new one starts on the same store. */
  restart(more?: Rebirth): Promise<void>;
  /** Stands still while time passes, as by SIGSTOP: what was sent meanwhile is lost. */
  suspend(seconds: number): void;
  readonly built: BuiltAgent;
}

interface Delivery {
  readonly atMs: number;
  batch(side: IntakeSide, receivedAt: number): Batch;
}

const partOf = (span: TrafficSpan, dimension: string): string =>
  dimension === 'payment.provider' ? span.provider : dimension === 'payment.issuer' ? span.issuer : '';

/** As the reader of a NATS stream writes what it counted, with the last of as many messages. */
const countsOf = (payments: readonly CountedPayments[], side: IntakeSide, receivedAt: number): Batch => {
  const streams = createPaymentStreams(CONFIG.tenant, 'payments', side);
  const tally = createTally(1_000);
  for (const { second, count, ...payment } of payments) {
    const at = STORY_START + 1_000 * second + 999;
    tally.add(streams.countOf({ ...payment, service: 'payments', at, money: undefined }, receivedAt), at, count);
  }
  const cursor = streams.cursor('PAYMENTS', '2027-01-15T08:00:00Z', receivedAt) as number;
  const taken = [{ from: 1, to: receivedAt - STORY_START }];
  return { tenant: CONFIG.tenant, receivedAt, samples: tally.columns(cursor, taken, receivedAt) };
};

const batchOf = (spans: readonly TrafficSpan[], side: IntakeSide, receivedAt: number): Batch => {
  const id = (text: string): number => (text === '' ? 0 : side.identities.textIdOf(text));
  const start = spans.map((span) => STORY_START + span.startMs);
  return {
    tenant: CONFIG.tenant,
    receivedAt,
    spans: {
      length: spans.length,
      service: Uint32Array.from(spans, (span) => id(span.service)),
      version: new Uint32Array(spans.length),
      operation: Uint32Array.from(spans, () => id('POST /payments')),
      peer: Uint32Array.from(spans, (span) => id(span.peer)),
      kind: Uint8Array.from(spans, (span) => span.kind),
      error: Uint8Array.from(spans, (span) => Number(span.error)),
      start: Float64Array.from(start, Math.floor),
      startNanos: Uint32Array.from(start, (at) => Math.floor((at - Math.floor(at)) * 1e6)),
      durationNanos: Float64Array.from(spans, (span) => Math.round(span.durationMs * 1e6)),
      traceId: new Uint8Array(spans.length * 16),
      spanKey: Float64Array.from(spans, (span) => span.key),
      parentKey: Float64Array.from(spans, (span) => span.parent),
      dimension: Uint32Array.from(spans.flatMap((span) => side.dimensions.map((name) => id(partOf(span, name))))),
      outcome: Uint32Array.from(spans, (span) => id(span.outcome)),
    },
  };
};

/** One export a service; when shuffled, several in any order. All arrive before the step's grace has passed. */
const deliveriesOf = (second: number, spans: readonly TrafficSpan[], shuffle: Random | undefined): readonly Delivery[] => {
  const endMs = 1_000 * (second + 1);
  const parts = new Map<string, TrafficSpan[]>();
  for (const span of spans) {
    const part = shuffle === undefined ? span.service : `${span.service} ${Math.floor(3 * shuffle())}`;
    parts.set(part, [...(parts.get(part) ?? []), span]);
  }
  const deliveries = [...parts.values()].map((part, place): Delivery => {
    const mixed =
      shuffle === undefined
        ? part
        : [...part]
            .map((span) => ({ span, order: shuffle() }))
            .sort((a, b) => a.order - b.order)
            .map(({ span }) => span);
    const atMs = endMs + (shuffle === undefined ? 210 + place : 10 + Math.floor(880 * shuffle()));
    return { atMs, batch: (side, receivedAt) => batchOf(mixed, side, receivedAt) };
  });
  return deliveries.sort((a, b) => a.atMs - b.atMs);
};

interface Process {
  readonly built: BuiltAgent;
  readonly side: IntakeSide;
  sleep(): void;
  wake(): void;
  end(): void;
}

export const createSimulation = async (story: Story): Promise<Simulation> => {
  const clock: SimulatedClock = createSimulatedClock(STORY_START);
  const store = openMemoryStore({ stepMs: 1_000, clock, snapshotFormat: SNAPSHOT_FORMAT });
  const traffic: Traffic = createTraffic(story.seed, story.faults);
  const business: BusinessTraffic | undefined =
    story.business === undefined ? undefined : createBusinessTraffic(story.seed, story.business);
  const target: ScaleTarget = createMemoryTarget({ id: TARGET, clock, replicas: 2, maxReplicas: 20, leadMs: 5_000 });
  const decisions: DecisionRecord[] = [];
  const messages: NotificationMessage[] = [];
  const findings = new Map<number, readonly Finding[]>();
  const scaling: ScalingStep[] = [];
  const errors: string[] = [];
  const journal: ChangeEvent[] = [];
  const pending: Delivery[] = [];
  let second = 0;

  const note = (fields: object, message: string): void => {
    errors.push(`${message}: ${String((fields as { err?: unknown }).err ?? JSON.stringify(fields))}`);
  };

  const start = async ({ config = CONFIG, snapshot = (whole) => whole }: Rebirth = {}): Promise<Process> => {
    const latest = store.latestSnapshot();
    let alive = true;
    let consume = (_batch: Batch, _position: number): void => undefined;
    const side = createIntake(
      { dimensions: [...new Set(config.dimensions.slices.flat())], outcomeAttribute: config.dimensions.outcome.attribute },
      { store, clock, consume: (batch, position) => consume(batch, position) },
    );
    const open = trackOpenBatches(side.intake);
    const built = buildAgent(config, {
      startedAt: clock.now(),
      snapshot: latest === undefined ? undefined : snapshot(latest),
      changes: [...journal],
      streams: side.streams,
      texts: side.texts,
      surroundings: {
        history: undefined,
        ingest: () => ({ offered: 0, accepted: 0, rejected: {}, refused: {}, conserved: true }),
      },
      ports: {
        clock,
        store,
        targets: new Map([[TARGET, target]]),
        decisions: {
          async append(entry) {
            const { from, to } = story.noRecords ?? { from: 0, to: 0 };
            if (second >= from && second < to) throw new DecisionLogError('no space left on device');
            const last = decisions.at(-1);
            const tip = last === undefined ? GENESIS : { sequence: last.sequence, hash: last.hash };
            const sealed = sealRecord(
              { ...entry, at: entry.at ?? clock.now() },
              { foreshock: 'simulated', node: 'simulated', config: '' },
              tip,
            );
            if (alive) decisions.push(sealed);
            return sealed;
          },
        },
        changes: {
          async append(change) {
            journal.push(change);
          },
        },
        async notify(message) {
          if (alive) messages.push(message);
        },
        log: { info: () => undefined, warn: note, error: note },
        observe: {
          stepClosed(step) {
            const { load, status, recommendation } = built.workloads[0] as (typeof built.workloads)[number];
            const standing = status.kind === 'absent' ? undefined : status.value;
            if (!alive || built.agent.replaying) return;
            scaling.push({
              second: step.index - STORY_START / 1_000,
              load: load.kind === 'observed' ? load.value : undefined,
              replicas: standing?.replicas,
              ready: standing?.ready,
              desired: recommendation?.desired,
              limitedBy: recommendation?.limitedBy ?? [],
            });
          },
          findings(step, found) {
            if (alive) findings.set(step.index - STORY_START / 1_000, found);
          },
          paged: () => undefined,
          suppressed: () => undefined,
        },
      },
    });
    await built.agent.replay(built.replay);
    consume = built.agent.consume;
    let asleep = false;
    const stopTicking = clock.every(200, () => {
      if (!asleep) built.agent.tick(open.closableAt(clock.now()));
    });
    return {
      built,
      side: { ...side, intake: open.intake },
      sleep() {
        asleep = true;
      },
      wake() {
        asleep = false;
      },
      end() {
        alive = false;
        stopTicking();
      },
    };
  };

  let process = await start();

  const deliver = async (untilMs: number): Promise<void> => {
    while ((pending[0]?.atMs ?? Number.POSITIVE_INFINITY) <= untilMs) {
      const { atMs, batch } = pending.shift() as Delivery;
      const receivedAt = STORY_START + atMs;
      clock.advance(Math.max(0, receivedAt - clock.now()));
      const accepted = await process.side.intake.accept(batch(process.side, receivedAt));
      if (!accepted.ok) throw new Error(accepted.error.message);
    }
  };

  return {
    store,
    decisions,
    messages,
    findings,
    scaling,
    errors,
    get built() {
      return process.built;
    },
    async runTo(end) {
      for (; second < end; second += 1) {
        for (const change of story.changes) {
          if (change.at === STORY_START + 1_000 * second) await process.built.agent.addChange(change);
        }
        const shuffle = story.shuffled === true ? seededRandom(second) : undefined;
        const nowMs = 1_000 * second;
        // Spans that ended in the second before arrive during this one.
        if (second > 0) {
          const counted = business?.readAfter(second - 1) ?? [];
          pending.push(...deliveriesOf(second - 1, traffic.endingIn(second - 1), shuffle));
          if (counted.length > 0) pending.push({ atMs: nowMs + 600, batch: (side, receivedAt) => countsOf(counted, side, receivedAt) });
        }
        for (let ms = nowMs + TICK_MS; ms <= nowMs + 1_000; ms += TICK_MS) {
          await deliver(ms);
          clock.advance(Math.max(0, STORY_START + ms - clock.now()));
          await setImmediate();
        }
      }
    },
    async crash(more) {
      process.end();
      process = await start(more);
    },
    async restart(more) {
      await process.built.agent.stop();
      process.end();
      process = await start(more);
    },
    suspend(seconds) {
      for (const end = second + seconds; second < end; second += 1) traffic.endingIn(second);
      pending.length = 0;
      process.sleep();
      clock.advance(1_000 * seconds);
      process.wake();
    },
  };
};
