import { DECLINED_SHARE, FAILED_SHARE } from '../../core/business.ts';
import type { ChangeEvent } from '../../core/change.ts';
import type { ServiceGraph } from '../../core/graph.ts';
import type { DurationMs, Instant } from '../../core/time.ts';
import type { Finding } from '../../detectors/finding.ts';
import { railAndProviderOf } from '../rootcause/business.ts';
import { logRatio, readable, type SignalEvidence } from '../rootcause/evidence.ts';
import { type CallTimesEvidence, latencyMadeOf } from '../rootcause/latency.ts';
import { rankSuspects } from '../rootcause/rank.ts';
import type { Severity, Suspect } from './incident.ts';

/** What the scaler is doing for a service: capacity on its way explains slowness for a while. */
export interface ScalingInProgress {
  readonly service: string;
  readonly load: number;
  /** Load that the ready replicas carry at the SLO. */
  readonly readyCapacity: number;
  readonly desired: number;
  readonly ready: number;
  readonly leadMs: DurationMs;
}

export interface PagePolicy {
  readonly stepMs: DurationMs;
  /** Steps of evidence before a person is told: the second look that saves most false pages. */
  readonly leastSteps: number;
  /** The same for slowness alone after a rollout of a slow service: new replicas are cold. As `leastSteps` when left out. */
  readonly rolloutSteps?: number;
  readonly changeWindowMs: DurationMs;
  readonly onsetToleranceMs: DurationMs;
  /** Slice dimensions in the order in which people name them. */
  readonly dimensions?: readonly string[];
}

export interface IncidentInput {
  readonly now: Instant;
  readonly incidentId: string;
  readonly startedAt: Instant;
  readonly findings: readonly Finding[];
  readonly evidence: readonly SignalEvidence[];
  readonly graph: ServiceGraph;
  readonly silent: readonly string[];
  readonly changes: readonly ChangeEvent[];
  readonly scaling: readonly ScalingInProgress[];
  /** What services and calls took before the onset and since; records of earlier versions have none. */
  readonly callTimes?: CallTimesEvidence;
  readonly policy: PagePolicy;
}

export type SuppressionReason =
  | 'no-harm'
  | 'out-of-calibration'
  | 'too-young'
  | 'receding'
  | 'scaling-in-progress'
  | 'host-wide'
  | 'explained-by-change';

export interface IncidentDecision {
  readonly action: 'page' | 'suppress';
  readonly reason: SuppressionReason | 'harm';
  readonly because: string;
  readonly severity: Severity;
  readonly title: string;
  readonly symptomService: string;
  readonly suspects: readonly Suspect[];
}

/** Share of services whose own time rises together that points at the host they share and not at one of them. */
const HOST_WIDE_SHARE = 0.5;
/** Below this many services "all of them" is no statement. */
const HOST_WIDE_LEAST_SERVICES = 4;
/** New replicas get their lead time, once more for the queue they inherit, and a few steps to show it. */
const SCALING_PATIENCE_LEADS = 2;
const SCALING_PATIENCE_STEPS = 5;
/** An error or decline ratio from which nobody should sleep on. */
const CRITICAL_RATIO = 0.1;

/** Half of what users ask fails: told after so many steps since the onset. */
const OUTRIGHT_RATIO = 0.5;
const OUTRIGHT_STEPS = 2;

const CRITICAL_RATIOS: ReadonlySet<string> = new Set(['errors', 'declined', DECLINED_SHARE, FAILED_SHARE]);

const callers = (service: string, graph: ServiceGraph): number => graph.edges.filter((edge) => edge.callee === service).length;

/** The finding people feel: nearest to the entry of the call graph, then the strongest. */
const symptomOf = (harmful: readonly Finding[], graph: ServiceGraph): Finding | undefined =>
  [...harmful].sort(
    (a, b) => callers(a.service, graph) - callers(b.service, graph) || b.evidence - a.evidence || (a.signal < b.signal ? -1 : 1),
  )[0];

const WORDS: Readonly<Record<string, string>> = {
  duration: 'latency',
  errors: 'errors',
  declined: 'declined payments',
  'business.payments': 'approved payments',
  'business.declined': 'declined payments',
  'business.failed': 'failed payments',
  requests: 'requests',
};

const titleOf = (symptom: Finding, suspect: Suspect | undefined, all: readonly SignalEvidence[]): string => {
  if (symptom.detector === 'silence' || symptom.detector === 'time-to-breach') return symptom.because;
  const what = symptom.name.startsWith('slo:') ? `objective ${symptom.name.slice(4)} missed` : (WORDS[symptom.name] ?? symptom.name);
  // Since the onset, where that is known: the last step alone holds two or three payments of a slice.
  const since = all.find((item) => item.key === symptom.signal);
  const seen =
    since === undefined
      ? `${readable(symptom.observed, symptom.unit)}, expected ${readable(symptom.lower, symptom.unit)} to ${readable(symptom.upper, symptom.unit)}`
      : `${readable(since.observed, symptom.unit)}, expected ${readable(since.expected, symptom.unit)}`;
  const cause = suspect === undefined ? 'no cause found yet' : `suspect: ${suspect.label}`;
  const place = since === undefined ? undefined : railAndProviderOf(since);
  const where = place === undefined ? symptom.service : `${symptom.service}, ${place}`;
  return `${where}: ${what} ${seen}; ${cause}`;
};

/** Steps over which a ratio must have gone on being odd: with a few events a step it jumps in and out of its band while the harm lasts. */
const LATELY_STEPS = 4;

/** Evidence outlives harm by some steps; what is back within its band, or beyond its other side, wakes nobody any more. */
const isPresent = ({ detector, unit, observed, lower, upper, direction, contributions }: Finding): boolean => {
  if (detector !== 'seasonal') return true;
  if (unit !== '1') return direction === 'rise' ? observed > upper : observed < lower;
  const lately = contributions.slice(-LATELY_STEPS);
  return (lately.at(-1)?.value ?? 0) >= 0 && lately.reduce((sum, { value }) => sum + value, 0) >= 0;
};

/** So much fails that a second look costs more than it saves. */
const isOutright = ({ harmful, detector, unit, direction, observed, expected }: Finding): boolean =>
  harmful && detector === 'seasonal' && unit === '1' && direction === 'rise' && observed >= OUTRIGHT_RATIO && expected < OUTRIGHT_RATIO / 2;

/** Slowness of half of the services at once, none of them failing: a cause in one service slows it and its callers, not strangers. */
const isHostWide = (input: IncidentInput): boolean => {
  const durations = input.evidence.filter((item) => item.kind === 'duration' && item.scope.kind === 'service');
  // The whole time of a caller holds that of its callees: where its own is known, only that says that it is slow itself.
  const ownKnown = new Set(durations.filter(({ name }) => name === 'self_duration').map(({ service }) => service));
  const timed = durations.filter(({ name, service }) => name === 'self_duration' || !ownKnown.has(service));
  const slowed = timed.filter((item) => item.direction === 'rise' && item.evidence >= 1 && logRatio(item) > 0.1);
  const failing = input.evidence.some((item) => item.name === 'origin_errors' && item.direction === 'rise' && item.evidence >= 1);
  const services = new Set(timed.map((item) => item.service)).size;
  const slowedServices = new Set(slowed.map((item) => item.service)).size;
  return !failing && services >= HOST_WIDE_LEAST_SERVICES && slowedServices >= HOST_WIDE_SHARE * services;
};

/** New replicas are slow until caches are filled and code is compiled; errors are never a matter of warmth. */
const isWarmingUp = ({ changes, startedAt, policy }: IncidentInput, harmful: readonly Finding[]): boolean =>
  harmful.every(({ detector, unit }) => detector === 'seasonal' && unit === 's') &&
  changes.some(
    ({ kind, at, service }) =>
      kind === 'deploy' &&
      at <= startedAt + policy.onsetToleranceMs &&
      at >= startedAt - policy.changeWindowMs &&
      harmful.some((finding) => finding.service === service),
  );

const leastStepsOf = (input: IncidentInput, harmful: readonly Finding[]): number => {
  const { leastSteps, rolloutSteps = leastSteps } = input.policy;
  if (harmful.some(isOutright)) return Math.min(OUTRIGHT_STEPS, leastSteps);
  return isWarmingUp(input, harmful) ? rolloutSteps : leastSteps;
};

/** Why the scaler's work explains this incident, or undefined when it does not. */
const scalingExplains = (input: IncidentInput, suspects: readonly Suspect[]): string | undefined => {
  // More replicas make no issuer accept more: declines are never a matter of capacity.
  if (input.findings.some((finding) => finding.harmful && (finding.name === 'declined' || finding.name === DECLINED_SHARE)))
    return undefined;
  const top = suspects.find((suspect) => suspect.kind === 'service');
  if (top === undefined) return undefined;
  for (const scaling of input.scaling) {
    if (scaling.service !== top.service) continue;
    const patience = SCALING_PATIENCE_LEADS * scaling.leadMs + SCALING_PATIENCE_STEPS * input.policy.stepMs;
    const short = scaling.load > scaling.readyCapacity || scaling.ready < scaling.desired;
    if (short && input.now - input.startedAt <= patience) {
      return `${scaling.service} carries ${scaling.load.toFixed(1)}/s on capacity for ${scaling.readyCapacity.toFixed(1)}/s; ${scaling.desired} replicas ordered, ${scaling.ready} ready`;
    }
  }
  return undefined;
};

const severityOf = (symptom: Finding, harmful: readonly Finding[], graph: ServiceGraph): Severity => {
  if (harmful.some((finding) => finding.detector === 'burn-rate')) return 'critical';
  const ratio = CRITICAL_RATIOS.has(symptom.name) || symptom.name.startsWith('slo:');
  if (ratio && symptom.observed >= CRITICAL_RATIO) return 'critical';
  return callers(symptom.service, graph) === 0 ? 'critical' : 'warning';
};

/** The first suspect with what the latency of the symptom is made of, right after its strongest reason. */
const withLatencyMadeOf = (suspects: readonly Suspect[], symptom: Finding, input: IncidentInput): readonly Suspect[] => {
  const [first, ...others] = suspects;
  if (first === undefined || input.callTimes === undefined) return suspects;
  const made = latencyMadeOf(symptom.service, input.callTimes);
  if (made === undefined) return suspects;
  return [{ ...first, because: [...first.because.slice(0, 1), made, ...first.because.slice(1)] }, ...others];
};

/** What says that something is odd is itself odd: shown, and nobody is woken for it. */
const distrustOf = ({ name, service, distrust = '' }: Finding): string =>
  `not paged: model of ${WORDS[name] ?? name} of ${service} ${distrust}`;

/**
 * Whether to tell a person, of what, and whom to suspect. Pure: the decision record holds this input, and replay
 * computes the same bytes again.
 */
export const decideIncident = (input: IncidentInput): IncidentDecision => {
  const allHarmful = input.findings.filter((finding) => finding.harmful);
  const believed = allHarmful.filter((finding) => finding.distrust === undefined);
  const harmful = believed.length > 0 ? believed : allHarmful;
  const ranked = rankSuspects({
    evidence: input.evidence,
    graph: input.graph,
    silent: input.silent,
    changes: input.changes,
    startedAt: input.startedAt,
    changeWindowMs: input.policy.changeWindowMs,
    onsetToleranceMs: input.policy.onsetToleranceMs,
    ...(input.policy.dimensions === undefined ? {} : { dimensions: input.policy.dimensions }),
  });
  const symptom = symptomOf(harmful.length > 0 ? harmful : input.findings, input.graph);
  if (symptom === undefined) throw new Error(`incident ${input.incidentId} has no finding`);
  const suspects = withLatencyMadeOf(ranked, symptom, input);
  const top = suspects[0];
  const facts = {
    severity: severityOf(symptom, harmful, input.graph),
    title: titleOf(symptom, top, input.evidence),
    symptomService: symptom.service,
    suspects,
  };
  const suppress = (reason: SuppressionReason, because: string): IncidentDecision => ({ action: 'suppress', reason, because, ...facts });

  if (harmful.length === 0) return suppress('no-harm', 'nothing that users feel has changed');
  const [doubted] = allHarmful;
  if (believed.length === 0 && doubted !== undefined) return suppress('out-of-calibration', distrustOf(doubted));
  const steps = Math.round((input.now - input.startedAt) / input.policy.stepMs);
  const leastSteps = leastStepsOf(input, harmful);
  if (steps < leastSteps) return suppress('too-young', `${steps} of ${leastSteps} steps of evidence`);
  if (!harmful.some(isPresent)) return suppress('receding', 'what was odd is back within what is expected');
  const burning = harmful.some((finding) => finding.detector === 'burn-rate');
  const scaling = scalingExplains(input, suspects);
  if (scaling !== undefined) return suppress('scaling-in-progress', scaling);
  if (!burning && isHostWide(input)) return suppress('host-wide', 'all services slowed down together: the machine they share is busy');
  if (top?.change?.kind === 'calendar') return suppress('explained-by-change', top.change.summary);
  return { action: 'page', reason: 'harm', because: symptom.because, ...facts };
};
