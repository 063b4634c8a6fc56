import { sleep } from '../core/clock.ts';
import type { Json } from '../core/hash.ts';
import type { DurationMs, Instant } from '../core/time.ts';
import type { DecisionRecord } from './audit/decision-record.ts';
import { asJson, type Recorder } from './decisions.ts';
import type { DeskOutcome, Judgement } from './incident/desk.ts';
import type { Incident } from './incident/incident.ts';
import type { PageInputs } from './incident/page-record.ts';
import type { ResolveInputs } from './incident/resolve.ts';
import type { CapturedFinding } from './models/detection.ts';
import type { NotificationMessage } from './notify/notifier.ts';
import type { AgentOptions, AgentPorts } from './ports.ts';
import type { Shard } from './shard.ts';
import type { LiveView } from './view.ts';

/** Records and tells what the desk decided, in the background and in order. */
export type Tell = (outcome: DeskOutcome) => void;

/** How long a page waits for a log or outbox that refuses: longer than a full disk that is being cleared, shorter than anybody's patience. */
const TELLING_PATIENCE_MS: DurationMs = 30_000;
const TELLING_RETRY_MS: DurationMs = 2_000;

/** As the decision log says it; anything else is a bug of ours and will not pass. */
const isDiskRefusal = (error: unknown): boolean => (error as { readonly code?: unknown } | null)?.code === 'DECISION_LOG_UNAVAILABLE';

export interface TellingDependencies {
  readonly shard: Shard;
  readonly view: LiveView;
  readonly ports: Pick<AgentPorts, 'clock' | 'log' | 'notify' | 'observe'>;
  readonly record: Recorder;
  inBackground(what: string, work: () => Promise<void>): void;
  /** Aborted when the agent stops: nothing is waited for any more. */
  readonly stopping: AbortSignal;
}

const urlUnder = (publicUrl: string | undefined, incident: Incident): { readonly url?: string } =>
  publicUrl === undefined ? {} : { url: `${publicUrl}/#${incident.id}` };

/** What people were told and what still holds, for receivers that must be told again. */
export const standingMessages = (incidents: readonly Incident[], publicUrl: string | undefined): readonly NotificationMessage[] =>
  incidents
    .filter(({ state, pagedAt }) => state === 'open' && pagedAt !== undefined)
    .map((incident) => ({ groupKey: incident.id, reason: 'repeat', incident, ...urlUnder(publicUrl, incident) }));

export const createTelling = (options: AgentOptions, deps: TellingDependencies): Tell => {
  const { shard, view, ports, record, inBackground, stopping } = deps;
  const { clock, log } = ports;

  const pageInputs = (judgement: Judgement): PageInputs<CapturedFinding> => {
    const { findings, ...incident } = judgement.input;
    return { incident, findings: findings.map(shard.parts.detection.capture) };
  };

  const urlOf = (incident: Incident): { readonly url?: string } => urlUnder(options.publicUrl, incident);

  /** Tries again while the disk may come back, but not while people wait for ever. */
  const patiently = async <Value>(work: () => Promise<Value>, isWorthIt: (error: unknown) => boolean): Promise<Value> => {
    const giveUpAt = clock.elapsedMs() + TELLING_PATIENCE_MS;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isWorthIt(error) || stopping.aborted || clock.elapsedMs() >= giveUpAt) throw error;
        await sleep(clock, TELLING_RETRY_MS, stopping);
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

  return (outcome) => {
    for (const judgement of outcome.pages) tellPage(judgement);
    for (const judgement of outcome.suppressions) tellSuppression(judgement);
    for (const incident of outcome.resolved) tellResolution(incident);
  };
};
