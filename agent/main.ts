import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createIntake } from '../collectors/intake/index.ts';
import { createNatsConnections } from '../collectors/nats/index.ts';
import type { Clock } from '../core/clock.ts';
import { VERSION } from '../core/names.ts';
import { type Failure, fail, type Outcome, succeed } from '../core/outcome.ts';
import type { BatchConsumer, Store } from '../core/ports.ts';
import { seededRandom } from '../core/random.ts';
import { type Instant, MINUTE_MS } from '../core/time.ts';
import { createTarget } from '../scaler/targets/registry.ts';
import type { ScaleTarget } from '../scaler/targets/target.ts';
import type { HealthState } from './api/agent-view.ts';
import { ingestOf } from './api/ingest-ledger.ts';
import { createApiServer } from './api/server.ts';
import { type DecisionLog, openDecisionLog } from './audit/decision-log.ts';
import { buildAgent } from './build.ts';
import { openChangeJournal } from './change-journal.ts';
import { openCluster } from './cluster.ts';
import { openCollectors } from './collecting.ts';
import { configuredAttributes, timeScaleOf } from './config/describe.ts';
import { configHash } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { readSecretFile } from './config/secret.ts';
import { type CostKeeper, openCostKeeper } from './cost-keeper.ts';
import { createDemoLink, type DemoLink } from './demo-link.ts';
import { decodeRecording, type Recording, recordedSteps } from './models/recording.ts';
import { createDispatcher, type Dispatcher } from './notify/dispatcher.ts';
import type { NotificationMessage } from './notify/notifier.ts';
import { createNotifier } from './notify/registry.ts';
import { trackOpenBatches } from './open-batches.ts';
import { openRecentDecisions } from './recent-decisions.ts';
import { createReportedChanges } from './reported-changes.ts';
import { SNAPSHOT_FORMAT } from './shard-snapshot.ts';
import { openStore } from './store/lmdb/lmdb-store.ts';
import { createStoredSignals } from './stored-signals.ts';
import { type Readiness, readiness } from './telemetry/health.ts';
import { createLogger } from './telemetry/logger.ts';
import { readInto } from './telemetry/readings.ts';
import { createTelemetry } from './telemetry/telemetry.ts';
import { standingMessages } from './telling.ts';

export interface RunningAgent {
  readonly otlpPort: number;
  readonly otlpGrpcPort: number;
  readonly apiPort: number;
  readonly url: string;
  readonly decisionLogPath: string;
  stop(): Promise<void>;
}

/** Observations in which levels settle after history that another machine recorded. */
const SETTLE_OBSERVATIONS = 12;

const staticDirectory = fileURLToPath(new URL('../dashboards/ui', import.meta.url));

const readRecording = async (config: Config): Promise<Outcome<Recording | undefined, Failure<'RECORDING_INVALID'>>> => {
  const path = config.history.recording;
  if (path === undefined) return succeed(undefined);
  try {
    const decoded = decodeRecording(await readFile(path));
    if (!decoded.ok) return decoded;
    const { stepMs, dayLengthMs } = decoded.value;
    const { step, dayLength } = config.time;
    if (stepMs === step && dayLengthMs === dayLength) return decoded;
    return fail(
      'RECORDING_INVALID',
      `the recording ${path} has steps of ${stepMs} ms in days of ${dayLengthMs} ms; time.step and time.dayLength say ${step} ms and ${dayLength} ms`,
    );
  } catch (cause) {
    return fail('RECORDING_INVALID', `the recording ${path} cannot be read`, { cause });
  }
};

/** When the oldest batch that is still stored was received. */
const beginOfLog = async (store: Store): Promise<Instant | undefined> => {
  for await (const { batch } of store.readBatches(0)) return batch.receivedAt;
  return undefined;
};

/** Builds everything the configuration asks for, in the order of the spine, and starts it. */
export const startAgent = async (config: Config, clock: Clock): Promise<Outcome<RunningAgent>> => {
  const scale = timeScaleOf(config);
  const { tenant } = config;
  const log = createLogger({ level: config.logLevel });
  const telemetry = createTelemetry();
  const startedAt = clock.now();

  const recording = await readRecording(config);
  if (!recording.ok) return recording;

  // What must survive: the store and the decision log.
  const opened = await openStore(join(config.dataDirectory, 'store'), {
    stepMs: scale.stepMs,
    clock,
    snapshotFormat: SNAPSHOT_FORMAT,
    onCorruption: (what, where) => log.error({ what, where }, 'damaged data was found and left out'),
  });
  if (!opened.ok) return opened;
  const store = opened.value;
  const decisionLog = await openDecisionLog(join(config.dataDirectory, 'decisions', 'decisions.ndjson'), {
    clock,
    versions: { foreshock: VERSION, node: process.version, config: configHash(config) },
    report: (event) => log.warn({ ...event }, 'decision log'),
  });
  if (!decisionLog.ok) {
    await store.close();
    return decisionLog;
  }
  const decisions: DecisionLog = decisionLog.value;

  // collect
  const dimensions = [...new Set(config.dimensions.slices.flat())];
  let consume: BatchConsumer = () => {};
  let lastAcceptedAt: number | undefined;
  let storeFailure: string | undefined;
  const intake = createIntake(
    { dimensions, outcomeAttribute: config.dimensions.outcome.attribute, allowedAttributes: configuredAttributes(config) },
    {
      store: {
        loadIdentity: () => store.loadIdentity(),
        async appendBatch(batch, identity) {
          const appended = await store.appendBatch(batch, identity);
          storeFailure = appended.ok ? undefined : appended.error.message;
          return appended;
        },
      },
      clock,
      consume: (batch, position) => {
        lastAcceptedAt = batch.receivedAt;
        try {
          consume(batch, position);
        } catch (error) {
          // The batch is on disk and will be read again after a restart: a bug of ours is no reason to refuse it.
          log.error({ err: error, position }, 'a batch could not be normalized');
        }
      },
    },
  );
  const openBatches = trackOpenBatches(intake.intake);

  // scale
  const cluster = await openCluster(config, { clock, log, random: seededRandom(startedAt) });
  const targets = new Map<string, ScaleTarget>(
    config.scaling.map((entry) => [entry.target, createTarget(entry, { api: cluster.api, clock, leadership: cluster.leadership })]),
  );

  // tell
  const nats = createNatsConnections(log);
  let standing: () => readonly NotificationMessage[] = () => [];
  const dispatcher: Dispatcher = await createDispatcher({
    notifiers: config.notifiers.map((entry) => createNotifier(entry, { clock, nats })),
    clock,
    random: seededRandom(startedAt),
    outboxPath: join(config.dataDirectory, 'outbox.ndjson'),
    log,
    standing: () => standing(),
  });

  const journal = await openChangeJournal(join(config.dataDirectory, 'changes.ndjson'));
  const recent = await openRecentDecisions(decisions);
  const demoLink: DemoLink | undefined = config.demo === undefined ? undefined : createDemoLink(config.demo.controlUrl, clock);
  const history = recording.value;

  let costs: CostKeeper | undefined;

  // normalize, detect, correlate, plan, act
  const snapshot = store.latestSnapshot();
  const built = buildAgent(config, {
    startedAt,
    snapshot,
    changes: journal.known,
    streams: intake.streams,
    texts: intake.texts,
    surroundings: {
      history:
        history === undefined
          ? undefined
          : { label: history.label, sha256: history.sha256, days: (history.steps * history.stepMs) / history.dayLengthMs },
      ingest: () => ingestOf(intake.ledger.snapshot()),
      ...(demoLink === undefined ? {} : { demo: () => demoLink.view() }),
    },
    ports: {
      clock,
      store,
      decisions: recent,
      changes: journal,
      notify: (message) => dispatcher.enqueue(message),
      targets,
      log,
      observe: {
        stepClosed(step, lateTotal) {
          telemetry.stepClosed({ lateTotal });
          costs?.step(step);
        },
        findings(step, findings) {
          telemetry.setFindings(findings);
          telemetry.observeStepToFinding(Math.max(0, clock.now() - step.endsAt - config.time.grace) / 1000);
        },
        paged: () => telemetry.paged(),
        suppressed: (reason) => telemetry.suppressed(reason),
      },
    },
  });
  const { agent, shard, view, signals } = built;

  // What is known before the first live step: the state of before or recorded days, then the log.
  if (!built.restored && history !== undefined) {
    const endsAt = config.history.endsAt ?? (await beginOfLog(store)) ?? clock.now();
    const steps = agent.learn(recordedSteps(history, endsAt, signals), SETTLE_OBSERVATIONS);
    view.note('agent', `learned ${steps} recorded steps (${history.label}, sha256 ${history.sha256.slice(0, 12)})`);
    log.info({ steps, sha256: history.sha256 }, 'learned from the recording');
  }
  const replayed = await agent.replay(built.replay);
  for (const { kind, subject, id } of recent.newest) if (kind === 'page') shard.attachDecision(subject, id);
  if (built.restored || replayed > 0) log.info({ batches: replayed, step: shard.newestStep }, 'continued from what was stored');
  if (config.cost !== undefined) {
    const { dataDirectory, cost } = config;
    const { workloads } = shard.parts;
    // Opened after the replay: what stood in replayed steps is not known, and their hours are kept already.
    costs = await openCostKeeper({ cost, dataDirectory, dayLengthMs: scale.dayLengthMs, now: clock.now(), signals, workloads, log });
  }
  consume = agent.consume;
  standing = () => standingMessages(shard.desk.book.incidents, config.api.publicUrl);

  // collect: open the doors last.
  const collecting = await openCollectors({
    config,
    clock,
    log,
    intake: { ...intake, intake: openBatches.intake },
    kubernetes: cluster.api,
    addChange: (change) => agent.addChange(change),
    nats,
    eventMemory: shard.parts.events,
  });
  if (!collecting.ok) {
    await Promise.all([store.close(), decisions.close()]);
    return collecting;
  }
  const otlpPort = collecting.value.port('otlp') ?? 0;
  const otlpGrpcPort = collecting.value.grpcPort('otlp') ?? 0;

  let stopping = false;
  // Reading the lag begins a new period of it, so a scrape takes what the newest probe read.
  let probedLagSeconds = 0;
  const ready = (): Readiness =>
    readiness({
      now: clock.now(),
      stepMs: scale.stepMs,
      graceMs: config.time.grace,
      replaying: agent.replaying,
      storeFailure,
      decisionLogFailure: decisions.failure(),
      lastAcceptedAt,
      lastClosedStepAt: agent.lastClosedStepAt,
      eventLoopLagSeconds: probedLagSeconds,
      stopping,
    });
  const health = (): HealthState => {
    probedLagSeconds = telemetry.eventLoopLagSeconds();
    const { ready: isReady, reasons } = ready();
    return { live: true, ready: isReady, reasons: reasons.map((reason) => reason.message) };
  };
  const token = config.api.tokenFile === undefined ? undefined : await readSecretFile(config.api.tokenFile);
  if (token !== undefined && !token.ok) return token;

  const api = createApiServer(
    { host: config.api.host, port: config.api.port, staticDirectory, ...(token === undefined ? {} : { token: token.value.reveal() }) },
    {
      view,
      archive: { ...createStoredSignals(signals, store, scale.stepMs), decisions: recent.decisions, decision: recent.decision },
      async metrics() {
        readInto(telemetry, { ledger: intake.ledger, view, shard, dispatcher, decisions, readiness: ready(), costs });
        return telemetry.expose();
      },
      health,
      reportError: (error) => log.error({ err: error }, 'a request to the API met a bug'),
      postChanges: createReportedChanges({ tenant, clock, known: () => shard.changes, add: (change) => agent.addChange(change) }),
      ...(demoLink === undefined ? {} : { demoFault: (id: string) => demoLink.switchFault(id) }),
    },
  );
  const served = await api.start();
  if (!served.ok) {
    await collecting.value.close();
    await Promise.all([store.close(), decisions.close()]);
    return served;
  }

  const stopTicking = clock.every(Math.max(50, scale.stepMs / 5), () => {
    try {
      agent.tick(openBatches.closableAt(clock.now()));
    } catch (error) {
      log.error({ err: error }, 'closing steps met a bug');
    }
  });
  const stopExpiring = clock.every(10 * MINUTE_MS, () => {
    store.expire(clock.now() - config.retention.samples).catch((error: unknown) => log.error({ err: error }, 'expiring old data failed'));
  });
  const url = config.api.publicUrl ?? `http://${config.api.host}:${served.value.port}`;
  log.info({ otlp: otlpPort, otlpGrpc: otlpGrpcPort, api: served.value.port }, `listening; page at ${url}`);

  return succeed({
    otlpPort,
    otlpGrpcPort,
    apiPort: served.value.port,
    url,
    decisionLogPath: decisions.path,
    async stop() {
      stopping = true;
      stopTicking();
      stopExpiring();
      await collecting.value.close();
      await agent.stop();
      await costs?.close();
      await cluster.close();
      await api.close();
      demoLink?.close();
      await dispatcher.close();
      await nats.close();
      await Promise.all([...targets.values()].map((target) => target.close()));
      telemetry.close();
      await journal.close();
      await decisions.close();
      await store.close();
    },
  });
};
