import type { ChangeEvent } from '../../core/change.ts';
import type { ServiceGraph } from '../../core/graph.ts';
import type { DurationMs, Instant } from '../../core/time.ts';
import type { Finding } from '../../detectors/finding.ts';
import { type FindingGroup, groupFindings, nearby } from '../correlate/group.ts';
import type { Incident, IncidentFacts } from './incident.ts';

/** Everything known of incidents; plain data, part of the snapshot. */
export interface IncidentBook {
  readonly incidents: readonly Incident[];
  readonly opened: number;
}

export interface IncidentBookOptions {
  readonly stepMs: DurationMs;
  /** Steps without any finding after which an incident is over. */
  readonly quietSteps: number;
  /** Resolved incidents kept for the page and the API. */
  readonly keep: number;
}

export const emptyIncidentBook: IncidentBook = { incidents: [], opened: 0 };

export interface IncidentTransition {
  readonly kind: 'opened' | 'resolved';
  readonly incident: Incident;
}

export interface IncidentTick {
  readonly now: Instant;
  readonly findings: readonly Finding[];
  readonly graph: ServiceGraph;
  readonly changes: readonly ChangeEvent[];
  /** Services that sent nothing in this step: their incidents do not resolve on silence. */
  readonly silent: ReadonlySet<string>;
}

export const isLive = (incident: Incident): boolean => incident.state !== 'resolved';

const harmfulOf = (findings: readonly Finding[]): readonly Finding[] => findings.filter((finding) => finding.harmful);

/** What users feel dates an incident; a harmless oddity that was there before (a surge, a quicker service) must not. */
const onsetOf = (findings: readonly Finding[]): Instant =>
  harmfulOf(findings).reduce((first, finding) => Math.min(first, finding.since), Number.POSITIVE_INFINITY);

const strongestFirst = (findings: readonly Finding[]): readonly Finding[] =>
  [...findings].sort((a, b) => Number(b.harmful) - Number(a.harmful) || b.evidence - a.evidence || (a.signal < b.signal ? -1 : 1));

const open = (group: FindingGroup, tick: IncidentTick, number: number): Incident => {
  const findings = strongestFirst(group.findings);
  const first = findings[0] as Finding;
  return {
    id: `inc-${tick.now.toString(36)}-${number}`,
    tenant: first.tenant,
    severity: 'warning',
    symptomService: first.service,
    title: first.because,
    startedAt: onsetOf(findings),
    openedAt: tick.now,
    updatedAt: tick.now,
    findings,
    suspects: [],
    changes: tick.changes,
    services: group.services,
    state: 'watching',
  };
};

const update = (incident: Incident, findings: readonly Finding[], services: readonly string[], tick: IncidentTick): Incident => ({
  ...incident,
  findings: strongestFirst(findings),
  services: [...new Set([...incident.services, ...services])].sort(),
  startedAt: incident.state === 'watching' ? onsetOf(findings) : incident.startedAt,
  updatedAt: tick.now,
  changes: tick.changes,
});

const resolve = (incident: Incident, now: Instant, because: string): Incident => {
  const { state: _state, ...facts } = incident as Incident & { readonly state: string };
  return { ...(facts as IncidentFacts), state: 'resolved', resolvedAt: now, because };
};

/** Close to each other in the call graph: the symptom may outlive the finding at its cause, and the other way round. */
const touches = (group: FindingGroup, incident: Incident, graph: ServiceGraph): boolean =>
  group.services.some((service) => {
    const near = nearby(service, graph);
    return incident.services.some((known) => near.has(known));
  });

/**
 * One step of every incident: groups of findings join the live incident they touch, new groups that hold harm open
 * one, incidents that saw no harm for the quiet time resolve. What is odd and harmless is evidence: it joins, and
 * neither opens an incident nor keeps one open. Data that is missing never resolves one.
 */
export const advanceIncidents = (
  book: IncidentBook,
  tick: IncidentTick,
  options: IncidentBookOptions,
): { readonly book: IncidentBook; readonly transitions: readonly IncidentTransition[] } => {
  const transitions: IncidentTransition[] = [];
  let opened = book.opened;
  const groups = groupFindings(tick.findings, tick.graph);
  const claimed = new Map<string, FindingGroup[]>();
  const fresh: FindingGroup[] = [];
  for (const group of groups) {
    const home = book.incidents.find((incident) => isLive(incident) && touches(group, incident, tick.graph));
    if (home === undefined) {
      if (harmfulOf(group.findings).length > 0) fresh.push(group);
    } else claimed.set(home.id, [...(claimed.get(home.id) ?? []), group]);
  }
  const incidents = book.incidents.map((incident): Incident => {
    if (!isLive(incident)) return incident;
    const mine = claimed.get(incident.id) ?? [];
    // Its findings may stand in a group that another incident took: what people were told of is not over for that.
    const findings =
      mine.length > 0 || incident.state !== 'open'
        ? mine.flatMap((group) => group.findings)
        : tick.findings.filter((finding) => incident.services.includes(finding.service));
    if (harmfulOf(findings).length > 0) {
      return update(
        incident,
        findings,
        mine.flatMap((group) => group.services),
        tick,
      );
    }
    const quiet = tick.now - incident.updatedAt >= options.quietSteps * options.stepMs;
    const blind = incident.findings.some((finding) => tick.silent.has(finding.service));
    if (!quiet || blind) return incident;
    const resolved = resolve(incident, tick.now, `nothing that hurts users was found for ${options.quietSteps} steps`);
    transitions.push({ kind: 'resolved', incident: resolved });
    return resolved;
  });
  for (const group of fresh) {
    opened += 1;
    const incident = open(group, tick, opened);
    incidents.push(incident);
    transitions.push({ kind: 'opened', incident });
  }
  const live = incidents.filter(isLive);
  const resolved = incidents.filter((incident) => !isLive(incident)).slice(-options.keep);
  return { book: { incidents: [...resolved, ...live], opened }, transitions };
};

/** The book with one incident replaced. */
export const withIncident = (book: IncidentBook, incident: Incident): IncidentBook => ({
  ...book,
  incidents: book.incidents.map((known) => (known.id === incident.id ? incident : known)),
});
