import type { ChangeEvent } from '../../core/change.ts';
import type { ServiceGraph } from '../../core/graph.ts';
import type { Instant } from '../../core/time.ts';
import type { Finding } from '../../detectors/finding.ts';
import type { SignalEvidence } from '../rootcause/evidence.ts';
import { type CallTimesEvidence, callTimesBelow } from '../rootcause/latency.ts';
import { advanceIncidents, emptyIncidentBook, type IncidentBook, isLive, withIncident } from './book.ts';
import {
  decideIncident,
  type IncidentDecision,
  type IncidentInput,
  type PagePolicy,
  type ScalingInProgress,
  type SuppressionReason,
} from './decide.ts';
import type { Incident, Suspect } from './incident.ts';
import { RECORDED_FINDINGS } from './page-record.ts';

/** Per incident, what the desk must remember between steps. Plain data, part of the snapshot. */
interface DeskNote {
  /** Label of the first suspect when it was told. */
  readonly pagedSuspect?: string;
  /** Its service, where the suspect is one. */
  readonly pagedService?: string;
  readonly suppressedBecause?: SuppressionReason;
  /** Steps for which fresh evidence has pointed at another cause than the one that was told. */
  readonly divergentSteps: number;
}

export interface DeskState {
  readonly book: IncidentBook;
  readonly notes: Readonly<Record<string, DeskNote>>;
}

export const emptyDesk: DeskState = { book: emptyIncidentBook, notes: {} };

export interface DeskOptions {
  readonly policy: PagePolicy;
  readonly quietSteps: number;
  readonly keep: number;
}

export interface DeskTick {
  readonly now: Instant;
  readonly findings: readonly Finding[];
  readonly graph: ServiceGraph;
  readonly silent: readonly string[];
  readonly changes: readonly ChangeEvent[];
  readonly scaling: readonly ScalingInProgress[];
  /** What every signal says about the time since an onset. */
  evidenceSince(onset: Instant): readonly SignalEvidence[];
  /** What services and calls took before an onset and since; undefined where nothing is known of before. */
  callTimes?(onset: Instant): CallTimesEvidence | undefined;
}

/** A decision with the input it was computed from: what its record must hold. */
export interface Judgement {
  readonly incident: Incident;
  readonly input: IncidentInput;
  readonly decision: IncidentDecision;
}

export interface DeskOutcome {
  readonly desk: DeskState;
  readonly pages: readonly Judgement[];
  readonly suppressions: readonly Judgement[];
  readonly resolved: readonly Incident[];
}

/** Steps of agreement before a told incident is split: one odd ranking is noise, three are another story. */
const DIVERGENT_STEPS = 3;
/** Evidence that began this many steps after the page is fresh: not the tail of what was told. */
const FRESH_AFTER_STEPS = 5;
/** These are states of every young or harmless incident, not pages withheld: no record. */
const SILENT_SUPPRESSIONS: ReadonlySet<string> = new Set(['no-harm', 'too-young', 'receding']);

const judge = (
  incident: Incident,
  tick: DeskTick,
  options: DeskOptions,
  findings = incident.findings,
  startedAt = incident.startedAt,
): Judgement => {
  const callTimes = tick.callTimes?.(startedAt);
  const input: IncidentInput = {
    now: tick.now,
    incidentId: incident.id,
    startedAt,
    findings: findings.slice(0, RECORDED_FINDINGS),
    evidence: tick.evidenceSince(startedAt),
    graph: tick.graph,
    silent: tick.silent,
    changes: tick.changes,
    scaling: tick.scaling,
    ...(callTimes === undefined ? {} : { callTimes: callTimesBelow(callTimes, incident.services) }),
    policy: options.policy,
  };
  return { incident, input, decision: decideIncident(input) };
};

const told = (incident: Incident, judgement: Judgement, now: Instant): Incident => {
  const { suppressedBecause: _withheld, ...rest } = incident;
  const { severity, title, symptomService, suspects } = judgement.decision;
  return { ...rest, severity, title, symptomService, suspects, pagedAt: now, state: 'open' } as Incident;
};

const refreshed = (incident: Incident, judgement: Judgement): Incident => {
  const { severity, title, symptomService, suspects, action, reason } = judgement.decision;
  // What was told is not unsaid while the evidence for it fades.
  if (incident.state === 'open') return suspects.length === 0 ? incident : { ...incident, suspects };
  return { ...incident, severity, title, symptomService, suspects, ...(action === 'suppress' ? { suppressedBecause: reason } : {}) };
};

const freshFindings = (incident: Incident, options: DeskOptions): readonly Finding[] => {
  const after = (incident.pagedAt ?? 0) + FRESH_AFTER_STEPS * options.policy.stepMs;
  return incident.findings.filter((finding) => finding.since > after);
};

const toldOf = (suspects: readonly Suspect[]): Pick<DeskNote, 'pagedSuspect' | 'pagedService'> => {
  const first = suspects[0];
  if (first === undefined) return { pagedSuspect: '' };
  return { pagedSuspect: first.label, ...(first.kind === 'service' ? { pagedService: first.service } : {}) };
};

/** Whether `service` calls `cause`, directly or through others: then its slowness is what the cause does to it. */
const dependsOn = (service: string, cause: string, graph: ServiceGraph): boolean => {
  const seen = new Set([service]);
  for (const next of seen) for (const edge of graph.edges) if (edge.caller === next) seen.add(edge.callee);
  return seen.has(cause);
};

/** A second cause inside a told incident: judged on fresh evidence alone. */
const secondStory = (incident: Incident, note: DeskNote, tick: DeskTick, options: DeskOptions): Judgement | undefined => {
  const fresh = freshFindings(incident, options);
  const harmful = fresh.filter((finding) => finding.harmful);
  if (harmful.length === 0) return undefined;
  // Refusals are a story of their own, and begin when they begin, not when a queue before them began to drain.
  const declines = harmful.filter((finding) => finding.name === 'declined');
  const onset = (declines.length > 0 ? declines : harmful).reduce(
    (first, finding) => Math.min(first, finding.since),
    Number.POSITIVE_INFINITY,
  );
  const judgement = judge(incident, tick, options, fresh, onset);
  const first = judgement.decision.suspects[0];
  if (judgement.decision.action !== 'page' || first === undefined || first.label === note.pagedSuspect) return undefined;
  // Queues of the callers fill and drain after the cause itself is gone, and what they drop falls on some slice: the
  // same story, further up. Only a bank's refusals are never a matter of queues.
  const cause = judgement.decision.suspects.find((suspect) => suspect.kind === 'service')?.service;
  const told = note.pagedService;
  const isConsequence = declines.length === 0 && told !== undefined && (cause === undefined || dependsOn(cause, told, tick.graph));
  return isConsequence ? undefined : judgement;
};

const superseded = (incident: Incident, now: Instant): Incident =>
  ({
    ...incident,
    state: 'resolved',
    resolvedAt: now,
    because: 'fresh evidence points at another cause, told as its own incident',
  }) as Incident;

/**
 * One step of the incident desk. Pure: state and inputs in, next state and what must be recorded and told out.
 */
export const workDesk = (desk: DeskState, tick: DeskTick, options: DeskOptions): DeskOutcome => {
  const advanced = advanceIncidents(
    desk.book,
    { now: tick.now, findings: tick.findings, graph: tick.graph, changes: tick.changes, silent: new Set(tick.silent) },
    { stepMs: options.policy.stepMs, quietSteps: options.quietSteps, keep: options.keep },
  );
  let book = advanced.book;
  const notes: Record<string, DeskNote> = {};
  const pages: Judgement[] = [];
  const suppressions: Judgement[] = [];
  const resolved = advanced.transitions.filter((transition) => transition.kind === 'resolved').map((transition) => transition.incident);

  for (const incident of advanced.book.incidents.filter(isLive)) {
    const note = desk.notes[incident.id] ?? { divergentSteps: 0 };
    notes[incident.id] = note;
    // Nothing new was found in this step: the incident waits for its quiet time, there is nothing to judge.
    if (incident.updatedAt !== tick.now) continue;

    if (incident.state === 'open') {
      const second = secondStory(incident, note, tick, options);
      if (second === undefined) {
        notes[incident.id] = { ...note, divergentSteps: 0 };
        book = withIncident(book, refreshed(incident, judge(incident, tick, options)));
      } else if (note.divergentSteps + 1 < DIVERGENT_STEPS) {
        notes[incident.id] = { ...note, divergentSteps: note.divergentSteps + 1 };
      } else {
        const closed = superseded(incident, tick.now);
        const opened: Incident = {
          ...incident,
          id: `${incident.id}-then`,
          startedAt: second.input.startedAt,
          openedAt: tick.now,
          findings: second.input.findings,
          services: [...new Set(second.input.findings.map((finding) => finding.service))].sort(),
        };
        const judgement = { ...second, input: { ...second.input, incidentId: opened.id } };
        const page = told(opened, judgement, tick.now);
        book = { ...withIncident(book, closed), incidents: [...withIncident(book, closed).incidents, page] };
        delete notes[incident.id];
        notes[page.id] = { ...toldOf(second.decision.suspects), divergentSteps: 0 };
        resolved.push(closed);
        pages.push({ ...judgement, incident: page });
      }
      continue;
    }

    const judgement = judge(incident, tick, options);
    const { decision } = judgement;
    if (decision.action === 'page') {
      const page = told(incident, judgement, tick.now);
      book = withIncident(book, page);
      notes[incident.id] = { ...toldOf(decision.suspects), divergentSteps: 0 };
      pages.push({ ...judgement, incident: page });
      continue;
    }
    const watched = refreshed(incident, judgement);
    book = withIncident(book, watched);
    const reason = decision.reason as SuppressionReason;
    if (!SILENT_SUPPRESSIONS.has(reason) && note.suppressedBecause !== reason) suppressions.push({ ...judgement, incident: watched });
    notes[incident.id] = { ...note, suppressedBecause: reason };
  }
  return { desk: { book, notes }, pages, suppressions, resolved };
};
